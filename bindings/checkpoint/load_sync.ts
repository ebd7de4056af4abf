// load at once. It cannot wait for a family of values, so it brings all of them: whoever bundles `load` alone has none of this.
import { UnsupportedError } from "../core/errors.js";
import { runSync } from "../io/steps_sync.js";
import { sourceNow } from "../io/source_now.js";
import type { SyncSourceLike } from "../io/to_source.js";
import type { Value } from "../python/value.js";
import { beginAt } from "./begin.js";
import { allFamilies } from "./families_all.js";
import { prepareIn } from "./load.js";
import { memberSourceSync } from "./member.js";
import { openMapped } from "./mmap.js";
import { checkLoadOptions, type LoadOptions } from "./options.js";
import { unlessSafetensors } from "./safetensors_fault.js";
import { loadSafetensorsSync } from "./safetensors_load.js";
import { oneOrSeveralSync } from "./sharded_kind.js";
import { loadShardedSync } from "./sharded_load.js";

/** As `load`, at once: for sources that answer at once, such as paths and bytes. */
export function loadSync<T = Value>(source: SyncSourceLike | readonly SyncSourceLike[], options: LoadOptions = {}): T {
  checkLoadOptions(options);
  options.signal?.throwIfAborted();
  return oneOrSeveralSync(source, (one) => loadOne(one, options), (parts) => loadShardedSync(parts, options, loadOne)) as T; // as the caller knows it
}

/** Loads what is in one file. */
function loadOne(source: SyncSourceLike, options: LoadOptions): Value {
  const from = options.mmap ? openMapped(source, options) : sourceNow(source);
  try {
    const families = allFamilies();
    const part = memberSourceSync(beginAt(from, options.offset), options, families);
    let prepared;
    try {
      prepared = runSync(prepareIn(part, options, families), part);
    } catch (cause) {
      unlessSafetensors(cause);
      return loadSafetensorsSync(part, options);
    }
    try {
      if (prepared.upload !== null) throw new UnsupportedError("Cannot put storages on a device synchronously: use load", { code: "NOT_SYNC" });
      return prepared.build();
    } finally {
      prepared.release();
    }
  } finally {
    if (from !== source) from.close?.();
  }
}
