// mapLocation: where each storage of a load goes (reference §6). Asked once for each key, before any byte is read.
//
//   nothing             the CPU, and the label of where it was stays readable and is written back
//   "cuda:1", device    everything there
//   a map               by label; a label that it lacks: the CPU, label kept
//   a function          (storage, location) → null: as nothing; the storage: it stays on the CPU; a text or a device
import { ArgumentError } from "../core/errors.js";
import { isAccelerator, type Accelerator } from "../torch/accelerator.js";
import { Device } from "../torch/device.js";
import { dtypeById } from "../torch/dtype.js";
import type { Archive } from "./archive.js";
import { restore, type Place, type StorageInfo } from "./packages.js";

/** One destination: a label, a torch.device, or a device. */
export type MapTarget = string | Device | Accelerator;
/** What `mapLocation` takes. */
export type MapLocation =
  | MapTarget
  | ReadonlyMap<string, MapTarget>
  | { readonly [location: string]: MapTarget }
  | ((storage: StorageInfo, location: string) => MapTarget | StorageInfo | null | undefined);

/** Where a storage goes, and the label that it has from then on; null: the label it came with. */
export interface Mapped {
  readonly place: Place;
  readonly label: string | null;
}

const STAY: Mapped = { place: "cpu", label: null };

/** Where the storages go, by row of STORAGES; undefined: all stay as they are. Views follow what they look at. */
export function mapStorages(archive: Archive, given: unknown, devices: readonly Accelerator[]): Mapped[] | undefined {
  const mapped = mapper(given, devices);
  if (mapped === undefined) return undefined;
  const rows = archive.storageCount;
  const out = new Array<Mapped>(rows);
  for (const row of archive.ownRows()) {
    out[row] = mapped(archive.location(row), () => ({
      dtype: dtypeById(archive.dtypeOf(row)).name, nbytes: archive.storageBytes(row), key: String(archive.key(row)), location: archive.location(row),
    }));
  }
  for (let row = 0; row < rows; row++) out[row] ??= out[archive.viewOf(row)?.root ?? row];
  return out;
}

/** Says where a storage with this label goes; what it is, is told only where the answer may hang on it. */
export type Mapper = (location: string, info: () => StorageInfo) => Mapped;

/** What the option says of each storage; undefined: all stay as they are. */
export function mapper(given: unknown, devices: readonly Accelerator[]): Mapper | undefined {
  if (given === undefined || given === null) return undefined;
  const asked = ask(given);
  /** By label, where the answer hangs on nothing else. */
  const known = new Map<string, Mapped>();
  const byLabel = typeof given !== "function";
  return (location, info) => {
    let mapped = byLabel ? known.get(location) : undefined;
    if (mapped === undefined) {
      const storage = info();
      mapped = resolve(asked(storage, location), storage, devices);
      if (byLabel) known.set(location, mapped);
    }
    return mapped;
  };
}

type Asked = (storage: StorageInfo, location: string) => unknown;

function ask(given: unknown): Asked {
  if (typeof given === "function") return given as Asked; // what it answers is looked at
  if (typeof given === "string" || given instanceof Device || isAccelerator(given)) return () => given;
  if (given instanceof Map) return (_, location) => (given as ReadonlyMap<unknown, unknown>).get(location);
  const prototype: unknown = typeof given === "object" && given !== null ? Object.getPrototypeOf(given) : undefined;
  if (prototype === Object.prototype || prototype === null) {
    const own = new Map<string, unknown>(Object.entries(given as object)); // a plain object
    return (_, location) => own.get(location);
  }
  throw wrong(given);
}

function resolve(answer: unknown, info: StorageInfo, devices: readonly Accelerator[]): Mapped {
  if (answer === undefined || answer === null) return STAY;
  if (answer === info) return { place: "cpu", label: "cpu" };
  if (isAccelerator(answer)) return onto(answer);
  const location = answer instanceof Device ? answer.toString() : answer;
  if (typeof location !== "string") throw wrong(answer);
  const place = restore(info, location, devices);
  return typeof place === "string" ? { place, label: place } : onto(place);
}

function onto(device: Accelerator): Mapped {
  return { place: device, label: device.location ?? device.name };
}

function wrong(found: unknown): ArgumentError {
  const what = found instanceof Promise ? "a promise, and storages are mapped at once" : typeof found;
  return new ArgumentError(
    `Cannot map a location: found ${what}, expected a text such as "cpu" or "cuda:1", a device, a map of these by location, or a function that gives one`,
    { code: "MAP_LOCATION" },
  );
}
