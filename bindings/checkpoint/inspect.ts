// inspect: what a file holds, as plain data, up to the fault where it breaks, and what else hides in it. It refuses nothing and
// reads no tensor, only how the content of each record begins.
import { BrineError } from "../core/errors.js";
import { Watch } from "../io/progress.js";
import { run } from "../io/steps.js";
import { openSource, type SourceLike } from "../io/to_source.js";
import type { Archive, Container } from "./archive.js";
import { ahead, begin, beginAt, endOf, within } from "./begin.js";
import {
  faultOf, fileVerdict, globalsOf, type FileVerdict, type InspectedFault, type InspectedGlobal, type InspectedMember, type InspectionWarning,
} from "./inspected.js";
import { ColumnList, type TensorList } from "./listing.js";
import { ValueList } from "./listing_values.js";
import { allFamilies } from "./families_all.js";
import { memberSource } from "./member.js";
import { membersOf, type Members } from "./members.js";
import { checkOpenOptions, type OpenOptions, type SaveOptions } from "./options.js";
import { limitsOf } from "./limits.js";
import { readOther } from "./other_zip.js";
import type { RecordInfo } from "./checkpoint_file.js";
import { NO_READER, RecordStorages } from "./record_storages.js";
import { isSafetensors } from "./safetensors_fault.js";
import { saveOptionsOf } from "./save_options.js";
import { oneOrSeveral, type PartList } from "./sharded_kind.js";

/** A tensor of the file. */
export interface InspectedTensor {
  readonly name: string;
  readonly path: string;
  readonly also: readonly string[];
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly storageOffset: number;
  readonly storageKey: string;
  readonly nbytes: number;
  readonly location: string;
  readonly requiresGrad: boolean;
  readonly isParameter: boolean;
}

/** A storage of the file. */
export interface InspectedStorage {
  readonly key: string;
  readonly location: string;
  readonly nbytes: number;
}

/** What `inspect` tells. */
export interface Inspection {
  /** "legacy" is the stream format from before torch 1.6, "tar" that of torch 0.1.9 and before; "other": it is nothing that brine reads. */
  readonly container: Container | "other";
  /** Bytes of the source. */
  readonly size: number;
  /** The byte of the source behind this checkpoint, where the next one may begin; null where a fault hides it. */
  readonly end: number | null;
  readonly records: readonly RecordInfo[];
  /** What the pickle that is loaded names, in order of first use. */
  readonly globals: readonly InspectedGlobal[];
  readonly tensors: readonly InspectedTensor[];
  readonly storages: readonly InspectedStorage[];
  /** `save(value, to, saveOptions)` writes this file again; null where a fault hides it, and of several files. */
  readonly saveOptions: SaveOptions | null;
  /** Where and why reading stopped; null: it did not. */
  readonly fault: InspectedFault | null;
  /** Every other pickle: in further records whatever their names, behind another one's end, inside bytes. */
  readonly members: readonly InspectedMember[];
  /** What is odd about the file, and what could not be looked at. */
  readonly warnings: readonly InspectionWarning[];
  /** What each file holds of a checkpoint in several; empty where it is one. */
  readonly shards: readonly InspectedShard[];
  /** What all of it comes to. */
  readonly verdict: FileVerdict;
}

/** One file of a checkpoint in several. */
export interface InspectedShard {
  readonly name: string;
  readonly inspection: Inspection;
}

/**
 * Tells what a file holds. Malformed content does not throw: what was seen before the fault is told, and the fault.
 *
 * @param source whatever `open` takes
 * @throws SourceError where the source cannot be opened or read
 */
export async function inspect(source: SourceLike | PartList, options: OpenOptions = {}): Promise<Inspection> {
  checkOpenOptions(options, "inspect");
  return oneOrSeveral(source, (one) => inspectOne(one, options), async (parts) => (await import("./family_sharded_inspect.js")).inspectSharded(parts, options, inspectOne));
}

/** Tells what one file holds. */
async function inspectOne(source: SourceLike, options: OpenOptions): Promise<Inspection> {
  const watch = Watch.of(options.onProgress);
  watch?.begin("open");
  const from = await openSource(source, { ...options, arrived: watch && ((bytes) => watch.add(bytes)) });
  const running = { signal: options.signal, watch };
  const limits = limitsOf(options.limits);
  try {
    const families = allFamilies();
    const part = await memberSource(await ahead(beginAt(from, options.offset), families, running), options, families, running);
    const begun = await run(begin(part, undefined, limits, families), part, running);
    if (isSafetensors(begun.fault)) {
      begun.archive.release();
      return await (await import("./family_safetensors_file.js")).inspectSafetensors(part, from.size, limits, running);
    }
    const { archive, source: read } = begun;
    let { fault } = begun;
    try {
      let tensors: TensorList | null = fault === null && !archive.isOther ? new ColumnList(archive) : null;
      try {
        if (fault === null && archive.isOther) {
          const storages = new RecordStorages(archive, limits, NO_READER, false);
          const other = readOther(storages, { safe: undefined, encoding: options.encoding ?? "utf-8" });
          tensors = new ValueList(await run(within(begun, part, other), part, running));
        }
      } catch (cause) {
        if (!(cause instanceof BrineError)) throw cause;
        fault = cause;
      }
      const end = fault === null ? endOf(archive, read, from, options.offset) : null;
      return tell(archive, fault, await membersOf(archive, read, running), from.size, end, tensors);
    } finally {
      archive.release();
    }
  } finally {
    if (from !== source) await from.close?.();
  }
}

/** What the archive holds, as far as it was read. */
function tell(
  archive: Archive, fault: BrineError | null, { members, warnings }: Members, size: number, end: number | null, tensors: TensorList | null,
): Inspection {
  const globals = globalsOf(archive);
  const found = fault === null ? null : faultOf(fault);
  return {
    container: archive.isKnown ? archive.container : "other",
    size,
    end,
    records: Array.from({ length: archive.hasRecords ? archive.entryCount : 0 }, (_, row) => {
      const { name, size, method } = archive.entry(row);
      return { name, size, method };
    }),
    globals,
    tensors: Array.from(tensors ?? [], (tensor) => tensor.toJSON() as InspectedTensor), // toJSON gives these
    storages: fault !== null ? [] : tensors instanceof ValueList ? tensors.storages : Array.from({ length: archive.storageCount }, (_, row) => {
      const { key, location, nbytes } = archive.storage(row);
      return { key, location, nbytes };
    }),
    saveOptions: fault === null && !archive.isOther ? saveOptionsOf(archive) : null,
    fault: found,
    members,
    warnings,
    shards: [],
    verdict: fileVerdict(globals, found, members, warnings),
  };
}
