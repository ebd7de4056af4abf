// open at once, with all families of values, since it cannot wait for one.
import { runSync } from "../io/steps_sync.js";
import { sourceNow } from "../io/source_now.js";
import type { SyncSourceLike } from "../io/to_source.js";
import { begin, beginAt } from "./begin.js";
import { allFamilies } from "./families_all.js";
import { limitsOf } from "./limits.js";
import { memberSourceSync } from "./member.js";
import type { CheckpointFile } from "./checkpoint_file.js";
import { mappable, openMapped } from "./mmap.js";
import { ArchiveFile, opened } from "./open.js";
import { checkOpenOptions, type OpenOptions } from "./options.js";
import { isSafetensors } from "./safetensors_fault.js";
import { openSafetensorsSync } from "./safetensors_file.js";
import { oneOrSeveralSync } from "./sharded_kind.js";
import { openShardedSync } from "./sharded_open.js";

/** As `open`, at once: for sources that answer at once, such as paths and bytes. */
export function openSync(source: SyncSourceLike | readonly SyncSourceLike[], options: OpenOptions = {}): CheckpointFile {
  checkOpenOptions(options, "openSync");
  return oneOrSeveralSync(source, (one) => openOne(one, options), (parts) => openShardedSync(parts, options, openOne));
}

/** Opens what is in one file. */
function openOne(source: SyncSourceLike, options: OpenOptions): CheckpointFile {
  const from = options.mmap ? openMapped(source, options) : sourceNow(source);
  const owned = from !== source;
  try {
    const families = allFamilies();
    const part = memberSourceSync(beginAt(from, options.offset), options, families);
    const viewing = options.mmap ? mappable(part) : undefined;
    const tried = runSync(begin(part, undefined, limitsOf(options.limits), families), part);
    if (isSafetensors(tried.fault)) {
      tried.archive.release();
      return openSafetensorsSync({ source: part, whole: from, owned }, options);
    }
    const begun = opened(tried);
    const file = new ArchiveFile(begun, from, owned, options, viewing);
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
