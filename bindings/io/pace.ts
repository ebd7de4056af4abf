// How slowly a server may send: a drop now and then is no way to keep a reader for ever.
import { SourceError } from "../core/errors.js";

/** Bytes for each millisecond that somebody waits for them. */
const SLOWEST = 1;

/** Looks at the pace of one body. Only waiting counts: a reader who does something else meanwhile is not the server's fault. */
export class Pace {
  readonly #url: string;
  readonly #timeout: number;
  #waited = 0;
  #bytes = 0;

  /** @param timeout milliseconds that it may be behind */
  constructor(url: string, timeout: number) {
    this.#url = url;
    this.#timeout = timeout;
  }

  /**
   * So many bytes came after so many milliseconds of waiting.
   *
   * @throws SourceError `HTTP_LOST` where the body has fallen too far behind
   */
  came(bytes: number, waited: number): void {
    this.#waited += waited;
    this.#bytes += bytes;
    const behind = this.#waited - this.#bytes / SLOWEST;
    if (behind > this.#timeout) {
      throw new SourceError(`${this.#url} sent ${this.#bytes} bytes in ${Math.round(this.#waited)} ms, which is too slow to go on`, { code: "HTTP_LOST" });
    }
    if (behind < 0) this.#waited = this.#bytes = 0; // what came in haste is no reason to dawdle
  }
}
