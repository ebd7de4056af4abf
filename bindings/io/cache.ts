// A source whose bytes are kept by a store, in blocks: what was read once is not read again, by the next one either who opens the
// same version of the same file. A store is asked and given; what it answers wrongly, or not at all, is read from the source.
import { ArgumentError, SourceError } from "../core/errors.js";
import { COUNT, TEXT, checkOptions, type Kind, type Kinds } from "../core/option_kinds.js";
import { isSource, type ReadOptions, type Source } from "./source.js";

/** Where blocks are kept. */
export interface CacheStore {
  /** The bytes that were put under this key, if they are still there. */
  match(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Keeps bytes under a key, or does not. */
  put(key: string, bytes: Uint8Array): void | Promise<void>;
}

/** How to cut a source and what to call it. */
export interface CacheOptions {
  /** Bytes of a block. Default 65,536. */
  readonly block?: number;
  /**
   * What the file is called in the store, its version included: bytes of two versions must never share a key. Default: name,
   * size and version of the source.
   */
  readonly key?: string;
}

/** Bytes that are read at once where the store has none of them. */
const RUN = 16 * 1024 * 1024;
/** Blocks that a store is asked for at the same time. */
const ASKED = 16;

/**
 * A source that keeps what it reads of another one.
 *
 * @param source what to read; one that is in memory is answered as it is
 * @param store where to keep it: `memoryStore`, `cacheApiStore`, `opfsStore`, or any `{ match, put }`
 * @throws ArgumentError `CACHE_KEY` where nothing tells one version of the file from another and no `key` is given
 *
 * @example Open a file behind an address, and keep what was read for the next time
 * ```ts
 * const store = cacheApiStore(await caches.open("checkpoints"));
 * const file = await open(cacheSource(await openHttp(url), store));
 * ```
 */
export function cacheSource(source: Source, store: CacheStore, options: CacheOptions = {}): Source {
  checkOptions(options, KINDS, "cacheSource");
  if (!isSource(source)) throw new ArgumentError("Cannot cache this: expected a source, such as openHttp gives", { code: "SOURCE_KIND" });
  checkOptions({ store }, { store: STORE }, "cacheSource");
  const { block = 65_536 } = options;
  if (source.view !== undefined) return source;
  const { name = "", size, version = "" } = source;
  if (options.key === undefined && version === "") {
    throw new ArgumentError(
      `Cannot cache ${name || "this source"}: nothing tells one version of it from another (no ETag, no Last-Modified). Give a key that does`,
      { code: "CACHE_KEY" },
    );
  }
  return new CachedSource(source, store, block, options.key ?? `${name} ${size} ${version}`);
}

const KINDS: Kinds = { block: ["a whole number of bytes of at least 1", (value) => COUNT[1](value) && value !== 0], key: TEXT };
const STORE: Kind = ["a store, with match and put", (value) => {
  const { match, put } = value as CacheStore; // or whatever it is
  return typeof match === "function" && typeof put === "function";
}];

class CachedSource implements Source {
  readonly size: number;
  readonly name: string | undefined;
  readonly gap: number | undefined;
  readonly version: string | undefined;
  readonly #source: Source;
  readonly #store: CacheStore;
  readonly #block: number;
  readonly #key: string;

  constructor(source: Source, store: CacheStore, block: number, key: string) {
    this.size = source.size;
    this.name = source.name;
    this.gap = source.gap;
    this.version = source.version;
    this.#source = source;
    this.#store = store;
    this.#block = block;
    this.#key = key;
  }

  async read(offset: number, into: Uint8Array, options: ReadOptions = {}): Promise<number> {
    const to = Math.min(this.size, offset + into.length);
    if (to <= offset) return 0;
    const last = Math.ceil(to / this.#block);
    let missing: number[] = [];
    for (let first = Math.floor(offset / this.#block); first < last; first += ASKED) {
      const asked = Array.from({ length: Math.min(ASKED, last - first) }, (_, i) => first + i);
      const found = await Promise.all(asked.map((i) => this.#match(i)));
      options.signal?.throwIfAborted();
      for (const [n, i] of asked.entries()) {
        const bytes = found[n];
        const follows = missing.length === 0 || missing[missing.length - 1] === i - 1 && missing.length * this.#block < RUN;
        if (bytes !== undefined || !follows) {
          await this.#fetch(missing, offset, into.subarray(0, to - offset), options);
          missing = [];
        }
        if (bytes === undefined) missing.push(i);
        else copy(bytes, i * this.#block, offset, into.subarray(0, to - offset), options);
      }
    }
    await this.#fetch(missing, offset, into.subarray(0, to - offset), options);
    return to - offset;
  }

  /** What the store has of a block, if it is the whole block. A store that fails has nothing. */
  async #match(i: number): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.#store.match(this.#keyOf(i));
      return bytes instanceof Uint8Array && bytes.length === Math.min(this.#block, this.size - i * this.#block) ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  /** Reads blocks that lie together, and gives them to the store. */
  async #fetch(blocks: readonly number[], offset: number, into: Uint8Array, options: ReadOptions): Promise<void> {
    if (blocks.length === 0) return;
    const from = blocks[0] * this.#block;
    const bytes = new Uint8Array(Math.min(this.size, from + blocks.length * this.#block) - from);
    const n = await this.#source.read(from, bytes, { signal: options.signal });
    if (n !== bytes.length) {
      throw new SourceError(`Cannot read ${bytes.length} bytes at ${from} of ${this.name ?? "the source"}: it gave ${n}`, { code: "SHORT_READ", offset: from });
    }
    await Promise.all(blocks.map(async (i) => {
      try {
        await this.#store.put(this.#keyOf(i), bytes.slice(i * this.#block - from, (i + 1) * this.#block - from));
      } catch {
        // A store that is full, or gone, keeps nothing.
      }
    }));
    copy(bytes, from, offset, into, options);
  }

  #keyOf(i: number): string {
    return `${this.#key} ${this.#block} ${i}`;
  }

  async close(): Promise<void> {
    await this.#source.close?.();
  }
}

/** Copies what of the bytes at `from` lies in `into`, which stands at `offset`. */
function copy(bytes: Uint8Array, from: number, offset: number, into: Uint8Array, { arrived }: ReadOptions): void {
  const first = Math.max(from, offset);
  const last = Math.min(from + bytes.length, offset + into.length);
  into.set(bytes.subarray(first - from, last - from), first - offset);
  arrived?.(last - first);
}
