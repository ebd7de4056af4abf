// A part of a source, as a source of its own: a checkpoint that begins inside a file.
import type { ReadOptions, Source } from "./source.js";

/** Bytes `from` to `from + size` of another source. It holds nothing open: closing the other one is up to whoever opened it. */
export class WindowSource implements Source {
  readonly size: number;
  readonly name: string | undefined;
  readonly gap: number | undefined;
  readonly view: ((offset: number, length: number) => Uint8Array) | undefined;
  /** What it is a part of, and where in that it begins. */
  readonly whole: Source;
  readonly from: number;

  constructor(source: Source, from: number, size: number) {
    this.size = size;
    this.name = source.name;
    this.gap = source.gap;
    this.whole = source;
    this.from = from;
    if (source.view !== undefined) this.view = (offset, length) => source.view!(from + offset, this.#within(offset, length));
  }

  read(offset: number, into: Uint8Array, options?: ReadOptions): number | Promise<number> {
    return this.whole.read(this.from + offset, into.subarray(0, this.#within(offset, into.length)), options);
  }

  /** Bytes of a range that lie inside. */
  #within(offset: number, length: number): number {
    return Math.max(0, Math.min(length, this.size - offset));
  }
}
