// One file of a server: how to ask for a range of it, when to ask again, and what not to put up with.
import { ArgumentError, BrineError, LimitError, SourceError } from "../core/errors.js";
import { reasonOf } from "./body.js";
import { fillFrom, isWorthRetrying, pause, wholeBody, within } from "./http_answer.js";
import { Turns } from "./turns.js";

/** How to reach a server. */
export interface HttpOptions {
  /** What to fetch with; default: the platform's `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Sent with each request, such as `{ Authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborts the opening. */
  readonly signal?: AbortSignal;
  /** Told of bytes that come while the file is opened. */
  readonly arrived?: (bytes: number) => void;
  /** Further attempts after an answer that is worth one (408, 429, 5xx, a lost connection). Default 3. */
  readonly retries?: number;
  /** Milliseconds without a byte after which an attempt counts as lost. Default 30,000. */
  readonly timeout?: number;
  /** Bytes of a file that are taken into memory where the server knows no ranges. Default 2 GiB. */
  readonly maxBuffered?: number;
}

/** Requests under way at a time, whoever makes them: a server that is asked for everything at once serves nobody. */
const AT_ONCE = 8;
/** An attempt that brought so many bytes was worth it: those before it do not count against the retries. */
const PROGRESS = 1024 * 1024;

/** One file of a server. */
export class Server {
  readonly url: string;
  readonly #options: HttpOptions;
  readonly #timeout: number;
  readonly #turns = new Turns(AT_ONCE);
  #answered = false;

  constructor(url: string, options: HttpOptions) {
    if (!/^https?:/i.test(url)) throw new ArgumentError(`Cannot fetch "${url}": expected an http: or https: address`, { code: "SOURCE_KIND" });
    this.url = url;
    this.#options = options;
    this.#timeout = options.timeout ?? 30_000;
  }

  /** Has it answered anything yet? */
  get hasAnswered(): boolean {
    return this.#answered;
  }

  /** Asks for a range, such as `0-99` or `-100`, or for all. Without compression: ranges of a packed body are no ranges of the file. */
  async ask(range: string | undefined, signal: AbortSignal): Promise<Response> {
    const { fetch = globalThis.fetch, headers } = this.#options;
    const ranges = range === undefined ? undefined : { Range: `bytes=${range}` };
    const init: RequestInit = { headers: { ...headers, ...ranges, "Accept-Encoding": "identity" }, signal, redirect: "follow" };
    // The answer has to begin in time; once it has, fillFrom looks at its pace.
    const answer = await within(fetch(this.url, init), this.#timeout, this.url, signal);
    this.#answered = true;
    return answer;
  }

  /** Takes a body of known length. */
  fill(answer: Response, into: Uint8Array, offset: number, signal: AbortSignal, arrived = this.#options.arrived): Promise<void> {
    return fillFrom(answer, into, { url: this.url, offset, timeout: this.#timeout, signal, arrived });
  }

  /** Takes a body that is the whole file. */
  async whole(answer: Response, signal: AbortSignal): Promise<Uint8Array> {
    const most = this.#options.maxBuffered ?? 2 ** 31;
    const stated = Number(answer.headers.get("content-length") ?? 0);
    if (stated > most) {
      this.discard(answer);
      throw new LimitError(`${this.url} knows no ranges, and its ${stated} bytes are more than maxBuffered, ${most}`, {
        code: "LIMIT_BUFFERED", found: stated, limit: most,
      });
    }
    return wholeBody(answer, most, { url: this.url, offset: 0, timeout: this.#timeout, signal, arrived: this.#options.arrived });
  }

  /** Lets go of an answer that is not read further. */
  discard(answer: Response): void {
    void answer.body?.cancel().catch(() => undefined); // a connection that is gone already is let go of; nobody waits for it
  }

  /**
   * Does the work, and does it again where another attempt can help, each time after a longer pause.
   *
   * @param come bytes that have come so far, where the work goes on from where it was
   */
  async attempt<T>(
    signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>, retries: number = this.#options.retries ?? 3, come: () => number = () => 0,
  ): Promise<T> {
    let before = 0;
    for (let failures = 0; ; failures++) {
      signal?.throwIfAborted();
      const stop = new AbortController();
      const forward = (): void => stop.abort(signal?.reason);
      signal?.addEventListener("abort", forward, { once: true });
      try {
        return await this.#turns.take(() => work(stop.signal), signal);
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        if (come() - before >= PROGRESS) {
          before = come();
          failures = 0;
        }
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
    return new SourceError(`Cannot reach ${this.url}: ${reasonOf(error)}`, { code: "HTTP_LOST", cause: error });
  }
}
