// load: plan, fetch, build. The whole file's description first, then every storage in a few merged reads, then the values.
import * as FACT from "../../assembly/shared/facts.js";
import { run, runSync, type Steps } from "../io/steps.js";
import { LimitError, UnsupportedError } from "../core/errors.js";
import { MemorySource } from "../io/memory.js";
import type { Source } from "../io/source.js";
import { openSource, toSource, type SourceLike, type SyncSourceLike } from "../io/to_source.js";
import type { Value } from "../python/value.js";
import type { Archive } from "./archive.js";
import { begin, beginAt, within } from "./begin.js";
import { Builder } from "./build.js";
import { finderOf, makeObjects } from "./classes.js";
import { fetchStorages } from "./fetch.js";
import { Loaded } from "./loaded.js";
import { mapStorages } from "./map_location.js";
import { memberSource, memberSourceSync } from "./member.js";
import * as mmapAtOnce from "./mmap.js";
import { checkLoadOptions, type LoadOptions } from "./options.js";
import { limitsOf } from "./limits.js";
import { readOther } from "./other_zip.js";
import { getSafeGlobals } from "./policy.js";
import { NO_READER, RecordStorages } from "./record_storages.js";
import { checkTotal } from "./totals.js";

/**
 * Loads a checkpoint that torch.save wrote. Nothing of it is ever run.
 *
 * @param source a path, a `file:` URL, bytes, or a `Source`
 * @param options torch's own, in camelCase, and brine's
 * @returns the saved value: tensors share storages as they did when they were saved
 * @throws UnpicklingError where the pickle is malformed, or holds what `weightsOnly` (default true) refuses
 * @throws FormatError where the container is damaged, or is no checkpoint
 * @throws SourceError where the source cannot be read
 * @throws LimitError where a named limit is passed
 * @throws DeviceError where `mapLocation` names a device that is not there
 * @throws UnsupportedError for what brine does not read yet
 *
 * @example Load a state dict and look at one tensor
 * ```ts
 * const sd = await load<OrderedDict<string, Tensor>>("model.pth");
 * console.log(sd.get("fc1.weight"));
 * ```
 */
export async function load<T = Value>(source: SourceLike, options: LoadOptions = {}): Promise<T> {
  checkLoadOptions(options);
  options.signal?.throwIfAborted();
  const mmap = options.mmap === true ? await import("./mmap.js") : null;
  const from = mmap === null ? await openSource(source, options) : mmap.openMmap(source);
  try {
    const part = await memberSource(beginAt(from, options.offset), options);
    const prepared = await run(prepareIn(part, options, mmap), part, options);
    try {
      await prepared.upload?.(options.signal);
      return prepared.build() as T; // the caller's word for what the file holds
    } finally {
      prepared.release();
    }
  } finally {
    if (from !== source) await from.close?.();
  }
}

/** As `load`, at once: for sources that answer at once, such as paths and bytes. */
export function loadSync<T = Value>(source: SyncSourceLike, options: LoadOptions = {}): T {
  checkLoadOptions(options);
  options.signal?.throwIfAborted();
  const mmap = options.mmap === true ? mmapAtOnce : null;
  const from = mmap === null ? toSource(source, true) : mmap.openMmap(source);
  try {
    const part = memberSourceSync(beginAt(from, options.offset), options);
    const prepared = runSync(prepareIn(part, options, mmap), part);
    try {
      if (prepared.upload !== null) throw new UnsupportedError("Cannot put storages on a device synchronously: use load", { code: "NOT_SYNC" });
      return prepared.build() as T; // as above
    } finally {
      prepared.release();
    }
  } finally {
    if (from !== source) from.close?.();
  }
}

/** A load whose bytes are here. */
interface Prepared {
  /** Puts what goes to other devices there. */
  readonly upload: Loaded["upload"];
  /** Makes the values, after that. */
  readonly build: () => Value;
}

function isWeightsOnly({ weightsOnly, pickleModule }: LoadOptions): boolean {
  return weightsOnly ?? (pickleModule === undefined || pickleModule === null);
}

/** What maps storages; a module of its own, since few loads do. */
type Mmap = typeof import("./mmap.js");

/** Prepares what the source holds; the description is the caller's to release. */
function* prepareIn(source: Source, options: LoadOptions, mmap: Mmap | null, depth: number = 0): Steps<Prepared & { release(): void }> {
  const viewing = mmap?.mappable(source);
  const begun = yield* begin(source, isWeightsOnly(options) ? getSafeGlobals() : undefined, limitsOf(options.limits));
  const release = (): void => begun.archive.release();
  try {
    if (begun.fault !== null) throw begun.fault;
    return { ...yield* within(begun, source, prepare(begun.archive, options, depth, viewing)), release };
  } catch (cause) {
    release();
    throw cause;
  }
}

function* prepare(archive: Archive, options: LoadOptions, depth: number, viewing?: ReturnType<Mmap["mappable"]>): Steps<Prepared> {
  const limits = limitsOf(options.limits);
  const big = archive.fact(FACT.FACT_BYTEORDER) === 2;
  if (archive.isOther && viewing === undefined) return yield* prepareOther(archive, options, big);
  checkTotal(archive, limits);
  const mapped = mapStorages(archive, options.mapLocation, options.devices ?? []);
  const loaded = new Loaded(archive, mapped);
  const rows = mapped === undefined ? archive.ownRows() : archive.ownRows().filter((row) => mapped[row].place !== "meta");
  const fetching = { checkCrc32: options.checkCrc32 ?? true, big };
  const views = viewing?.(archive, "all");
  if (views === undefined) yield* fetchStorages(archive, rows, fetching, loaded.take);
  else for (const row of rows) views.take(row, loaded.take);
  const build = (): Value => hooked(new Builder(archive, loaded.shelf, options.encoding ?? "utf-8", embeddedReader(archive.size, options, depth)).root(), options);
  return { upload: loaded.upload, build };
}

function hooked(value: Value, options: LoadOptions): Value {
  const find = finderOf(options.pickleModule);
  return find === undefined ? value : makeObjects(value, find);
}

/** The values of a zip without a data.pkl. */
function* prepareOther(archive: Archive, options: LoadOptions, big: boolean): Steps<Prepared> {
  if (options.mapLocation !== undefined && options.mapLocation !== null) {
    throw new UnsupportedError(`Option mapLocation: the storages of a ${archive.container} archive are read onto the CPU, with the labels that they have`, {
      code: "OPTION",
    });
  }
  const storages = new RecordStorages(archive, limitsOf(options.limits), NO_READER, big);
  const safe = isWeightsOnly(options) ? getSafeGlobals() : undefined;
  const root = yield* readOther(storages, { safe, encoding: options.encoding ?? "utf-8" });
  yield* storages.readAll();
  return { upload: null, build: () => hooked(root, options) };
}

/** Checkpoints stand in bytes of a plain pickle, those perhaps of another, and no honest file goes on so. */
const MAX_DEPTH = 4;

/** Reads checkpoints inside bytes of one that has `size` bytes: all of them together cannot have more. */
export function embeddedReader(size: number, options: LoadOptions, depth: number = 0): (bytes: Uint8Array) => Value {
  let left = size;
  return (bytes) => {
    left -= bytes.length;
    if (depth === MAX_DEPTH || left < 0) {
      const [what, limit] = depth === MAX_DEPTH ? ["checkpoints inside each other", MAX_DEPTH] : ["bytes of checkpoints inside a pickle", size];
      const found = depth === MAX_DEPTH ? depth + 1 : size - left;
      throw new LimitError(`Found ${found} ${what}; the limit is ${limit}`, { code: "LIMIT_EMBEDDED", found, limit });
    }
    const source = new MemorySource(bytes);
    // Its own place: none of the options that say where the outer one is.
    const { encoding, limits, checkCrc32 } = options;
    const weightsOnly = isWeightsOnly(options);
    const prepared = runSync(prepareIn(source, { encoding, limits, weightsOnly, checkCrc32 }, null, depth + 1), source);
    try {
      return prepared.build(); // without mapLocation nothing goes to a device
    } finally {
      prepared.release();
    }
  };
}
