// Views of an instance's memory. A view dies when memory grows (its length becomes 0, and it reads undefined without a
// word), so views are made here and nowhere else, and anew whenever `memory.buffer` has changed.
import type { CoreExports } from "./abi.js";

/** Views of the memory of one instance. */
export class CoreMemory {
  readonly #core: CoreExports;
  readonly #table: number;
  #u8: Uint8Array = new Uint8Array(0);
  #u32: Uint32Array = new Uint32Array(0);

  constructor(core: CoreExports) {
    this.#core = core;
    this.#table = core.columnTable() >>> 0;
  }

  /** All of memory, as bytes. */
  get u8(): Uint8Array {
    if (this.#u8.buffer !== this.#core.memory.buffer) this.#u8 = new Uint8Array(this.#core.memory.buffer);
    return this.#u8;
  }

  /** All of memory, as words. */
  get u32(): Uint32Array {
    if (this.#u32.buffer !== this.#core.memory.buffer) this.#u32 = new Uint32Array(this.#core.memory.buffer);
    return this.#u32;
  }

  /** `length` bytes at an address. */
  bytes(at: number, length: number): Uint8Array {
    return this.u8.subarray(at >>> 0, (at >>> 0) + length);
  }

  /** A 64-bit integer at an address, as a number: exact up to 2^53. */
  u64(at: number): number {
    const words = this.u32;
    const w = at >>> 2;
    return words[w] + words[w + 1] * 4294967296;
  }

  /** Address of the rows of a column. */
  columnAt(column: number): number {
    return this.u32[(this.#table >>> 2) + column * 4];
  }

  /** Number of rows of a column. */
  columnCount(column: number): number {
    return this.u32[(this.#table >>> 2) + column * 4 + 1];
  }

  /** A column of bytes. Stale after any call that may allocate. */
  byteColumn(column: number): Uint8Array {
    return this.bytes(this.columnAt(column), this.columnCount(column));
  }

  /** A column of words, `words` a row. Stale after any call that may allocate. */
  wordColumn(column: number, words: number): Uint32Array {
    const start = this.columnAt(column) >>> 2;
    return this.u32.subarray(start, start + this.columnCount(column) * words);
  }
}
