// From what the user has to a source of bytes.
import { AsyncFileSource, FileSource, pathOf } from "#io/file";
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import type { DenoFileLike } from "./deno_file.js";
import type { FileHandleLike } from "./handle.js";
import type { HttpOptions } from "./http.js";
import { MemorySource } from "./memory.js";
import { isSource, type Source } from "./source.js";

/** What can be opened at once. */
export type SyncSourceLike = string | URL | ArrayBuffer | SharedArrayBuffer | ArrayBufferView | Source | DenoFileLike;
/** What can be opened. */
export type SourceLike = SyncSourceLike | Blob | Response | ReadableStream<Uint8Array> | FileHandleLike;

/** Bytes of a stream, or of an answer, that are taken into memory. */
const MAX_BUFFERED = 2 ** 31;

/**
 * A source of bytes, opened where that takes a promise: addresses, Blobs, answers, streams and handles besides what
 * `sourceNow` takes.
 */
export async function openSource(from: SourceLike, options: HttpOptions = {}): Promise<Source> {
  const address = httpAddress(from);
  if (address !== undefined) return (await import("./http.js")).openAddress(address, options);
  const { signal, maxBuffered = MAX_BUFFERED } = options;
  if (typeof Response === "function" && from instanceof Response) return (await import("./whole.js")).responseSource(from, maxBuffered, signal);
  if (typeof ReadableStream === "function" && from instanceof ReadableStream) {
    return (await import("./whole.js")).streamSource(from as ReadableStream<Uint8Array>, maxBuffered, signal); // held to it as it is read
  }
  return plainSource(from, false) ?? (await import("./opened.js")).openedSource(from);
}

/** The address that was given; undefined: it is something else. */
export function httpAddress(from: SourceLike): string | undefined {
  if (from instanceof URL) return /^https?:$/.test(from.protocol) ? from.href : undefined;
  return typeof from === "string" && /^https?:\/\//i.test(from) ? from : undefined;
}

/**
 * A source of bytes; undefined: of something else.
 *
 * @param from a path, a `file:` URL, bytes, or a source of the user's own
 * @param sync whether reads must be answered at once
 */
export function plainSource(from: SourceLike, sync: boolean): Source | undefined {
  if (typeof from === "string") return file(from, sync);
  if (from instanceof URL) return at(from, sync);
  if (ArrayBuffer.isView(from)) return new MemorySource(new Uint8Array(from.buffer, from.byteOffset, from.byteLength));
  if (from instanceof ArrayBuffer || typeof SharedArrayBuffer === "function" && from instanceof SharedArrayBuffer) {
    return new MemorySource(new Uint8Array(from));
  }
  return isSource(from) ? from : undefined;
}

function at(url: URL, sync: boolean): Source {
  if (url.protocol === "file:") return fileAt(pathOf(url), sync);
  const http = /^https?:$/.test(url.protocol);
  throw new UnsupportedError(
    http ? `Cannot open "${url.href}" synchronously: use load or open` : `Cannot open "${url.href}": addresses are file:, http: and https:`,
    { code: "SOURCE_KIND" },
  );
}

function file(path: string, sync: boolean): Source {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    if (URL.canParse(path)) return at(new URL(path), sync);
    throw new ArgumentError(`Cannot open "${path}": it is no URL. For a file of that name, begin with "./"`, { code: "SOURCE_KIND" });
  }
  return fileAt(path, sync);
}

function fileAt(path: string, sync: boolean): Source {
  return sync ? new FileSource(path) : new AsyncFileSource(path);
}
