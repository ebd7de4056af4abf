// Options of load, open, save and inspect, under torch's names in camelCase, and what they mean where they are absent.
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import type { HttpOptions } from "../io/http.js";
import { BOOLEAN, CALL, checkOptions, COUNT, HEADERS, isRecord, oneOf, orNull, SIGNAL, TEXT, type Kind, type Kinds } from "../core/option_kinds.js";
import { isAccelerator, type Accelerator } from "../torch/accelerator.js";
import type { LoadHooks, SaveHooks } from "./classes.js";
import { limitsOf, type Limits } from "./limits.js";
import type { MapLocation } from "./map_location.js";
import type { Progress } from "../io/progress.js";

/** Options of `open` and `inspect`. */
export interface OpenOptions {
  /** Lowers or raises named limits. */
  readonly limits?: Partial<Limits>;
  /** Aborts; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told now and then how far the work has come: `{ phase, loaded, total, tensor }`. */
  readonly onProgress?: Progress;
  /** How Python 2's byte strings are read: "utf-8" (default), "ascii", "latin1", or "bytes", which leaves them bytes. */
  readonly encoding?: string;
  /** Which member of a zip of checkpoints to read, such as "policy.pth". */
  readonly member?: string;
  /** For addresses: what to fetch with; default: the platform's `fetch`. */
  readonly fetch?: HttpOptions["fetch"];
  /** For addresses: sent with each request, such as `{ Authorization: "Bearer …" }`. */
  readonly headers?: HttpOptions["headers"];
  /**
   * The byte of the source at which the checkpoint begins; default 0. Offsets in errors count from there. What follows a
   * checkpoint of the stream format is ignored; a zip has to go on to the source's end.
   */
  readonly offset?: number;
  /**
   * Map the file instead of reading it, as torch's mmap does; `source` has to be a path. Tensors are views of one private map: what is
   * written into them stays in this process, nothing is read before it is looked at, and no record is compared with its CRC-32. The
   * map lives as long as any tensor of it. A file that is cut short meanwhile ends the process where it is looked at; one that is
   * replaced does no harm. In Node this takes the package koffi, in Deno --allow-ffi.
   */
  readonly mmap?: boolean;
}

/** Options of `stream`. */
export interface StreamOptions extends Omit<OpenOptions, "encoding" | "member" | "mmap"> {
  /** Give parts of tensors through a window instead of whole tensors, whatever their size. Default false. */
  readonly chunks?: boolean;
  /** Compare each record with its CRC-32. Default true. */
  readonly checkCrc32?: boolean;
}

/** Options of `load` and `loadSync`. */
export interface LoadOptions extends OpenOptions {
  /** Where storages go, as torch's map_location: a location, a device, a map of these, or a function. Default: to the CPU. */
  readonly mapLocation?: MapLocation | null;
  /** Refuse what torch.load(weights_only=True) refuses. Default true, or false where `pickleModule` is given. */
  readonly weightsOnly?: boolean;
  /** Makes objects of the user's own classes in place of inert ones: `{ findClass(module, name) }`. */
  readonly pickleModule?: LoadHooks | null;
  /** Devices that locations may name. */
  readonly devices?: readonly Accelerator[];
  /** Compare each record with its CRC-32. Default true; torch does not. */
  readonly checkCrc32?: boolean;
}

/** How a file is, or shall be, written: what `inspect(src).saveOptions` tells. */
export interface SaveOptions {
  /** Default "zip". A "safetensors" file holds a dict of names and dense tensors, and takes no other option than the two for it. */
  readonly format?: "zip" | "legacy" | "safetensors";
  /** For safetensors: texts that are kept beside the tensors. */
  readonly metadata?: ReadonlyMap<string, string> | Readonly<Record<string, string>>;
  /** For safetensors, which cannot say that tensors share memory: refuse those that do (default), or write each of them whole. */
  readonly sharedTensors?: "refuse" | "copy";
  /** Default 2. */
  readonly pickleProtocol?: number;
  /** Write as this release did, such as "1.13"; default: the newest layout. */
  readonly torchVersion?: string;
  /** The Python whose pickler is imitated; told, not yet used. */
  readonly pythonVersion?: string;
  /** Folder inside the archive; default: from the destination's name, or "archive". */
  readonly folder?: string;
  /** Records begin at multiples of it. Default 64. */
  readonly storageAlignment?: number;
  /** Default true. */
  readonly computeCrc32?: boolean;
  /** Byte order of the elements; "big" is not written yet. */
  readonly byteorder?: "little" | "big";
  /** Where the byteorder record stands; "last" after the storages. */
  readonly byteorderRecord?: "first" | "last";
  /** Leave holes for the storages; not supported yet. */
  readonly skipData?: boolean;
  /** Keys of the storages (before torch 1.9); not supported yet. */
  readonly keys?: readonly string[];
  /** Class sources of the legacy format; not supported yet. */
  readonly sources?: unknown;
  /** Writes values of the user's own classes: `{ reduce(value) }`. */
  readonly pickleModule?: SaveHooks | null;
}

const LIMITS: Kind = ["an object of limits", (value) => isRecord(value) && limitsOf(value) !== undefined]; // which tells what is wrong in it
const RUN: Kinds = { limits: LIMITS, signal: SIGNAL, onProgress: CALL, offset: COUNT, fetch: CALL, headers: HEADERS };
const OPEN: Kinds = { ...RUN, encoding: TEXT, member: TEXT, mmap: BOOLEAN };
const STREAM: Kinds = { ...RUN, chunks: BOOLEAN, checkCrc32: BOOLEAN };
const LOAD: Kinds = {
  ...OPEN,
  mapLocation: ["a location", (value) => typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== undefined], // map_location.ts says more
  weightsOnly: BOOLEAN,
  pickleModule: orNull(["an object with findClass(module, name)", (value) => typeof (value as LoadHooks).findClass === "function"]), // or whatever it is
  devices: ["an array of devices, each with a name, upload and download", (value) => Array.isArray(value) && value.every(isAccelerator)],
  checkCrc32: BOOLEAN,
};
const SAFETENSORS = ["format", "metadata", "sharedTensors"];
const SAVE: Kinds = {
  format: TEXT,
  metadata: ["an object or a Map of texts", (value) => value instanceof Map || isRecord(value)],
  sharedTensors: oneOf("refuse", "copy"),
  pickleProtocol: COUNT,
  torchVersion: TEXT,
  pythonVersion: TEXT,
  folder: TEXT,
  storageAlignment: ["a whole number of bytes from 1 to 65,536", (value) => COUNT[1](value) && value as number >= 1 && value as number <= 65_536], // as COUNT says
  computeCrc32: BOOLEAN,
  byteorder: oneOf("little", "big"),
  byteorderRecord: oneOf("first", "last"),
  skipData: BOOLEAN,
  keys: ["an array of texts", (value) => Array.isArray(value) && value.every(TEXT[1])],
  sources: ["an object", isRecord],
  pickleModule: orNull(["an object with reduce(value)", (value) => !Array.isArray(value) && typeof (value as SaveHooks).reduce === "function"]), // arrays have one of their own
};
const CONTROL: Kinds = { signal: SIGNAL, onProgress: CALL };

function later(name: string, value: unknown): never {
  throw new UnsupportedError(`Option ${name}: ${typeof value === "string" ? `"${value}"` : String(value)} is not supported yet`, {
    code: "OPTION",
  });
}

/** Refuses options that do not exist, and values that a later version will know. */
export function checkOpenOptions(options: OpenOptions, where: string): void {
  checkOptions(options, OPEN, where);
  checkEncoding(options.encoding);
  if (where === "inspect" && options.mmap) throw new ArgumentError("Option mmap: inspect reads no storages; leave it out", { code: "OPTION" });
}

/** As `checkOpenOptions`, for `stream`. */
export function checkStreamOptions(options: StreamOptions): void {
  checkOptions(options, STREAM, "stream");
}

/** As `checkOpenOptions`, for `load`. */
export function checkLoadOptions(options: LoadOptions): void {
  checkOptions(options, LOAD, "load");
  checkEncoding(options.encoding);
  if (options.pickleModule && options.weightsOnly === true) {
    throw new ArgumentError("Can not safely load weights when explicit pickle_module is specified: leave out pickleModule, or weightsOnly", { code: "OPTION" });
  }
}

function checkEncoding(encoding: string | undefined): void {
  if (encoding === undefined || ["utf-8", "utf8", "ascii", "latin1", "latin-1", "bytes"].includes(encoding.toLowerCase())) return;
  later("encoding", encoding);
}

/** As `checkOpenOptions`, for `save`; `saveSync` has no control of it. */
export function checkSaveOptions(options: SaveOptions, where: "save" | "saveSync"): void {
  checkOptions(options, where === "save" ? { ...SAVE, ...CONTROL } : SAVE, where);
  const { format, pickleProtocol, byteorder, skipData, keys, sources } = options;
  checkSafetensorsOptions(options);
  if (format === "safetensors") return;
  if (format !== undefined && format !== "zip") later("format", format);
  if (pickleProtocol !== undefined && pickleProtocol !== 2) later("pickleProtocol", pickleProtocol);
  if (byteorder !== undefined && byteorder !== "little") later("byteorder", byteorder);
  if (skipData === true) later("skipData", skipData);
  if (keys !== undefined) later("keys", "given");
  if (sources !== undefined) later("sources", "given");
}

/** Options of one format are none of the other's. */
function checkSafetensorsOptions(options: SaveOptions): void {
  const isSafetensors = options.format === "safetensors";
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || name === "format" || Object.hasOwn(CONTROL, name) || SAFETENSORS.includes(name) === isSafetensors) continue;
    throw new ArgumentError(
      isSafetensors ? `Option ${name}: a safetensors file has nothing of the kind` : `Option ${name} is for format: "safetensors"`,
      { code: "OPTION" },
    );
  }
}
