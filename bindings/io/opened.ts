// What somebody else has open: Blobs, handles of files, Deno's files. `load` and `open` fetch this where it is given one.
import { ArgumentError } from "../core/errors.js";
import { blobSource } from "./blob.js";
import { denoFileSource, isDenoFile } from "./deno_file.js";
import { handleSource, isFileHandle } from "./handle.js";
import type { Source } from "./source.js";

/** A source over what was opened elsewhere. */
export async function openedSource(from: unknown): Promise<Source> {
  if (typeof Blob === "function" && from instanceof Blob) return blobSource(from);
  if (typeof from === "object" && from !== null) {
    if (isFileHandle(from)) return handleSource(from);
    if (isDenoFile(from)) return denoFileSource(from);
  }
  throw notOpened(from);
}

/** The error of what is nothing to be opened. */
export function notOpened(from: unknown): ArgumentError {
  return new ArgumentError(
    `Cannot open ${from === null ? "null" : `a value of type ${typeof from}`}: expected a path, a file: URL, bytes or a Source`,
    { code: "SOURCE_KIND" },
  );
}
