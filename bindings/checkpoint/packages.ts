// Who answers for a location, as torch.serialization keeps them: packages in order of priority, asked one after the other,
// on load for the device of a label, on save for the label of a storage. torch's own are there from the beginning.
import { ArgumentError } from "../core/errors.js";
import type { Accelerator } from "../torch/accelerator.js";
import type { Storage } from "../torch/storage.js";
import { noDevice } from "./devices.js";

/** What is told of a storage before its bytes are read. */
export interface StorageInfo {
  /** What its elements are, or `untyped`. */
  readonly dtype: string;
  readonly nbytes: number;
  /** Its key in the file. */
  readonly key: string;
  /** The label of the device that it was saved from. */
  readonly location: string;
}

/** Where a storage goes: the CPU, nowhere (`meta`: no bytes are read), or a device. */
export type Place = "cpu" | "meta" | Accelerator;

/** Says the label of a storage that is saved; undefined or null: another package is asked. */
export type Tagger = (storage: Storage) => string | null | undefined;
/** Says where a storage with this label goes; undefined or null: another package is asked. */
export type Deserializer = (storage: StorageInfo, location: string) => Place | null | undefined;

interface Package {
  readonly priority: number;
  readonly tagger: Tagger;
  readonly deserializer: Deserializer;
}

const silent = (): null => null;
const starts = (type: string): Deserializer => (_, location) => (location.startsWith(type) ? noDevice(type, location) : null);

/** torch's own (reference §6.2). A storage knows its label, so the first one answers on save. */
const OWN: readonly Package[] = [
  { priority: 10, tagger: (storage) => storage.location, deserializer: (_, location) => (location === "cpu" ? "cpu" : null) },
  { priority: 20, tagger: silent, deserializer: starts("cuda") },
  { priority: 21, tagger: silent, deserializer: starts("mps") },
  { priority: 22, tagger: silent, deserializer: (_, location) => (location === "meta" ? "meta" : null) },
  { priority: 23, tagger: silent, deserializer: starts("privateuseone") },
  { priority: 24, tagger: silent, deserializer: starts("hpu") },
  { priority: 25, tagger: silent, deserializer: starts("xpu") },
  { priority: 26, tagger: silent, deserializer: starts("mtia") },
];

/** Process-wide, as torch's is: this is the one list that calls share. */
const registered: Package[] = [];

/**
 * Registers a package in the whole process, as `torch.serialization.register_package`.
 *
 * @param priority lower is asked first: torch's are cpu 10, cuda 20, mps 21, meta 22, others up to 26
 * @returns takes the package out again
 */
export function registerPackage(priority: number, tagger: Tagger, deserializer: Deserializer): () => void {
  if (!Number.isFinite(priority) || typeof tagger !== "function" || typeof deserializer !== "function") {
    throw new ArgumentError("Cannot register a package: expected a number and two functions", { code: "OPTION" });
  }
  const one: Package = { priority, tagger, deserializer };
  registered.push(one);
  return () => {
    const at = registered.indexOf(one);
    if (at >= 0) registered.splice(at, 1);
  };
}

/** All packages, by priority; of equal ones the first registered comes first, and torch's own before. */
function packages(): Package[] {
  return [...OWN, ...registered].sort((a, b) => a.priority - b.priority);
}

/** Where a label leads. Throws a DeviceError where nobody answers for it, or who does has no device. */
export function restore(storage: StorageInfo, location: string, devices: readonly Accelerator[]): Place {
  const given = devices.find(({ name }) => name === location || name === `${location}:0`);
  if (given !== undefined) return given;
  for (const { deserializer } of packages()) {
    const place = deserializer(storage, location);
    if (place !== null && place !== undefined) return place;
  }
  return noDevice(null, location);
}

/** The label that a storage is saved with. */
export function locationOf(storage: Storage): string {
  if (registered.length === 0) return storage.location;
  for (const { tagger } of packages()) {
    const label = tagger(storage);
    if (typeof label === "string" && label !== "") return label;
  }
  return storage.location;
}
