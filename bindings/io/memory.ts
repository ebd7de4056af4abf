// Bytes that are in memory already: read without a copy.
import type { Source } from "./source.js";

/** A source over a buffer. Views of it alias the caller's bytes. */
export class MemorySource implements Source {
  readonly size: number;
  readonly name = "buffer";
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.byteLength;
  }

  read(offset: number, into: Uint8Array): number {
    const part = this.view(offset, into.length);
    into.set(part);
    return part.length;
  }

  view(offset: number, length: number): Uint8Array {
    return this.#bytes.subarray(offset, offset + length);
  }
}
