// Bytes that pass once, from front to back: what is coming can be looked at, and is then taken into a buffer or passed by.
//
//   … passed │ looked at, still here │ not come yet …
//            └ position
//
// Nothing is asked for before it is wanted. A reader that keeps what passes can hand it over as if nothing had passed.
import { collect } from "#io/collect";
import type { Watch } from "./progress.js";

/** What gives bytes, in order. One call at a time. */
export interface Supply {
  /** What to call it in messages. */
  readonly name: string;
  /** Bytes in all; undefined where nobody said. */
  readonly size: number | undefined;
  /**
   * The next bytes, good until the next call; null: there are no more.
   *
   * @param least so many are wanted for certain: to wait for them is no harm
   */
  next(least: number): Promise<Uint8Array | null>;
  /** Fills a part of `into` without a chunk between, where that can be done. Answers how many bytes, 0 at the end. */
  fill?(into: Uint8Array): Promise<number>;
  /** No more is wanted. */
  cancel(reason?: unknown): Promise<void>;
}

/** How to read forward. */
export interface ForwardOptions {
  readonly signal?: AbortSignal;
  /** Told of the bytes that come. */
  readonly watch?: Watch;
  /** Keep what passes, for `whole`. What is filled is kept where it is: it must stay as it is. */
  readonly keep?: boolean;
}

const NOTHING: Uint8Array = new Uint8Array(0);
/** Buffers from here on are filled by the supply itself. */
const LARGE = 65536;
/** What passes is copied in buffers of so many bytes, where nobody else has it. */
const SLAB = 65536;
/** Fewer bytes are copied sooner than referred to. */
const SMALL = 64;
/** At so many bytes that came, were handed out, or are wanted next, those that nobody holds any more are let go of. */
const COLLECT = 16777216;
/** Of those, what loading the modules is taken to have left: the first large storage finds that gone. */
const BEFORE = 8388608;

/** A supply, read from front to back. */
export class Forward {
  readonly #supply: Supply;
  readonly #options: ForwardOptions;
  readonly #kept: Kept | undefined;
  #chunk: Uint8Array = NOTHING;
  #ended = false;
  #position = 0;
  #uncollected = BEFORE;
  /** Were buffers handed out since the last collection? */
  #handed = false;
  #waiting = false;
  #stop: ((reason: unknown) => void) | undefined;
  readonly #abort = (): void => this.#stop?.(this.#options.signal?.reason);

  constructor(supply: Supply, options: ForwardOptions = {}) {
    this.#supply = supply;
    this.#options = options;
    this.#kept = options.keep === true ? new Kept() : undefined;
    options.signal?.addEventListener("abort", this.#abort);
  }

  get name(): string {
    return this.#supply.name;
  }

  /** Bytes that have passed. */
  get position(): number {
    return this.#position;
  }

  /** The next n bytes, where they are here already. Good until the next call. */
  here(n: number): Uint8Array | undefined {
    return this.#chunk.length >= n ? this.#chunk.subarray(0, n) : undefined;
  }

  /** The next n bytes; fewer only where the end comes first. Good until the next call. */
  async peek(n: number): Promise<Uint8Array> {
    if (this.#chunk.length >= n) return this.#chunk.subarray(0, n);
    let held = this.#chunk.length;
    let joined = new Uint8Array(n);
    joined.set(this.#chunk);
    while (held < n) {
      const more = await this.#next(n - held);
      if (more === null) break;
      if (held + more.length > joined.length) {
        const longer = new Uint8Array(held + more.length);
        longer.set(joined.subarray(0, held));
        joined = longer;
      }
      joined.set(more, held);
      held += more.length;
    }
    this.#chunk = joined.subarray(0, held);
    return this.#chunk.subarray(0, n);
  }

  /** Passes n bytes that were looked at. */
  pass(n: number): void {
    this.#kept?.copy(this.#chunk.subarray(0, n));
    this.#forget(n);
  }

  /** Fills a buffer with bytes that are here. */
  fillHere(into: Uint8Array): void {
    into.set(this.#chunk.subarray(0, into.length));
    this.#kept?.refer(into);
    this.#forget(into.length);
  }

  #forget(n: number): void {
    this.#chunk = this.#chunk.subarray(n);
    this.#position += n;
  }

  /** Fills a buffer with the next bytes. Answers how many there were: fewer only where the end came first. */
  async fill(into: Uint8Array): Promise<number> {
    let done = 0;
    while (done < into.length) {
      if (this.#chunk.length === 0) {
        if (this.#ended) break;
        if (this.#supply.fill !== undefined && into.length - done >= LARGE) {
          const n = await this.#guarded(this.#supply.fill(into.subarray(done)));
          if (n === 0) this.#ended = true;
          done += n;
          this.#options.watch?.add(n); // straight into the buffer: nothing is left to collect
          continue;
        }
        this.#chunk = await this.#next(into.length - done) ?? NOTHING;
        continue;
      }
      const n = Math.min(this.#chunk.length, into.length - done);
      into.set(this.#chunk.subarray(0, n), done);
      this.#chunk = this.#chunk.subarray(n);
      done += n;
    }
    this.#position += done;
    this.#kept?.refer(into.subarray(0, done));
    return done;
  }

  /**
   * All bytes, from the first one on: those that passed, which must have been kept, and all that come yet.
   *
   * @param take told each part in its order
   */
  async whole(take: (part: Uint8Array) => void): Promise<void> {
    for (const part of this.#kept?.parts() ?? []) take(part);
    for (;;) {
      if (this.#chunk.length > 0) take(this.#chunk.slice());
      this.#position += this.#chunk.length;
      this.#chunk = NOTHING;
      const more = await this.#next(LARGE);
      if (more === null) return;
      this.#chunk = more;
    }
  }

  /**
   * Has the engine let go of what passed and nobody holds, now and then.
   *
   * @param wanted bytes of the storage that comes: what is gone makes room for it
   */
  settle(wanted: number): void {
    if (this.#uncollected + wanted < COLLECT || this.#kept !== undefined) return;
    collect();
    // V8 may have been half through a look of its own, in which it saw a storage that was still held: only the next misses it.
    if (this.#handed) collect();
    this.#uncollected = 0;
    this.#handed = false;
  }

  /** Counts a buffer that was handed out, and that nobody may hold any more. */
  left(nbytes: number): void {
    this.#uncollected += nbytes;
    this.#handed = true;
  }

  /** Lets go of the supply: nothing more is wanted. */
  async cancel(reason?: unknown): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#chunk = NOTHING;
    this.#ended = true;
    // What it says to that is of no interest; a read that never ends would hold it for ever.
    const gone = this.#supply.cancel(reason).catch(() => undefined);
    if (!this.#waiting && this.#options.signal?.aborted !== true) await gone; // an abort waits for nobody
  }

  async #next(least: number): Promise<Uint8Array | null> {
    if (this.#ended) return null;
    let chunk: Uint8Array | null;
    do chunk = await this.#guarded(this.#supply.next(least));
    while (chunk?.length === 0);
    if (chunk === null) this.#ended = true;
    else this.#came(chunk.length);
    return chunk;
  }

  #came(n: number): void {
    this.#uncollected += n;
    this.#options.watch?.add(n);
  }

  /** A promise of the supply's, which an abort does not wait for. */
  #guarded<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#options;
    if (signal === undefined) return promise;
    return new Promise<T>((resolve, reject) => {
      this.#waiting = true;
      this.#stop = reject;
      if (signal.aborted) reject(signal.reason);
      promise.then((value) => {
        this.#waiting = false;
        resolve(value);
      }, (cause: unknown) => {
        this.#waiting = false;
        reject(signal.aborted ? signal.reason : cause);
      });
    });
  }
}

/** Bytes that passed: those that somebody has are referred to, the others are copied side by side. */
class Kept {
  // A part is three numbers and no view: of small storages there are hundreds of thousands.
  readonly #buffers: ArrayBufferLike[] = [];
  readonly #froms: number[] = [];
  readonly #lengths: number[] = [];
  #slab: Uint8Array = NOTHING;
  #from = 0;
  #to = 0;

  copy(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#to === this.#slab.length) {
        this.#close();
        this.#slab = new Uint8Array(SLAB);
        this.#from = this.#to = 0;
      }
      const n = Math.min(bytes.length - at, this.#slab.length - this.#to);
      this.#slab.set(bytes.subarray(at, at + n), this.#to);
      this.#to += n;
      at += n;
    }
  }

  refer(bytes: Uint8Array): void {
    if (bytes.length < SMALL) {
      this.copy(bytes);
      return;
    }
    this.#close();
    this.#push(bytes);
  }

  *parts(): Generator<Uint8Array, void, undefined> {
    this.#close();
    for (const [i, buffer] of this.#buffers.entries()) yield new Uint8Array(buffer, this.#froms[i], this.#lengths[i]);
  }

  #close(): void {
    if (this.#to > this.#from) this.#push(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #push({ buffer, byteOffset, length }: Uint8Array): void {
    this.#buffers.push(buffer);
    this.#froms.push(byteOffset);
    this.#lengths.push(length);
  }
}
