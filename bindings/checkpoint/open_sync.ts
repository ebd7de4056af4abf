// open at once, with all families of values, since it cannot wait for one.
import { runSync } from "../io/steps.js";
import { toSource, type SyncSourceLike } from "../io/to_source.js";
import { begin, beginAt } from "./begin.js";
import { allFamilies } from "./families_all.js";
import { limitsOf } from "./limits.js";
import { memberSourceSync } from "./member.js";
import { mappable, openMmap } from "./mmap.js";
import { CheckpointFile, opened } from "./open.js";
import { checkOpenOptions, type OpenOptions } from "./options.js";

/** As `open`, at once: for sources that answer at once, such as paths and bytes. */
export function openSync(source: SyncSourceLike, options: OpenOptions = {}): CheckpointFile {
  checkOpenOptions(options, "openSync");
  const from = options.mmap === true ? openMmap(source) : toSource(source, true);
  const owned = from !== source;
  try {
    const families = allFamilies();
    const part = memberSourceSync(beginAt(from, options.offset), options, families);
    const viewing = options.mmap === true ? mappable(part) : undefined;
    const begun = opened(runSync(begin(part, undefined, limitsOf(options.limits), families), part));
    const file = new CheckpointFile(begun, from, owned, options, viewing);
    try {
      runSync(file.describe(), begun.source);
    } catch (cause) {
      begun.archive.release();
      throw cause;
    }
    return file;
  } catch (cause) {
    if (owned) from.close?.();
    throw cause;
  }
}
