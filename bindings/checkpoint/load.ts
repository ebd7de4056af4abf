// load: plan, fetch, build. The whole file's description first, then every storage in a few merged reads, then the values.
import * as FACT from "../../assembly/shared/facts.js";
import { run, runSync, type Steps } from "../io/steps.js";
import { toSource, type SourceLike } from "../io/to_source.js";
import type { Value } from "../python/value.js";
import { UnsupportedError } from "../core/errors.js";
import { Archive } from "./archive.js";
import { Builder } from "./build.js";
import { fetchStorages } from "./fetch.js";
import { Loaded } from "./loaded.js";
import { checkLoadOptions, limitsOf, type LoadOptions } from "./options.js";
import { getSafeGlobals } from "./policy.js";
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
    return (await run(loadSteps(from.size, options), from, options)) as T; // the caller's word for what the file holds
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
    return runSync(loadSteps(from.size, options), from) as T; // as above
  } finally {
    if (from !== source) from.close?.();
  }
}

function* loadSteps(size: number, options: LoadOptions): Steps<Value> {
  const archive = new Archive(size);
  try {
    return yield* loadFrom(archive, options);
  } finally {
    archive.release();
  }
}

function* loadFrom(archive: Archive, options: LoadOptions): Steps<Value> {
  const limits = limitsOf(options.limits);
  const weightsOnly = options.weightsOnly ?? true;
  yield* archive.open(weightsOnly ? getSafeGlobals() : undefined, limits);
  if ((archive.fact(FACT.FACT_FLAGS) & FACT.FACTS_TORCHSCRIPT) !== 0) {
    throw new UnsupportedError("Cannot load a TorchScript archive yet: torch.jit.save wrote this file (it has constants.pkl)", {
      code: "TORCHSCRIPT",
    });
  }
  checkTotal(archive, limits);
  const loaded = new Loaded(archive);
  const fetching = { checkCrc32: options.checkCrc32 ?? true, big: archive.fact(FACT.FACT_BYTEORDER) === 2 };
  yield* fetchStorages(archive, archive.ownRows(), fetching, loaded.take);
  return new Builder(archive, loaded.shelf, options.encoding ?? "utf-8").root();
}
