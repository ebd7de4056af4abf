// A file behind HTTP, read by ranges. Servers are believed in nothing that can be checked: each answer has to be of the
// range that was asked for, as long as it says, of a file of the same size and the same version as the first one.
//
//   probe   GET, Range: bytes=-65664      206: the size from Content-Range, and the last bytes, which are kept: the end of a
//                                              zip, and all of a small file
//                                         200: the server knows no ranges; the body is the whole file, and is kept
//                                         anything else, or 200 with Accept-Ranges: this server knows no such range
//           GET, Range: bytes=0-16383     the same, of the first bytes
//                                         416: an empty file
//           GET                           200: the whole file. Asked where the others had no answer at all: browsers give none
//                                              where a proxy packs what was asked for by range, and say nothing of why
//   read    GET, Range: bytes=from-to     206 and nothing else
//
// A GET, since servers that sign addresses or sit behind a proxy often refuse HEAD, or answer it with another length.
import { BrineError, SourceError } from "../core/errors.js";
import { AMOUNT, CALL, checkOptions, COUNT, HEADERS, SIGNAL, type Kind, type Kinds } from "../core/option_kinds.js";
import { contentRange, isFinal, statusError, versionOf } from "./http_answer.js";
import { Server, type HttpOptions } from "./http_server.js";
import { KeptSource } from "./kept.js";
import { MemorySource } from "./memory.js";
import type { ReadOptions, Source } from "./source.js";

export type { HttpOptions } from "./http_server.js";

/** Bytes of the first request: the end of a zip is looked for in so many. */
export const TAIL = 65_664;
/** Bytes of the first request where the last ones cannot be asked for. */
const HEAD = 16_384;
/** A request costs a round trip, in which so many bytes might have come. */
const GAP = 65_536;
/** Whoever takes longer than so many milliseconds to give no answer is not asked for the whole file as well. */
const PROMPT = 2000;

/**
 * Opens a file behind an address.
 *
 * @param url an `http:` or `https:` address
 * @returns a source that asks for ranges; where the server knows none, or the file is small, one that holds the whole file
 * @throws SourceError `HTTP_STATUS` where the server refuses, `HTTP_LOST` where it cannot be reached, `HTTP_RANGE`,
 *   `HTTP_LENGTH` or `HTTP_CHANGED` where its answers do not belong together
 * @throws LimitError `LIMIT_BUFFERED` where a file without ranges is too large
 */
export async function openHttp(url: string | URL, options: HttpOptions = {}): Promise<Source> {
  checkOptions(options, KINDS, "openHttp");
  return openAddress(String(url), options);
}

/** Timers count in 31 bits, and take more for nothing at all. */
const TIME: Kind = ["a number of milliseconds, more than 0 and less than 2^31", (value) => typeof value === "number" && value > 0 && value < 2 ** 31];
const KINDS: Kinds = { fetch: CALL, headers: HEADERS, signal: SIGNAL, arrived: CALL, retries: COUNT, timeout: TIME, maxBuffered: AMOUNT };

/** As `openHttp`, with options that were looked at, among others. */
export async function openAddress(url: string, options: HttpOptions): Promise<Source> {
  const server = new Server(url, options);
  const { signal } = options;
  const found = await byTail(server, signal);
  if (found !== undefined) return found;
  let began = 0;
  try {
    return await server.attempt(signal, (signal) => {
      began = performance.now();
      return byHead(server, signal);
    });
  } catch (cause) {
    const isSlow = performance.now() - began > PROMPT || cause instanceof BrineError && cause.cause === undefined; // by fetch's word, or by ours
    if (signal?.aborted === true || server.hasAnswered || isSlow) throw cause;
    return await byWhole(server, signal, cause);
  }
}

/** Opens a file by its last bytes; undefined where that is not to be had, and perhaps the first ones are. */
async function byTail(server: Server, signal: AbortSignal | undefined): Promise<Source | undefined> {
  try {
    return await server.attempt(signal, async (signal) => {
      const answer = await server.ask(`-${TAIL}`, signal);
      if (answer.status === 206) return await ranged(server, answer, signal, (total) => [Math.max(0, total - TAIL), total]);
      const hasRanges = /\bbytes\b/i.test(answer.headers.get("accept-ranges") ?? "");
      if (answer.status === 200 && !hasRanges) return new MemorySource(await server.whole(answer, signal));
      server.discard(answer);
      if (isFinal(answer.status)) throw statusError(answer, server.url);
      return undefined;
    }, 0);
  } catch (cause) {
    if (signal?.aborted === true || !(cause instanceof BrineError) || cause.code === "HTTP_STATUS") throw cause;
    return undefined; // browsers ask the server before they ask for last bytes; and a lost connection is worth another try
  }
}

/** Opens a file by its first bytes. */
async function byHead(server: Server, signal: AbortSignal): Promise<Source> {
  const answer = await server.ask(`0-${HEAD - 1}`, signal);
  if (answer.status === 206) return ranged(server, answer, signal, (total) => [0, Math.min(HEAD, total)]);
  if (answer.status === 200) return new MemorySource(await server.whole(answer, signal));
  server.discard(answer);
  if (answer.status === 416 && contentRange(answer)?.total === 0) return new MemorySource(new Uint8Array(0));
  throw statusError(answer, server.url);
}

/** Opens a file that no range of was to be had, and whose server did not answer; `first` says how. One attempt. */
async function byWhole(server: Server, signal: AbortSignal | undefined, first: unknown): Promise<Source> {
  return server.attempt(signal, async (signal) => {
    const answer = await server.ask(undefined, signal).catch(() => {
      throw first; // the server is not there, or not for us
    });
    if (answer.status === 200) return new MemorySource(await server.whole(answer, signal));
    await server.discard(answer);
    throw statusError(answer, server.url);
  }, 0);
}

/** The source of a file whose first answer this is; `wanted` tells which range was asked for. */
async function ranged(
  server: Server, answer: Response, signal: AbortSignal, wanted: (total: number) => readonly [from: number, to: number],
): Promise<Source> {
  const range = contentRange(answer);
  const [from, to] = range === undefined ? [0, 0] : wanted(range.total);
  if (range === undefined || range.total < 1 || range.from !== from || range.to !== to) {
    server.discard(answer);
    const said = answer.headers.get("content-range");
    throw new SourceError(
      `Cannot read ${server.url}: it answered the first request for a range with ${said === null ? "no Content-Range" : `Content-Range "${said}"`}` +
        (said === null ? ". Where it is of another origin than the page it has to expose that header" : ""),
      { code: "HTTP_RANGE", offset: 0 },
    );
  }
  const bytes = new Uint8Array(to - from);
  await server.fill(answer, bytes, from, signal, () => undefined); // it counts when it is asked for
  if (bytes.length === range.total) return new MemorySource(bytes);
  const source = new KeptSource(new HttpSource(server, range.total, versionOf(answer)));
  source.keep(from, bytes);
  return source;
}

/** A file that is read by ranges. */
class HttpSource implements Source {
  readonly size: number;
  readonly name: string;
  readonly version: string;
  readonly gap = GAP;
  readonly #server: Server;

  constructor(server: Server, size: number, version: string) {
    this.size = size;
    this.name = server.url;
    this.version = version;
    this.#server = server;
  }

  async read(offset: number, into: Uint8Array, options: ReadOptions = {}): Promise<number> {
    const to = Math.min(this.size, offset + into.length);
    if (to <= offset) return 0;
    let done = 0; // a connection that is lost on the way is taken up where it was
    const arrived = (bytes: number): void => {
      done += bytes;
      options.arrived?.(bytes);
    };
    await this.#server.attempt(options.signal, async (signal) => {
      const from = offset + done;
      const answer = await this.#server.ask(`${from}-${to - 1}`, signal);
      const error = this.#refusal(answer, from, to);
      if (error !== undefined) {
        this.#server.discard(answer);
        throw error;
      }
      await this.#server.fill(answer, into.subarray(done, to - offset), from, signal, arrived);
    }, undefined, () => done);
    return to - offset;
  }

  /** Why an answer is not the range that was asked for; undefined: it is. */
  #refusal(answer: Response, from: number, to: number): SourceError | undefined {
    const { url } = this.#server;
    if (answer.status === 412 || answer.status === 416) return this.#changed(`it answers ${answer.status} to bytes that it had`);
    if (answer.status !== 206 && answer.status !== 200) return statusError(answer, url);
    const version = versionOf(answer);
    if (version !== this.version) return this.#changed(`its version was ${this.version || "not given"} and is ${version || "not given"}`);
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
