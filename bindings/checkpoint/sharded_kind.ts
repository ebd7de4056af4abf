// Is a source more than one file? Asked of everything that is loaded; the rest of it is fetched where the answer is yes.
import { SourceError } from "../core/errors.js";
import type { SourceLike } from "../io/to_source.js";

/** What a file input gives: the platform's FileList. */
export interface FileListLike {
  readonly length: number;
  item(index: number): Blob | null;
  readonly [index: number]: Blob;
}

/** Several sources that are one checkpoint: its parts, and perhaps the index of these. */
export type PartList = readonly SourceLike[] | FileListLike;

/** Is it a list, or an index? A folder is told only when it is opened. */
export function isSharded(source: unknown): source is PartList | string | URL {
  if (Array.isArray(source) || isFileList(source)) return true;
  const text = source instanceof URL ? source.href : source;
  return typeof text === "string" && (/^[a-z][\w+.-]+:\/\//i.test(text) ? /^[^?#]*\.index\.json([?#]|$)/i : /\.index\.json$/i).test(text);
}

function isFileList(source: unknown): source is FileListLike {
  return typeof source === "object" && source !== null && "item" in source && "length" in source;
}

/** Is that why a source was not opened: it is a folder? */
export function isFolder(source: unknown, cause: unknown): source is string | URL {
  return cause instanceof SourceError && cause.code === "EISDIR" && (typeof source === "string" || source instanceof URL);
}
