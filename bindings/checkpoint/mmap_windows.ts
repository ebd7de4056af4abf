// Runs of storages, side by side in the file, that are mapped together.
import * as C from "../../assembly/shared/columns.js";
import { UNTYPED } from "../../assembly/shared/dtypes.js";
import { LimitError, UnsupportedError } from "../core/errors.js";
import { PAGE } from "../io/mmap.js";
import { dtypeById } from "../torch/dtype.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import { HEADER } from "./local_header.js";
import { inFileOrder } from "./plan.js";

/** One typed array ends here on Node 20. */
export const LARGEST = 4294967296;
/** A name and an extra field have 16 bits of length each. */
const LONGEST_HEADER = HEADER + 2 * 65535;

/** The windows of an archive. */
export class Windows {
  /** Where each begins in the archive, and where it ends. */
  readonly from: number[] = [];
  readonly to: number[] = [];
  /** By row of STORAGES: the window that it lies in. */
  readonly of: Uint32Array;

  /** @param most bytes of a window that several storages share; a larger storage has its own */
  constructor(archive: Archive, most: number) {
    this.of = new Uint32Array(archive.storageCount);
    const ends = archive.recordEnds;
    const { storages, entries } = archive.columns;
    for (const row of inFileOrder(archive, archive.ownRows())) {
      const entry = storages[row * C.S_WORDS + C.S_ENTRY];
      const header = wide(entries, entry * C.E_WORDS + C.E_HEADER);
      const to = Math.min(ends[entry], header + LONGEST_HEADER + wide(entries, entry * C.E_WORDS + C.E_PACKED));
      const last = this.from.length - 1;
      if (last < 0 || to - this.from[last] > most) {
        this.from.push(Math.floor(header / PAGE) * PAGE);
        this.to.push(to);
      } else this.to[last] = Math.max(this.to[last], to);
      this.of[row] = this.from.length - 1;
    }
  }

  /** Bytes of a window. Throws where no buffer holds them. */
  length(index: number): number {
    const length = this.to[index] - this.from[index];
    if (length <= LARGEST) return length;
    throw new LimitError(`A storage takes a map of ${length} bytes; one buffer holds ${LARGEST} here. Open the file without mmap and read its parts`, {
      code: "LIMIT_BUFFER", found: length, limit: LARGEST,
    });
  }
}

/** The elements of the storage of a row begin at a multiple of so many bytes. Untyped ones are seen through wider dtypes. */
export function widthOf(archive: Archive, row: number): number {
  const id = archive.columns.storages[row * C.S_WORDS + C.S_DTYPE];
  const { isComplex, itemsize } = dtypeById(id);
  return id === UNTYPED ? 8 : Math.min(8, isComplex ? itemsize / 2 : itemsize);
}

/** Throws where a record is deflated. */
export function checkStored(archive: Archive, entry: number): void {
  if (archive.columns.entries[entry * C.E_WORDS + C.E_METHOD] === 0) return;
  const { name } = archive.entry(entry);
  throw new UnsupportedError(`Cannot map record "${name}": it is deflated, so its bytes are not in the file as they are. Load it without mmap`, { code: "MMAP", record: name });
}
