// load at once. It cannot wait for a family of values, so it brings all of them: whoever bundles `load` alone has none of this.
import { UnsupportedError } from "../core/errors.js";
import { runSync } from "../io/steps.js";
import { toSource, type SyncSourceLike } from "../io/to_source.js";
import type { Value } from "../python/value.js";
import { beginAt } from "./begin.js";
import { allFamilies } from "./families_all.js";
import { prepareIn } from "./load.js";
import { memberSourceSync } from "./member.js";
import { openMmap } from "./mmap.js";
import { checkLoadOptions, type LoadOptions } from "./options.js";

/** As `load`, at once: for sources that answer at once, such as paths and bytes. */
export function loadSync<T = Value>(source: SyncSourceLike, options: LoadOptions = {}): T {
  checkLoadOptions(options);
  options.signal?.throwIfAborted();
  const from = options.mmap === true ? openMmap(source) : toSource(source, true);
  try {
    const families = allFamilies();
    const part = memberSourceSync(beginAt(from, options.offset), options, families);
    const prepared = runSync(prepareIn(part, options, families), part);
    try {
      if (prepared.upload !== null) throw new UnsupportedError("Cannot put storages on a device synchronously: use load", { code: "NOT_SYNC" });
      return prepared.build() as T; // the caller's word for what the file holds
    } finally {
      prepared.release();
    }
  } finally {
    if (from !== source) from.close?.();
  }
}
