// load: plan, fetch, build. The whole file's description first, then every storage in a few merged reads, then the values.
import * as FACT from "../../assembly/shared/facts.js";
import { MemorySource } from "../io/memory.js";
import { run, runSync, type Steps } from "../io/steps.js";
import type { Source } from "../io/source.js";
import { toSource, type SourceLike } from "../io/to_source.js";
import type { Value } from "../python/value.js";
import { LimitError, UnsupportedError } from "../core/errors.js";
import type { Archive } from "./archive.js";
import { begin, beginAt, within } from "./begin.js";
import { Builder } from "./build.js";
import { fetchStorages } from "./fetch.js";
import { Loaded } from "./loaded.js";
import { checkLoadOptions, limitsOf, type LoadOptions } from "./options.js";
import { getSafeGlobals } from "./policy.js";
import { refuseUnread } from "./unread.js";
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
  const from = toSource(source, false);
  try {
    const part = beginAt(from, options.offset);
    return (await run(loadSteps(part, options), part, options)) as T; // the caller's word for what the file holds
  } finally {
    if (from !== source) await from.close?.();
  }
}

/** As `load`, at once: for sources that answer at once, such as paths and bytes. */
export function loadSync<T = Value>(source: SourceLike, options: LoadOptions = {}): T {
  checkLoadOptions(options);
  options.signal?.throwIfAborted();
  const from = toSource(source, true);
  try {
    const part = beginAt(from, options.offset);
    return runSync(loadSteps(part, options), part) as T; // as above
  } finally {
    if (from !== source) from.close?.();
  }
}

function* loadSteps(source: Source, options: LoadOptions, depth: number = 0): Steps<Value> {
  const begun = yield* begin(source, options.weightsOnly ?? true ? getSafeGlobals() : undefined, limitsOf(options.limits));
  try {
    if (begun.fault !== null) throw begun.fault;
    return yield* within(begun, source, loadFrom(begun.archive, options, depth));
  } finally {
    begun.archive.release();
  }
}

function* loadFrom(archive: Archive, options: LoadOptions, depth: number): Steps<Value> {
  const limits = limitsOf(options.limits);
  if ((archive.fact(FACT.FACT_FLAGS) & FACT.FACTS_TORCHSCRIPT) !== 0) {
    throw new UnsupportedError("Cannot load a TorchScript archive yet: torch.jit.save wrote this file (it has constants.pkl)", {
      code: "TORCHSCRIPT",
    });
  }
  if (options.weightsOnly ?? true) refuseUnread(archive);
  checkTotal(archive, limits);
  const loaded = new Loaded(archive);
  const fetching = { checkCrc32: options.checkCrc32 ?? true, big: archive.fact(FACT.FACT_BYTEORDER) === 2 };
  yield* fetchStorages(archive, archive.ownRows(), fetching, loaded.take);
  return new Builder(archive, loaded.shelf, options.encoding ?? "utf-8", embeddedReader(archive.size, options, depth)).root();
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
    const { encoding, limits, weightsOnly, checkCrc32 } = options;
    return runSync(loadSteps(source, { encoding, limits, weightsOnly, checkCrc32 }, depth + 1), source);
  };
}
