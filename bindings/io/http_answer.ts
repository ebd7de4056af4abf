// What can be checked of a server's answer: its range, its version, the length of its body, and whether asking again helps.
import { BrineError, LimitError, SourceError } from "../core/errors.js";
import { joined } from "./joined.js";
import { Pace } from "./pace.js";

/** How a body is taken. */
export interface Taking {
  /** The address, for messages. */
  readonly url: string;
  /** Where in the file the body begins. */
  readonly offset: number;
  /** Milliseconds without a byte after which the connection counts as lost. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Told of bytes that have come; less than zero: what came before is no good. */
  readonly arrived?: (bytes: number) => void;
}

/** What a Content-Range says: bytes `from` up to `to` of `total`. Undefined where it says nothing of the kind. */
export function contentRange(answer: Response): { readonly from: number; readonly to: number; readonly total: number } | undefined {
  const text = answer.headers.get("content-range") ?? "";
  const [, unsatisfied] = /^bytes \*\/(\d{1,16})$/i.exec(text) ?? [];
  if (unsatisfied !== undefined) return { from: 0, to: 0, total: Number(unsatisfied) };
  const [, first, last, total] = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/i.exec(text) ?? [];
  if (first === undefined) return undefined;
  const range = { from: Number(first), to: Number(last) + 1, total: Number(total) };
  const sound = Object.values(range).every(Number.isSafeInteger) && range.from < range.to && range.to <= range.total;
  return sound ? range : undefined;
}

/**
 * What tells one version of a file from another: its ETag, or else when it was modified; "" where neither is told. A weak ETag
 * stands for files that mean the same, whose bytes may differ, so that the time counts as well.
 */
export function versionOf({ headers }: Response): string {
  const tag = headers.get("etag") ?? "";
  const modified = headers.get("last-modified") ?? "";
  if (tag === "") return modified;
  return /^W\//i.test(tag) ? `${tag} ${modified}`.trimEnd() : tag;
}

/** What a server said when it refused: the cause of the error. */
interface Refusal {
  readonly status: number;
  /** Milliseconds after which it wants to be asked again, where it says so. */
  readonly retryAfter: number | undefined;
}

/** The error of a status that is no success. */
export function statusError(answer: Response, url: string): SourceError {
  const { status, statusText, headers } = answer;
  const seconds = Number(headers.get("retry-after") ?? NaN);
  const refusal: Refusal = { status, retryAfter: Number.isFinite(seconds) ? seconds * 1000 : undefined };
  return new SourceError(`Cannot read ${url}: the server answered ${status}${statusText === "" ? "" : ` ${statusText}`}`, {
    code: "HTTP_STATUS", cause: refusal,
  });
}

function refusalOf(error: unknown): Refusal | undefined {
  return error instanceof SourceError && error.code === "HTTP_STATUS" ? error.cause as Refusal : undefined; // statusError makes them
}

/** Whether the same request may have another answer: lost connections, busy and ailing servers. */
export function isWorthRetrying(error: unknown): boolean {
  const status = refusalOf(error)?.status;
  if (status !== undefined) return status === 408 || status === 429 || status >= 500 && status !== 501;
  if (error instanceof BrineError) return error.code === "HTTP_LOST" || error.code === "HTTP_LENGTH";
  return true; // how fetch tells that there was no answer: each runtime has errors of its own for that
}

/** Whether a server that refuses so refuses the file itself, however it is asked for. */
export function isFinal(status: number): boolean {
  return status >= 300 && status < 500 && ![400, 408, 416, 429].includes(status);
}

/** Waits before another attempt: 0.2 s, twice as long each time, or as long as the server wants, up to ten seconds. */
export function pause(failures: number, error: unknown, signal: AbortSignal | undefined): Promise<void> {
  const ms = Math.min(10_000, refusalOf(error)?.retryAfter ?? 200 * 2 ** failures);
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error); // whatever the user aborted with
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Takes a body that has to fill `into`, not a byte more or less. */
export async function fillFrom(answer: Response, into: Uint8Array, taking: Taking): Promise<void> {
  let done = 0;
  for await (const part of parts(answer, taking)) {
    if (part.length > into.length - done) {
      taking.arrived?.(-done); // whatever this body is, it is not what was announced
      throw wrongLength(taking, into.length, `more than that`);
    }
    into.set(part, done);
    done += part.length;
    taking.arrived?.(part.length);
  }
  if (done < into.length) throw wrongLength(taking, into.length, `${done}`);
}

/** Takes a body whose length only its end tells, and its Content-Length where it is not packed. */
export async function wholeBody(answer: Response, most: number, taking: Taking): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const part of parts(answer, taking)) {
    length += part.length;
    if (length > most) {
      throw new LimitError(`${taking.url} knows no ranges, and has more bytes than maxBuffered, ${most}`, { code: "LIMIT_BUFFERED", found: length, limit: most });
    }
    all.push(part);
    taking.arrived?.(part.length);
  }
  const stated = answer.headers.get("content-length");
  const packed = answer.headers.get("content-encoding") ?? "identity";
  if (stated !== null && packed === "identity" && Number(stated) !== length) throw wrongLength(taking, Number(stated), `${length}`);
  return joined(all, length);
}

function wrongLength({ url, offset }: Taking, wanted: number, found: string): SourceError {
  return new SourceError(`Cannot read ${url}: a body of ${wanted} bytes was announced at byte ${offset}, ${found} came`, { code: "HTTP_LENGTH", offset });
}

/** The parts of a body as they come, each within the time, all of them at some pace. */
async function* parts(answer: Response, { url, timeout, signal }: Taking): AsyncGenerator<Uint8Array> {
  if (answer.body === null) return;
  const reader = answer.body.getReader();
  const pace = new Pace(url, timeout);
  try {
    for (;;) {
      const asked = performance.now();
      const { done, value } = await within(reader.read(), timeout, url, signal);
      if (done) return;
      if (!(value instanceof Uint8Array)) throw new SourceError(`Cannot read ${url}: its body gives something other than bytes`, { code: "STREAM_KIND" });
      pace.came(value.length, performance.now() - asked);
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => undefined); // a connection that is gone already is let go of; nobody waits for it
  }
}

/** The work, given up where it takes longer than `timeout` ms or is aborted. */
export function within<T>(work: Promise<T>, timeout: number, url: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      clearTimeout(timer); // it would keep a process for as long
      signal.removeEventListener("abort", stop);
    };
    const stop = (): void => {
      over();
      reject(signal.reason as Error); // whatever it was aborted with
    };
    const timer = setTimeout(() => {
      over();
      reject(new SourceError(`${url} sent nothing for ${timeout} ms`, { code: "HTTP_LOST" }));
    }, timeout);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    work.finally(over).then(resolve, reject);
  });
}
