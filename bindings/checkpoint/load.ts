// load: plan, fetch, build. The whole file's description first, then every storage in a few merged reads, then the values.
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import { Watch } from "../io/progress.js";
import { run, type Steps } from "../io/steps.js";
import type { Source } from "../io/source.js";
import { passesOnce } from "../io/passes_once.js";
import { openSource, type SourceLike } from "../io/to_source.js";
import type { Value } from "../python/value.js";
import type { Archive } from "./archive.js";
import { ahead, begin, beginAt, within } from "./begin.js";
import { Builder } from "./build.js";
import { finderOf } from "./classes.js";
import { lateFamilies, type Families } from "./families.js";
import { fetchStorages } from "./fetch.js";
import { Loaded } from "./loaded.js";
import type { Mapped } from "./map_location.js";
import type { Viewing } from "./mmap.js";
import { bringFamilies } from "./needed.js";
import type { LoadOptions } from "./options.js";
import { limitsOf } from "./limits.js";
import { getSafeGlobals } from "./policy.js";
import { unlessSafetensors } from "./safetensors_fault.js";
import { oneOrSeveral, type PartList } from "./sharded_kind.js";
import { checkTotal } from "./totals.js";

/** Options whose kind is all that there is to check, and is checked here; whatever else is given is checked by a family of its own. */
const COMMON: Readonly<Record<string, string>> = { onProgress: "function", fetch: "function", mmap: "boolean", mapLocation: "string", weightsOnly: "boolean", checkCrc32: "boolean" };

/**
 * Loads a checkpoint that torch.save wrote. Nothing of it is ever run.
 *
 * @param source a path, a URL, bytes, a Blob, or a `Source`; a stream or a Response, read as it passes where its description
 *   comes first. Of a checkpoint in several files: its index (`model.safetensors.index.json`), a folder that holds one, or a
 *   list of the parts, such as the files of a file input
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
export async function load<T = Value>(source: SourceLike | PartList, options: LoadOptions = {}): Promise<T> {
  if (!isCommon(options)) (await import("./family_options.js")).checkLoadOptions(options);
  options.signal?.throwIfAborted();
  const loaded = await oneOrSeveral(source, (one) => loadOne(one, options), async (parts) => (await lateFamilies().sharded.fetch()).loadSharded(parts, options, loadOne));
  return loaded as T; // as the caller knows it
}

/** Are these options that few programs go beyond, each of its kind? */
function isCommon(options: LoadOptions): boolean {
  try {
    return Object.getPrototypeOf(options) === Object.prototype &&
      Object.entries(options).every(([name, value]) => typeof value === COMMON[name] || name === "signal" && (value === undefined || value instanceof AbortSignal));
  } catch {
    return false; // no object, or one that nobody can look at
  }
}

/** Loads what is in one file. */
async function loadOne(source: SourceLike, options: LoadOptions): Promise<Value> {
  const watch = Watch.of(options.onProgress);
  watch?.begin("open");
  const families = lateFamilies();
  families.values.fetch().catch(() => undefined); // asked for now, waited for later: that tells what went wrong
  // A stream is read as it passes, from its first byte on.
  if (!options.mmap && passesOnce(source) && (options.offset ?? 0) === 0 && options.member === undefined) {
    const { loadPassing } = await import("./family_passing.js");
    return await loadPassing(source, options, families, watch);
  }
  const from = options.mmap ? (await families.mapping.fetch()).openMapped(source, options) : await openSource(source, { ...options, arrived: watch && ((bytes) => watch.add(bytes)) });
  try {
    return await loadFrom(from, options, families, watch);
  } finally {
    if (from !== source) await from.close?.();
  }
}

/** Loads what a source holds, which stays open. */
export async function loadFrom(from: Source, options: LoadOptions, families: Families, watch: Watch | undefined): Promise<Value> {
  const { signal } = options;
  const running = { signal, watch };
  const whole = await ahead(beginAt(from, options.offset), families, running);
  const part = options.member === undefined ? whole : await (await families.member.fetch()).memberSource(whole, options, families, running);
  const prepared = await run(prepareIn(part, options, families, 0, watch), part, running).catch(unlessSafetensors);
  if (prepared === null) {
    return await (await families.safetensors.fetch()).loadSafetensors(part, options, running);
  }
  try {
    await prepared.upload?.(signal);
    watch?.finish();
    watch?.begin("build", prepared.tensors);
    signal?.throwIfAborted();
    const value = prepared.build();
    watch?.finish();
    return value;
  } finally {
    prepared.release();
  }
}

/** A load whose bytes are here. */
export interface Prepared {
  /** Puts what goes to other devices there. */
  readonly upload: Loaded["upload"];
  /** Makes the values, after that. */
  readonly build: () => Value;
  /** How many tensors there will be; null: nobody has counted. */
  readonly tensors: number | null;
}

/** Is refused what torch.load(weights_only=True) refuses? */
export function isWeightsOnly({ weightsOnly, pickleModule }: LoadOptions): boolean {
  return weightsOnly ?? (pickleModule === undefined || pickleModule === null);
}

/** Prepares what the source holds; the description is the caller's to release. */
export function* prepareIn(
  source: Source, options: LoadOptions, families: Families, depth: number = 0, watch?: Watch,
): Steps<Prepared & { release(): void }> {
  const viewing = options.mmap ? families.mapping.module.mappable(source) : undefined;
  const begun = yield* begin(source, isWeightsOnly(options) ? getSafeGlobals() : undefined, limitsOf(options.limits), families);
  const release = (): void => begun.archive.release();
  try {
    if (begun.fault !== null) throw begun.fault;
    return { ...yield* within(begun, source, prepare(begun.archive, options, watch, depth, viewing)), release };
  } catch (cause) {
    release();
    throw cause;
  }
}

function* prepare(archive: Archive, options: LoadOptions, watch: Watch | undefined, depth: number, viewing?: Viewing): Steps<Prepared> {
  const big = archive.fact(FACT.FACT_BYTEORDER) === 2;
  yield* bringFamilies(archive);
  const put = yield* hooked(options, archive.families);
  if (archive.isOther && viewing === undefined) return yield* archive.families.others.module.prepareOther(archive, options, big, put);
  const { loaded, mapped } = yield* place(archive, options);
  const views = viewing?.(archive, "all");
  const rows = mapped === undefined ? archive.ownRows() : archive.ownRows().filter((row) => mapped[row].place !== "meta");
  if (views !== undefined && rows.length > 0 && loaded.upload === null) loaded.later = views.later();
  const watching = watch && (yield* archive.families.watch.get()).watching(archive, watch);
  const fetching = { checkCrc32: options.checkCrc32 ?? true, big, views, ...watching };
  if (loaded.later === null) yield* fetchStorages(archive, rows, fetching, loaded.take);
  return { upload: loaded.upload, build: () => build(archive, loaded, archive.size, put, options, depth), tensors: tensorCount(archive) };
}

/** Where the storages of an archive go. */
export interface Placed {
  readonly loaded: Loaded;
  /** By row; undefined: all go to the CPU. */
  readonly mapped: readonly Mapped[] | undefined;
}

/** Says where the storages go, of which no byte was read. */
export function* place(archive: Archive, { limits, mapLocation, devices = [] }: LoadOptions): Steps<Placed> {
  checkTotal(archive, limitsOf(limits));
  const mapped = mapLocation === undefined || mapLocation === null ? undefined
    : (yield* archive.families.places.get()).mapStorages(archive, mapLocation, devices);
  return { loaded: new Loaded(archive, mapped), mapped };
}

/** Makes the values of an archive of `size` bytes, whose storages are here. */
export function build(archive: Archive, loaded: Loaded, size: number, put: (value: Value) => Value, options: LoadOptions, depth: number = 0): Value {
  const embedded = archive.families.embedded.here?.embeddedReader(size, options, depth);
  return put(new Builder(archive, loaded.shelf, options.encoding ?? "utf-8", embedded).root());
}

/** How many tensors an archive has. */
export function tensorCount(archive: Archive): number {
  return archive.columns.tensors.length / C.T_WORDS;
}

/** Puts the objects of the user's hooks, where there are any, into a value. */
export function* hooked({ pickleModule }: LoadOptions, { objects }: Families): Steps<(value: Value) => Value> {
  const find = finderOf(pickleModule);
  if (find === undefined) return (value) => value;
  const { makeObjects } = yield* objects.get();
  return (value) => makeObjects(value, find);
}
