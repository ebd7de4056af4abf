// Runs of storages, side by side in the file, that are mapped together when one of them is asked for.
import * as C from "../../assembly/shared/columns.js";
import { UNTYPED } from "../../assembly/shared/dtypes.js";
import { LimitError, UnsupportedError } from "../core/errors.js";
import { PAGE, type MmapSource } from "../io/mmap.js";
import { dtypeById } from "../torch/dtype.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import { HEADER } from "./local_header.js";
import { inFileOrder } from "./plan.js";

/** One typed array ends here on Node 20. */
const LARGEST = 4294967296;
/** Bytes of a large window that storages share: with room to place it well (io/mmap_over.ts). */
export const SHARED = LARGEST - 4194304;
/** A name and an extra field have 16 bits of length each. */
const LONGEST_HEADER = HEADER + 2 * 65535;

/** A part of an archive that is mapped. */
export interface Window {
  readonly bytes: Uint8Array;
  /** Byte `n` of the archive stands at `zero + n`. */
  readonly zero: number;
}

/** The windows of an archive. */
export class Windows {
  readonly #file: MmapSource;
  /** Where in the file the archive begins. */
  readonly #begin: number;
  /** Where each begins in the archive, and where it ends. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  /** By row of STORAGES: the window that it lies in. */
  readonly #of: Uint32Array;
  readonly #made: (Window | undefined)[] = [];
  #count = 0;

  /**
   * @param begin where in the file the archive begins
   * @param most bytes of a window that several storages share; a larger storage has its own
   */
  constructor(archive: Archive, file: MmapSource, begin: number, most: number) {
    this.#file = file;
    this.#begin = begin;
    this.#of = new Uint32Array(archive.storageCount);
    const ends = archive.recordEnds;
    const { storages, entries } = archive.columns;
    for (const row of inFileOrder(archive, archive.ownRows())) {
      const entry = storages[row * C.S_WORDS + C.S_ENTRY];
      const header = wide(entries, entry * C.E_WORDS + C.E_HEADER);
      const to = Math.min(ends[entry], header + LONGEST_HEADER + wide(entries, entry * C.E_WORDS + C.E_PACKED));
      const last = this.#from.length - 1;
      if (last < 0 || to - this.#from[last] > most) {
        this.#from.push(Math.floor(header / PAGE) * PAGE);
        this.#to.push(to);
      } else this.#to[last] = Math.max(this.#to[last], to);
      this.#of[row] = this.#from.length - 1;
    }
  }

  /** Bytes of all windows. */
  get total(): number {
    return this.#from.reduce((sum, from, index) => sum + this.#to[index] - from, 0);
  }

  /** Have all of them been mapped? */
  get isWhole(): boolean {
    return this.#count === this.#from.length;
  }

  /** The window of a row; undefined: it is not mapped. */
  known(row: number): Window | undefined {
    return this.#made[this.#of[row]];
  }

  /** The window of a row, which is mapped now if it is not. */
  window(row: number): Window {
    const known = this.known(row);
    if (known !== undefined) return known;
    this.check(row);
    const index = this.#of[row];
    const from = this.#from[index];
    const { bytes, at } = this.#file.map(this.#begin + from, this.#to[index] - from);
    this.#count++;
    return this.#made[index] = { bytes, zero: at - from };
  }

  /** Throws where no buffer holds the window of a row. */
  check(row: number): void {
    const length = this.#to[this.#of[row]] - this.#from[this.#of[row]];
    if (length <= LARGEST) return;
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
