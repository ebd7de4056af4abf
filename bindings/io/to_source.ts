// From what the user has to a source of bytes.
import { fileURLToPath } from "node:url";
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import { AsyncFileSource, FileSource } from "./file.js";
import { MemorySource } from "./memory.js";
import { isSource, type Source } from "./source.js";

/** What can be opened. */
export type SourceLike = string | URL | ArrayBuffer | SharedArrayBuffer | ArrayBufferView | Source;

/**
 * A source of bytes.
 *
 * @param from a path, a `file:` URL, bytes, or a source of the user's own
 * @param sync whether reads must be answered at once
 */
export function toSource(from: SourceLike, sync: boolean): Source {
  if (typeof from === "string") return file(from, sync);
  if (from instanceof URL) {
    if (from.protocol === "file:") return file(fileURLToPath(from), sync);
    throw new UnsupportedError(`Cannot open "${from.href}" yet: sources are paths, file: URLs, buffers and Source objects`, {
      code: "SOURCE_KIND",
    });
  }
  if (ArrayBuffer.isView(from)) return new MemorySource(new Uint8Array(from.buffer, from.byteOffset, from.byteLength));
  if (from instanceof ArrayBuffer || typeof SharedArrayBuffer === "function" && from instanceof SharedArrayBuffer) {
    return new MemorySource(new Uint8Array(from));
  }
  if (typeof from === "object" && from !== null) {
    const kind = Object.prototype.toString.call(from).slice(8, -1);
    if (["Blob", "File", "Response", "ReadableStream", "FileHandle", "Request"].includes(kind)) {
      throw new UnsupportedError(`Cannot open a ${kind} yet: sources are paths, file: URLs, buffers and Source objects`, {
        code: "SOURCE_KIND",
      });
    }
    if (isSource(from)) return from;
  }
  throw new ArgumentError(
    `Cannot open ${from === null ? "null" : `a value of type ${typeof from}`}: expected a path, a file: URL, bytes or a Source`,
    { code: "SOURCE_KIND" },
  );
}

function file(path: string, sync: boolean): Source {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) return toSource(new URL(path), sync);
  return sync ? new FileSource(path) : new AsyncFileSource(path);
}
