// Blobs and Files of the platform: read by slices, none of it held.
import { SourceError } from "../core/errors.js";
import type { ReadOptions, Source } from "./source.js";

/** A source over a Blob. Bun's files are Blobs as well, and of no bytes where there is no such file: that is told apart. */
export async function blobSource(blob: Blob): Promise<Source> {
  const source = new BlobSource(blob);
  if (source.size === 0 && "exists" in blob && typeof blob.exists === "function" && await blob.exists() === false) {
    throw new SourceError(`Cannot open ${source.name}: no such file or directory`, { code: "ENOENT" });
  }
  return source;
}

/** A source over a Blob. A File from a file input or a drop is one. */
class BlobSource implements Source {
  readonly size: number;
  readonly name: string;
  readonly #blob: Blob;

  constructor(blob: Blob) {
    this.size = blob.size;
    this.name = "name" in blob && typeof blob.name === "string" ? blob.name : "blob";
    this.#blob = blob;
  }

  async read(offset: number, into: Uint8Array, options: ReadOptions = {}): Promise<number> {
    options.signal?.throwIfAborted();
    try {
      const part = await this.#blob.slice(offset, offset + into.length).arrayBuffer();
      into.set(new Uint8Array(part, 0, Math.min(part.byteLength, into.length)));
      return Math.min(part.byteLength, into.length);
    } catch (cause) {
      // What the platform throws where the file behind a File was changed or removed since it was chosen.
      throw new SourceError(`Cannot read ${this.name}: ${cause instanceof Error ? cause.message : String(cause)}`, { code: "BLOB", offset, cause });
    }
  }
}
