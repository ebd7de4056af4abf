// From what the user has to a source of bytes that answers at once, for the synchronous functions.
import { UnsupportedError } from "../core/errors.js";
import { denoFileSource, isDenoFile } from "./deno_file.js";
import { isFileHandle } from "./handle.js";
import { notOpened } from "./opened.js";
import type { Source } from "./source.js";
import { plainSource, type SourceLike } from "./to_source.js";

/** A source of bytes, of a path, a `file:` URL, bytes, a file of Deno's, or a source of the user's own. */
export function sourceNow(from: SourceLike): Source {
  const plain = plainSource(from, true);
  if (plain !== undefined) return plain;
  if (typeof from === "object" && from !== null) {
    if (isDenoFile(from)) return denoFileSource(from);
    const kind = Object.prototype.toString.call(from).slice(8, -1);
    if (typeof Blob === "function" && from instanceof Blob || ["Response", "ReadableStream", "Request"].includes(kind) || isFileHandle(from)) {
      throw new UnsupportedError(`Cannot read a ${kind} synchronously: use load or open`, { code: "SOURCE_KIND" });
    }
  }
  throw notOpened(from);
}
