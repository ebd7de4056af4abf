// A file behind HTTP, read by ranges. Servers are believed in nothing that can be checked: each answer has to be of the
// range that was asked for, as long as it says, of a file of the same size and the same version as the first one.
//
//   probe   GET, Range: bytes=0-16383     206: the size from Content-Range, and the first bytes, which are kept
//                                         200: the server knows no ranges; the body is the whole file, and is kept
//                                         416: an empty file
//   read    GET, Range: bytes=from-to     206 and nothing else
//
// A GET, since servers that sign addresses or sit behind a proxy often refuse HEAD, or answer it with another length.
import { ArgumentError, BrineError, LimitError, SourceError } from "../core/errors.js";
import { contentRange, fillFrom, isWorthRetrying, pause, statusError, versionOf, wholeBody } from "./http_answer.js";
import { MemorySource } from "./memory.js";
import type { ReadOptions, Source } from "./source.js";

/** How to reach a server. */
export interface HttpOptions {
  /** What to fetch with; default: the platform's `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Sent with each request, such as `{ Authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborts the opening. */
  readonly signal?: AbortSignal;
  /** Further attempts after an answer that is worth one (408, 429, 5xx, a lost connection). Default 3. */
  readonly retries?: number;
  /** Milliseconds without a byte after which an attempt counts as lost. Default 30,000. */
  readonly timeout?: number;
  /** Bytes of a file that are taken into memory where the server knows no ranges. Default 2 GiB. */
  readonly maxBuffered?: number;
}

/** Bytes of the first request. The head of a stream, or all of a small file, needs no second one. */
const PROBE = 16384;

/**
 * Opens a file behind an address.
 *
 * @param url an `http:` or `https:` address
 * @returns a source that asks for ranges; where the server knows none, one that holds the whole file
 * @throws SourceError `HTTP_STATUS` where the server refuses, `HTTP_LOST` where it cannot be reached, `HTTP_RANGE`,
 *   `HTTP_LENGTH` or `HTTP_CHANGED` where its answers do not belong together
 * @throws LimitError `LIMIT_BUFFERED` where a file without ranges is too large
 */
export async function openHttp(url: string | URL, options: HttpOptions = {}): Promise<Source> {
  const server = new Server(String(url), options);
  return server.attempt(options.signal, async (signal) => {
    const answer = await server.ask(0, PROBE, signal);
    if (answer.status === 416 && contentRange(answer)?.total === 0) return server.discard(answer, new MemorySource(new Uint8Array(0)));
    if (answer.status === 200) return new MemorySource(await server.whole(answer, signal));
    if (answer.status !== 206) throw statusError(answer, server.url);
    const range = contentRange(answer);
    if (range === undefined || range.from !== 0 || range.total < 1 || range.to !== Math.min(PROBE, range.total)) {
      await server.discard(answer, null);
      throw new SourceError(
        `Cannot read ${server.url}: it answered bytes 0 to ${PROBE} with Content-Range "${answer.headers.get("content-range") ?? ""}"`,
        { code: "HTTP_RANGE", offset: 0 },
      );
    }
    const head = new Uint8Array(range.to);
    await server.fill(answer, head, 0, signal);
    return new HttpSource(server, range.total, versionOf(answer), head);
  });
}

/** One file of a server, and how to ask for it. */
class Server {
  readonly url: string;
  readonly #options: HttpOptions;
  readonly #timeout: number;

  constructor(url: string, options: HttpOptions) {
    if (!/^https?:/i.test(url)) throw new ArgumentError(`Cannot fetch "${url}": expected an http: or https: address`, { code: "SOURCE_KIND" });
    this.url = url;
    this.#options = options;
    this.#timeout = options.timeout ?? 30_000;
  }

  /** Bytes `from` up to `to`. Without compression: ranges of a packed body are no ranges of the file. */
  async ask(from: number, to: number, signal: AbortSignal): Promise<Response> {
    const { fetch = globalThis.fetch, headers } = this.#options;
    const range = { ...headers, Range: `bytes=${from}-${to - 1}`, "Accept-Encoding": "identity" };
    return fetch(this.url, { headers: range, signal, redirect: "follow" });
  }

  /** Takes a body of known length. */
  fill(answer: Response, into: Uint8Array, offset: number, signal: AbortSignal): Promise<void> {
    return fillFrom(answer, into, { url: this.url, offset, timeout: this.#timeout, signal });
  }

  /** Takes a body that is the whole file. */
  async whole(answer: Response, signal: AbortSignal): Promise<Uint8Array> {
    const most = this.#options.maxBuffered ?? 2 ** 31;
    const stated = Number(answer.headers.get("content-length") ?? 0);
    if (stated > most) {
      await this.discard(answer, null);
      throw new LimitError(`${this.url} knows no ranges, and its ${stated} bytes are more than maxBuffered, ${most}`, {
        code: "LIMIT_BUFFERED", found: stated, limit: most,
      });
    }
    return wholeBody(answer, most, { url: this.url, offset: 0, timeout: this.#timeout, signal });
  }

  /** Lets go of an answer that is not read further. */
  async discard<T>(answer: Response, result: T): Promise<T> {
    await answer.body?.cancel().catch(() => undefined); // a connection that is gone already is let go of
    return result;
  }

  /** Does the work, and does it again where another attempt can help, each time after a longer pause. */
  async attempt<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { retries = 3 } = this.#options;
    for (let failures = 0; ; failures++) {
      signal?.throwIfAborted();
      const stop = new AbortController();
      const forward = (): void => stop.abort(signal?.reason);
      signal?.addEventListener("abort", forward, { once: true });
      // An answer that does not begin counts as lost; once it has begun, fillFrom looks at its pace.
      const late = setTimeout(() => stop.abort(new SourceError(`${this.url} did not answer in ${this.#timeout} ms`, { code: "HTTP_LOST" })), this.#timeout);
      try {
        return await work(stop.signal).finally(() => clearTimeout(late));
      } catch (cause) {
        if (signal?.aborted === true) throw signal.reason;
        const error = stop.signal.aborted && stop.signal.reason instanceof SourceError ? stop.signal.reason : cause;
        if (failures >= retries || !isWorthRetrying(error)) throw this.#named(error);
        await pause(failures, error, signal);
      } finally {
        signal?.removeEventListener("abort", forward);
        stop.abort(); // whatever of the answer was not read
      }
    }
  }

  /** What fetch throws says little: the address and the reason are added. */
  #named(error: unknown): unknown {
    if (error instanceof BrineError) return error;
    const why = !(error instanceof Error) ? String(error) : error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
    return new SourceError(`Cannot reach ${this.url}: ${why}`, { code: "HTTP_LOST", cause: error });
  }
}

/** A file that is read by ranges. */
class HttpSource implements Source {
  readonly size: number;
  readonly name: string;
  readonly #server: Server;
  readonly #version: string;
  readonly #head: Uint8Array;

  constructor(server: Server, size: number, version: string, head: Uint8Array) {
    this.size = size;
    this.name = server.url;
    this.#server = server;
    this.#version = version;
    this.#head = head;
  }

  async read(offset: number, into: Uint8Array, options: ReadOptions = {}): Promise<number> {
    const to = Math.min(this.size, offset + into.length);
    if (to <= offset) return 0;
    if (to <= this.#head.length) {
      into.set(this.#head.subarray(offset, to));
      return to - offset;
    }
    await this.#server.attempt(options.signal, async (signal) => {
      const answer = await this.#server.ask(offset, to, signal);
      const error = this.#refusal(answer, offset, to);
      if (error !== undefined) return this.#server.discard(answer, null).then(() => Promise.reject(error));
      await this.#server.fill(answer, into.subarray(0, to - offset), offset, signal);
    });
    return to - offset;
  }

  /** Why an answer is not the range that was asked for; undefined: it is. */
  #refusal(answer: Response, from: number, to: number): SourceError | undefined {
    const { url } = this.#server;
    if (answer.status === 412 || answer.status === 416) return this.#changed(`it answers ${answer.status} to bytes that it had`);
    if (answer.status !== 206 && answer.status !== 200) return statusError(answer, url);
    const version = versionOf(answer);
    if (version !== this.#version) return this.#changed(`its version was ${this.#version || "not given"} and is ${version || "not given"}`);
    const found = contentRange(answer);
    if (answer.status === 206 && found?.from === from && found.to === to) {
      return found.total === this.size ? undefined : this.#changed(`it had ${this.size} bytes and has ${found.total}`);
    }
    const said = answer.status === 200 ? "the whole file" : `Content-Range "${answer.headers.get("content-range") ?? ""}"`;
    return new SourceError(`Cannot read ${url}: asked for bytes ${from} to ${to} of ${this.size}, it answered with ${said}`, {
      code: "HTTP_RANGE", offset: from,
    });
  }

  #changed(how: string): SourceError {
    return new SourceError(`${this.name} changed while it was read: ${how}. Open it again`, { code: "HTTP_CHANGED" });
  }
}
