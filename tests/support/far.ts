// A source that says that its reads are dear, and tells which were made.
import type { Source } from "../../bindings/index.js";

/** Bytes behind reads that cost. */
export class FarSource implements Source {
  readonly size: number;
  readonly name = "far";
  readonly gap = 65536;
  readonly reads: { readonly offset: number; readonly length: number }[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  async read(offset: number, into: Uint8Array): Promise<number> {
    const part = this.#bytes.subarray(offset, offset + into.length);
    this.reads.push({ offset, length: part.length });
    into.set(part);
    return part.length;
  }

  /** Bytes of all reads. */
  get bytes(): number {
    return this.reads.reduce((sum, { length }) => sum + length, 0);
  }
}
