// What can be read from front to back: streams and answers as they come, iterables of bytes, an address by one request, and
// everything that has offsets too, from the first one on.
import { freer, readsInto } from "#io/collect";
import { ArgumentError, SourceError } from "../core/errors.js";
import { bodyOf, brokenOff, reasonOf } from "./body.js";
import type { Supply } from "./forward.js";
import type { HttpOptions } from "./http.js";
import { orAborted } from "./or_aborted.js";
import { Pace } from "./pace.js";
import { isResponse, isStream } from "./passes_once.js";
import { isSource, type Source } from "./source.js";
import { httpAddress, openSource, type SourceLike } from "./to_source.js";

/** What can be read forward: whatever can be opened, and iterables of bytes such as Node's streams. */
export type StreamLike = SourceLike | AsyncIterable<Uint8Array>;

/** Bytes that are read at a time from what has offsets. */
const WINDOW = 262144;
/** Bytes of a buffer that a stream is read into. */
const BUFFER = 1048576;
/** Milliseconds without a byte after which a server counts as lost. */
const TIMEOUT = 30_000;

/** The bytes of what was given, from the first one on. */
export async function toSupply(from: StreamLike, options: HttpOptions): Promise<Supply> {
  if (isStream(from)) return streamSupply(from, "the stream", undefined);
  if (isResponse(from)) return responseSupply(from);
  if (isIterable(from)) return iterableSupply(from);
  const address = httpAddress(from);
  if (address !== undefined) return addressSupply(address, options);
  const source = await openSource(from, options);
  return sourceSupply(source, source !== from);
}

/** The bytes from byte `offset` on. */
export function skipping(supply: Supply, offset: number): Supply {
  if (offset === 0) return supply;
  let left = offset;
  return {
    name: supply.name,
    size: supply.size === undefined ? undefined : Math.max(0, supply.size - offset),
    async next(least) {
      for (;;) {
        const chunk = await supply.next(left + least);
        if (chunk === null || left === 0) return chunk;
        const n = Math.min(left, chunk.length);
        left -= n;
        if (n < chunk.length) return chunk.subarray(n);
      }
    },
    cancel: (reason) => supply.cancel(reason),
  };
}

function isIterable(from: StreamLike): from is AsyncIterable<Uint8Array> {
  return typeof from === "object" && from !== null && Symbol.asyncIterator in from && !isSource(from);
}

/** @param stated bytes that were announced */
function streamSupply(stream: ReadableStream<Uint8Array>, name: string, stated: number | undefined): Supply {
  if (stream.locked) throw new SourceError(`Cannot read ${name}: somebody else reads it`, { code: "STREAM_KIND" });
  const { read, cancel } = (readsInto ? readerInto(stream) : undefined) ?? readerOf(stream);
  let came = 0;
  return {
    name,
    size: stated,
    cancel,
    async next(least) {
      const chunk = await read(least);
      if (chunk !== null) came += chunk.length;
      else if (stated !== undefined && came !== stated) throw wrongLength(name, stated, came);
      return chunk;
    },
  };
}

/** How a stream is read, and let go of. */
interface Reader {
  readonly read: (least: number) => Promise<Uint8Array | null>;
  readonly cancel: (reason?: unknown) => Promise<void>;
}

function readerOf(stream: ReadableStream<Uint8Array>): Reader {
  const free = freer();
  const frees = free !== undefined && isOfBytes(stream); // asked where it is of use: browsers are better off without such a reader
  const reader = stream.getReader();
  let last: ArrayBufferLike | undefined;
  return {
    async read() {
      // A chunk is good until the next one. Those that wait for a collection would be half of what a body leaves behind.
      if (last instanceof ArrayBuffer) free?.(last);
      last = undefined;
      const { done, value } = await reader.read();
      if (done) return null;
      if (frees) last = held(value).buffer;
      return held(value);
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

/** Is it one whose chunks are nobody else's? A stream of bytes takes the buffer of each from whoever gives it. */
function isOfBytes(stream: ReadableStream<Uint8Array>): boolean {
  if (!(stream instanceof ReadableStream)) return false; // somebody's own may not
  try {
    stream.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

/** A reader into one buffer, again and again; undefined where the stream gives chunks of its own. */
function readerInto(stream: ReadableStream<Uint8Array>): Reader | undefined {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
  let buffer = new ArrayBuffer(BUFFER);
  return {
    async read(least) {
      // Few and large reads, where the runtime knows `min`: each leaves something behind that is collected late.
      const { value } = await reader.read(new Uint8Array(buffer), { min: Math.min(least, BUFFER) } as object); // newer than the types
      if (value === undefined || value.length === 0) return null;
      buffer = value.buffer; // the same memory: it went to the stream and came back
      return value;
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

function wrongLength(name: string, stated: number, came: number): SourceError {
  return new SourceError(`Cannot read ${name}: a body of ${stated} bytes was announced, ${came} came`, { code: "HTTP_LENGTH" });
}

/** A chunk, which has to be bytes whatever its type said. */
function held(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new SourceError("Cannot read this stream: it gives something other than bytes", { code: "STREAM_KIND" });
}

function responseSupply(answer: Response): Supply {
  const { name, body, stated } = bodyOf(answer);
  if (body === null) return { name, size: 0, next: async () => null, cancel: async () => undefined };
  const supply = streamSupply(body, name, stated);
  return { ...supply, next: (least) => supply.next(least).catch((cause: unknown) => { throw brokenOff(name, cause); }) };
}

function iterableSupply(from: AsyncIterable<Uint8Array>): Supply {
  const iterator = from[Symbol.asyncIterator]();
  return {
    name: "the iterable",
    size: undefined,
    async next() {
      const { done, value } = await iterator.next();
      return done === true ? null : held(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  };
}

/** One request for all of it. A server that falls silent, or all but silent, is let go of. */
async function addressSupply(url: string, options: HttpOptions): Promise<Supply> {
  const { fetch = globalThis.fetch, headers, timeout = TIMEOUT, signal } = options;
  const stop = new AbortController();
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const late = setTimeout(() => stop.abort(new SourceError(`${url} sent nothing for ${timeout} ms`, { code: "HTTP_LOST" })), timeout);
    try {
      return await orAborted(work(), stop.signal); // a fetch of the user's may not listen
    } catch (cause) {
      if (cause instanceof SourceError || signal?.aborted === true) throw cause;
      throw new SourceError(`Cannot read ${url}: ${reasonOf(cause)}`, { code: "HTTP_LOST", cause });
    } finally {
      clearTimeout(late);
    }
  };
  const abort = (): void => stop.abort(signal?.reason);
  const end = (): void => {
    signal?.removeEventListener("abort", abort);
    stop.abort();
  };
  signal?.addEventListener("abort", abort, { once: true });
  let supply: Supply;
  try {
    const init: RequestInit = { headers: { ...headers, "Accept-Encoding": "identity" }, signal: stop.signal, redirect: "follow" };
    supply = await timed(async () => responseSupply(await fetch(url, init)));
  } catch (cause) {
    end(); // a refusal has a body, which nobody reads
    throw cause;
  }
  const pace = new Pace(url, timeout);
  return {
    name: url,
    size: supply.size,
    next: (least) => timed(async () => {
      const asked = performance.now();
      const chunk = await supply.next(least);
      if (chunk !== null) pace.came(chunk.length, performance.now() - asked);
      return chunk;
    }),
    async cancel(reason) {
      void supply.cancel(reason).catch(() => undefined); // the request is ended, whatever its body says to that
      end();
    },
  };
}

/** @param owned it was opened here */
function sourceSupply(source: Source, owned: boolean): Supply {
  let at = 0;
  let window: Uint8Array | undefined;
  const fill = async (into: Uint8Array): Promise<number> => {
    const wanted = Math.min(into.length, WINDOW * 16, source.size - at);
    const n = wanted <= 0 ? 0 : await source.read(at, into.subarray(0, wanted));
    if (!Number.isInteger(n) || n < 0 || n > Math.max(0, wanted) || n < wanted) {
      throw new SourceError(`Cannot read ${wanted} bytes at ${at} of ${source.name ?? "the source"}: it gave ${n}`, { code: "SHORT_READ", offset: at });
    }
    at += n;
    return n;
  };
  if (!Number.isSafeInteger(source.size) || source.size < 0) {
    throw new ArgumentError(`Cannot open a source of ${source.size} bytes`, { code: "SOURCE_KIND" });
  }
  return {
    name: source.name ?? "the source",
    size: source.size,
    fill,
    async next() {
      window ??= new Uint8Array(Math.min(WINDOW, Math.max(1, source.size)));
      const n = await fill(window);
      return n === 0 ? null : window.subarray(0, n);
    },
    async cancel() {
      if (owned) await source.close?.();
    },
  };
}
