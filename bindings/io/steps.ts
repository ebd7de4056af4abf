// Work that needs bytes, written once for both worlds. A generator yields the reads that it wants and is resumed with the
// bytes; `run` serves it from any source, with abort and progress, `runSync` (steps_sync.ts) from one that answers at once.
import { BrineError, SourceError, UnsupportedError } from "../core/errors.js";
import { ready } from "../core/instance.js";
import { allocate } from "../core/allocate.js";
import type { Packed } from "./inflate.js";
import { Late } from "./late.js";
import type { Watch } from "./progress.js";
import type { Source } from "./source.js";

/** One range that is wanted. */
export interface Read {
  readonly offset: number;
  readonly length: number;
  /** Where the bytes shall go. Without it the source's own view may be handed out, or a new buffer. */
  readonly into?: Uint8Array;
  /** A view of the source's own will do instead of a copy in `into`. */
  readonly orView?: boolean;
  /** The range is raw deflate; what is wanted are its so many inflated bytes. */
  readonly inflated?: number;
  /** The range is a gzip file; what is wanted is its content, of at most so many bytes. */
  readonly gunzipped?: number;
  /** The range itself, where it is in memory: nothing is read, and what is wanted is that it be inflated. */
  readonly held?: Uint8Array;
  /** Name of the tensor whose bytes these are, for those who watch. */
  readonly tensor?: string | null;
  /** Given the bytes as soon as they are there, while other reads of the batch are still under way. */
  readonly arrived?: (bytes: Uint8Array) => void;
}

/**
 * Work that yields batches of reads, whose order does not matter, and is resumed with their bytes. What is wrong with the
 * bytes themselves (deflated data that is damaged, a checksum) is thrown into it, as everything is that a file did. A promise
 * that it yields is waited for, and nothing more (late.ts).
 */
export type Steps<T> = Generator<readonly Read[] | Promise<unknown>, T, readonly Uint8Array[]>;

/** How `run` goes about it. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Told of the bytes that come. */
  readonly watch?: Watch;
}

/** One run. */
interface Running extends RunOptions {
  /** What inflates, fetched where something is deflated. */
  readonly inflating: Late<typeof import("./inflate.js")>;
}

/** Work without reads holds the thread for about so many milliseconds at a time: a timer costs one itself. */
const HOLD = 25;
/** Reads under way at one time in `run`. */
const CONCURRENT = 4;

/** Tells the work what a file did; what its source did, or an abort, goes on its way. */
export function refuse<T>(steps: Steps<T>, cause: unknown): IteratorResult<readonly Read[] | Promise<unknown>, T> {
  if (cause instanceof BrineError && !(cause instanceof SourceError)) return steps.throw(cause);
  throw cause;
}

/** The bytes of the range of one read, of a source that answers at once. */
export function answer(read: Read, source: Source): Uint8Array {
  const into = target(read, source);
  const n = into.ready ? into.bytes.length : source.read(read.offset, into.bytes);
  if (typeof n !== "number") {
    throw new UnsupportedError("Cannot read this source synchronously: its read() answers a promise; use load or open", {
      code: "NOT_SYNC",
    });
  }
  checkLength(read, n, source);
  return into.bytes;
}

/** Runs the work on any source. Rejects with `signal.reason` when aborted. */
export async function run<T>(steps: Steps<T>, source: Source, options: RunOptions = {}): Promise<T> {
  const { signal } = options;
  const running: Running = { ...options, inflating: new Late(() => import("./inflate.js")) };
  let breath = performance.now();
  signal?.throwIfAborted();
  await ready();
  let result = steps.next();
  while (result.done !== true) {
    const reads = result.value;
    if (reads instanceof Promise) {
      try {
        await reads;
        signal?.throwIfAborted();
      } catch (cause) {
        result = steps.throw(cause);
        continue;
      }
      result = steps.next([]);
      continue;
    }
    let bytes: Uint8Array[];
    try {
      bytes = await answerAll(reads, source, running);
    } catch (cause) {
      signal?.throwIfAborted();
      result = refuse(steps, cause);
      continue;
    }
    if (reads.length === 0 && performance.now() - breath > HOLD) {
      await breathe();
      breath = performance.now();
    }
    signal?.throwIfAborted();
    result = steps.next(bytes);
  }
  return result.value;
}

/** The bytes of a batch of reads, a few of them under way at a time. The first one that fails stops the others. */
async function answerAll(reads: readonly Read[], source: Source, { signal, watch, inflating }: Running): Promise<Uint8Array[]> {
  const bytes = new Array<Uint8Array>(reads.length);
  const stop = new AbortController();
  const forward = (): void => stop.abort(signal?.reason);
  const aborted = new Promise<never>((_, reject) => {
    stop.signal.onabort = () => reject(stop.signal.reason as Error); // a source of the user's may not listen: nobody waits for it
  });
  signal?.addEventListener("abort", forward, { once: true });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < reads.length) {
      const i = next++;
      bytes[i] = await answerLater(reads[i], source, { signal: stop.signal, watch, inflating });
    }
  };
  try {
    await Promise.race([aborted, Promise.all(Array.from({ length: Math.min(CONCURRENT, reads.length) }, worker))]);
    return bytes;
  } catch (cause) {
    stop.abort(cause); // with which every worker ends at its next answer
    throw cause;
  } finally {
    signal?.removeEventListener("abort", forward);
  }
}

/** The bytes of one read, of any source. */
async function answerLater(read: Read, source: Source, { signal, watch, inflating }: Running): Promise<Uint8Array> {
  const into = target(read, source);
  let n = into.bytes.length;
  let told = 0;
  if (!into.ready) {
    const thrown: unknown[] = []; // what a watcher throws is no fault of the source
    const arrived = watch && ((more: number): void => {
      told += more;
      try {
        watch.add(more, read.tensor);
      } catch (cause) {
        thrown.push(cause);
      }
    });
    n = await source.read(read.offset, into.bytes, { signal, arrived });
    if (thrown.length > 0) throw thrown[0];
  }
  signal?.throwIfAborted();
  checkLength(read, n, source);
  if (read.held === undefined) watch?.add(n - told, read.tensor);
  const packed = packedOf(read);
  if (packed === undefined) return hand(read, into.bytes);
  const { inflate } = inflating.here ?? await inflating.fetch();
  return hand(read, await inflate(into.bytes, packed, signal));
}

/** Lets other tasks run, so that an abort can arrive during long work that reads nothing. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** What the range of a read is packed as; undefined: it is wanted as it is. */
export function packedOf({ inflated, gunzipped }: Read): Packed | undefined {
  if (inflated !== undefined) return { format: "deflate-raw", size: inflated };
  return gunzipped === undefined ? undefined : { format: "gzip", most: gunzipped };
}

function target(read: Read, source: Source): { bytes: Uint8Array; ready: boolean } {
  const asIs = packedOf(read) === undefined;
  const view = read.held ?? source.view?.(read.offset, read.length);
  if (view !== undefined) {
    if (read.into === undefined || read.orView === true || !asIs) return { bytes: view, ready: true };
    if (view.length <= read.into.length) read.into.set(view);
    return { bytes: read.into.subarray(0, view.length), ready: true };
  }
  if (read.into !== undefined && asIs) return { bytes: read.into, ready: false };
  return { bytes: allocate(read.length), ready: false };
}

function checkLength(read: Read, n: number, source: Source): void {
  if (n === read.length) return;
  throw new SourceError(
    `Cannot read ${read.length} bytes at ${read.offset} of ${source.name ?? "the source"}: it gave ${n}. ` +
      "The file is shorter than it said, or changed meanwhile",
    { code: "SHORT_READ", offset: read.offset },
  );
}

/** Hands the bytes of a read to who waits for them. */
export function hand(read: Read, bytes: Uint8Array): Uint8Array {
  read.arrived?.(bytes);
  return bytes;
}
