// Is a source more than one file? Asked of everything that is loaded; the rest of it is fetched where the answer is yes.
import { SourceError } from "../core/errors.js";
import type { SourceLike, SyncSourceLike } from "../io/to_source.js";

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

/** Does what `one` does for one source, or `several` for what is more than one: a list, an index, and a folder, which is told when it is opened. */
export async function oneOrSeveral<T>(
  source: SourceLike | PartList, one: (source: SourceLike) => Promise<T>, several: (parts: PartList | string | URL) => Promise<T>,
): Promise<T> {
  if (isSharded(source)) return several(source);
  try {
    return await one(source as SourceLike); // no list: isSharded
  } catch (cause) {
    if (!isFolder(source, cause)) throw cause;
    return several(source);
  }
}

/** As `oneOrSeveral`, at once. */
export function oneOrSeveralSync<T>(
  source: SyncSourceLike | readonly SyncSourceLike[], one: (source: SyncSourceLike) => T, several: (parts: PartList | string | URL) => T,
): T {
  if (isSharded(source)) return several(source);
  try {
    return one(source as SyncSourceLike); // no list: isSharded
  } catch (cause) {
    if (!isFolder(source, cause)) throw cause;
    return several(source);
  }
}

/** Is that why a source was not opened: it is a folder? */
function isFolder(source: unknown, cause: unknown): source is string | URL {
  return cause instanceof SourceError && cause.code === "EISDIR" && (typeof source === "string" || source instanceof URL);
}
