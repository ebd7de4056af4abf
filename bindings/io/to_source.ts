// From what the user has to a source of bytes.
import { AsyncFileSource, FileSource, pathOf } from "#io/file";
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import { blobSource } from "./blob.js";
import { denoFileSource, isDenoFile, type DenoFileLike } from "./deno_file.js";
import { handleSource, isFileHandle, type FileHandleLike } from "./handle.js";
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
 * `toSource` takes.
 */
export async function openSource(from: SourceLike, options: HttpOptions = {}): Promise<Source> {
  const address = httpAddress(from);
  if (address !== undefined) return (await import("./http.js")).openHttp(address, options);
  const { signal, maxBuffered = MAX_BUFFERED } = options;
  if (typeof Response === "function" && from instanceof Response) return (await import("./whole.js")).responseSource(from, maxBuffered, signal);
  if (typeof ReadableStream === "function" && from instanceof ReadableStream) {
    return (await import("./whole.js")).streamSource(from as ReadableStream<Uint8Array>, maxBuffered, signal); // held to it as it is read
  }
  if (typeof Blob === "function" && from instanceof Blob) return blobSource(from);
  if (typeof from === "object" && from !== null && !isSource(from) && isFileHandle(from)) return handleSource(from);
  return toSource(from, false);
}

/** The address that was given; undefined: it is something else. */
export function httpAddress(from: SourceLike): string | undefined {
  if (from instanceof URL) return /^https?:$/.test(from.protocol) ? from.href : undefined;
  return typeof from === "string" && /^https?:\/\//i.test(from) ? from : undefined;
}

/**
 * A source of bytes.
 *
 * @param from a path, a `file:` URL, bytes, or a source of the user's own
 * @param sync whether reads must be answered at once
 */
export function toSource(from: SourceLike, sync: boolean): Source {
  if (typeof from === "string") return file(from, sync);
  if (from instanceof URL) {
    if (from.protocol === "file:") return fileAt(pathOf(from), sync);
    const http = /^https?:$/.test(from.protocol);
    throw new UnsupportedError(
      http ? `Cannot open "${from.href}" synchronously: use load or open` : `Cannot open "${from.href}": addresses are file:, http: and https:`,
      { code: "SOURCE_KIND" },
    );
  }
  if (ArrayBuffer.isView(from)) return new MemorySource(new Uint8Array(from.buffer, from.byteOffset, from.byteLength));
  if (from instanceof ArrayBuffer || typeof SharedArrayBuffer === "function" && from instanceof SharedArrayBuffer) {
    return new MemorySource(new Uint8Array(from));
  }
  if (typeof from === "object" && from !== null) {
    if (isSource(from)) return from;
    if (isDenoFile(from)) return denoFileSource(from);
    const kind = Object.prototype.toString.call(from).slice(8, -1);
    if (typeof Blob === "function" && from instanceof Blob || ["Response", "ReadableStream", "Request"].includes(kind) || isFileHandle(from)) {
      throw new UnsupportedError(`Cannot read a ${kind} synchronously: use load or open`, { code: "SOURCE_KIND" });
    }
  }
  throw new ArgumentError(
    `Cannot open ${from === null ? "null" : `a value of type ${typeof from}`}: expected a path, a file: URL, bytes or a Source`,
    { code: "SOURCE_KIND" },
  );
}

function file(path: string, sync: boolean): Source {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    if (URL.canParse(path)) return toSource(new URL(path), sync);
    throw new ArgumentError(`Cannot open "${path}": it is no URL. For a file of that name, begin with "./"`, { code: "SOURCE_KIND" });
  }
  return fileAt(path, sync);
}

function fileAt(path: string, sync: boolean): Source {
  return sync ? new FileSource(path) : new AsyncFileSource(path);
}
