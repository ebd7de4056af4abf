// inspect: what a file holds, as plain data, up to the fault where it breaks, and what else hides in it. It refuses nothing and
// reads no tensor, only how the content of each record begins.
import { BrineError } from "../core/errors.js";
import { run } from "../io/steps.js";
import { toSource, type SourceLike } from "../io/to_source.js";
import { Archive, type Container } from "./archive.js";
import {
  faultOf, fileVerdict, globalsOf, type FileVerdict, type InspectedFault, type InspectedGlobal, type InspectedMember, type InspectionWarning,
} from "./inspected.js";
import { TensorList } from "./listing.js";
import { membersOf, type Members } from "./members.js";
import { checkOpenOptions, limitsOf, type OpenOptions, type SaveOptions } from "./options.js";
import type { RecordInfo } from "./open.js";
import { saveOptionsOf } from "./save_options.js";

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
  /** "legacy" is the stream format from before torch 1.6; "other": it is nothing that brine reads. */
  readonly container: Container | "other";
  /** Bytes of the source. */
  readonly size: number;
  readonly records: readonly RecordInfo[];
  /** What the pickle that is loaded names, in order of first use. */
  readonly globals: readonly InspectedGlobal[];
  readonly tensors: readonly InspectedTensor[];
  readonly storages: readonly InspectedStorage[];
  /** `save(value, to, saveOptions)` writes this file again; null where a fault hides it. */
  readonly saveOptions: SaveOptions | null;
  /** Where and why reading stopped; null: it did not. */
  readonly fault: InspectedFault | null;
  /** Every other pickle: in further records whatever their names, behind another one's end, inside bytes. */
  readonly members: readonly InspectedMember[];
  /** What is odd about the file, and what could not be looked at. */
  readonly warnings: readonly InspectionWarning[];
  /** What all of it comes to. */
  readonly verdict: FileVerdict;
}

/**
 * Tells what a file holds. Malformed content does not throw: what was seen before the fault is told, and the fault.
 *
 * @param source a path, a `file:` URL, bytes, or a `Source`
 * @throws SourceError where the source cannot be opened or read
 */
export async function inspect(source: SourceLike, options: OpenOptions = {}): Promise<Inspection> {
  checkOpenOptions(options, "inspect");
  const from = toSource(source, false);
  const archive = new Archive(from.size);
  try {
    let fault: BrineError | null = null;
    try {
      await run(archive.open(undefined, limitsOf(options.limits)), from, options);
    } catch (cause) {
      if (!(cause instanceof BrineError)) throw cause;
      fault = cause;
    }
    return tell(archive, fault, await membersOf(archive, from, options));
  } finally {
    archive.release();
    if (from !== source) await from.close?.();
  }
}

/** What the archive holds, as far as it was read. */
function tell(archive: Archive, fault: BrineError | null, { members, warnings }: Members): Inspection {
  const globals = globalsOf(archive);
  const found = fault === null ? null : faultOf(fault);
  return {
    container: archive.isStream || archive.entryCount > 0 ? archive.container : "other",
    size: archive.size,
    records: Array.from({ length: archive.isStream ? 0 : archive.entryCount }, (_, row) => {
      const { name, size, method } = archive.entry(row);
      return { name, size, method };
    }),
    globals,
    tensors: fault === null ? Array.from(new TensorList(archive), (tensor) => tensor.toJSON() as InspectedTensor) : [], // toJSON gives these
    storages: Array.from({ length: fault === null ? archive.storageCount : 0 }, (_, row) => {
      const { key, location, nbytes } = archive.storage(row);
      return { key, location, nbytes };
    }),
    saveOptions: fault === null ? saveOptionsOf(archive) : null,
    fault: found,
    members,
    warnings,
    verdict: fileVerdict(globals, found, members, warnings),
  };
}
