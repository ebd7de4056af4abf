// A storage: the bytes that tensors look at. Tensors over one storage share it, in memory and in the file. The bytes
// may lie in the middle of a larger buffer, and they may not be read yet.

import { ArgumentError, BrineError, SourceError, UnsupportedError } from "../core/errors.js";
import { inspectSymbol, plainSymbol, reprSymbol } from "../python/symbols.js";
import { dtype as dtypeOf, untyped, type DType } from "./dtype.js";
import { handling } from "./handling.js";

/** What a storage is made with besides its bytes. */
export interface StorageOptions {
  /** What its elements are: a dtype, or `untyped` (the default) for bytes. */
  readonly dtype?: string | DType;
  /** The label of the device it came from or goes to, such as `cuda:0`; it says nothing of where the bytes are. */
  readonly location?: string;
  /** Its key in the file it came from; a number stands for its decimal text. */
  readonly key?: string | number | null;
}

/** What a storage is made with whose bytes come later. */
export interface DeferredStorage extends StorageOptions {
  readonly nbytes: number;
  /** Reads all bytes. */
  readonly read: () => Promise<Uint8Array>;
  /** Reads all bytes at once, where the source can. */
  readonly readSync?: () => Uint8Array;
  /** Reads the bytes from `from` up to `to`, where that is less work than all. */
  readonly readRange?: (from: number, to: number) => Promise<Uint8Array>;
  /** Gives all bytes without reading or waiting, as a map does: they count as here, and come to be when somebody looks at them. */
  readonly map?: () => Uint8Array;
}

/** What a storage is made with whose bytes are on another device, or, on `meta`, nowhere. */
export interface RemoteStorage extends StorageOptions {
  readonly nbytes: number;
  /** Such as `cuda:0`, or `meta`. */
  readonly device: string;
  /** What its device knows it by. */
  readonly handle?: unknown;
  /** Brings the bytes from `from` up to `to` here; without it there are none. */
  readonly download?: (from: number, to: number) => Promise<Uint8Array>;
}

/** Where the bytes of a storage are: a part of a buffer, behind a reader, or on another device. */
class Place {
  readonly buffer: ArrayBufferLike | null;
  readonly byteOffset: number;
  readonly nbytes: number;
  readonly later: DeferredStorage | null;
  readonly remote: RemoteStorage | null;

  constructor(
    buffer: ArrayBufferLike | null, byteOffset: number, nbytes: number, later: DeferredStorage | null, remote: RemoteStorage | null = null,
  ) {
    this.remote = remote;
    this.buffer = buffer;
    this.byteOffset = byteOffset;
    this.nbytes = nbytes;
    this.later = later;
  }
}

/**
 * The bytes behind one tensor or several.
 *
 * @example Two tensors over one storage
 * ```ts
 * const storage = new Storage(new Float32Array([1, 2, 3, 4]).buffer, { dtype: "float32" });
 * const all = new Tensor(storage, { shape: [2, 2] });
 * const diagonal = new Tensor(storage, { shape: [2], stride: [3] });
 * ```
 */
export class Storage {
  /** The label of a device, such as `cpu` or `cuda:0`: where the file says that it was. */
  readonly location: string;
  /** Bytes in all. */
  readonly nbytes: number;
  readonly #type: DType;
  readonly #key: string | number | null;
  #buffer: ArrayBufferLike | null;
  #byteOffset: number;
  #view: Uint8Array | null = null;
  #later: DeferredStorage | null;
  readonly #remote: RemoteStorage | null;
  #loading: Promise<Uint8Array> | null = null;

  /**
   * @param bytes what it holds; not copied
   * @throws ArgumentError `STORAGE_BYTES` where that is neither an ArrayBuffer nor a view of one
   */
  constructor(bytes: ArrayBufferLike | ArrayBufferView, options?: StorageOptions);
  constructor(place: Place, options: StorageOptions);
  constructor(bytes: ArrayBufferLike | ArrayBufferView | Place, options: StorageOptions = {}) {
    const place = bytes instanceof Place ? bytes : placeOf(bytes);
    this.#buffer = place.buffer;
    this.#byteOffset = place.byteOffset;
    this.#later = place.later;
    this.#remote = place.remote;
    this.nbytes = place.nbytes;
    const wanted = options.dtype;
    this.#type = wanted === undefined || wanted === "untyped" ? untyped : dtypeOf(wanted);
    this.location = options.location ?? "cpu";
    this.#key = options.key ?? null;
  }

  /** A storage whose bytes are read when `load` is called. */
  static deferred(options: DeferredStorage): Storage {
    if (!Number.isSafeInteger(options.nbytes) || options.nbytes < 0) {
      throw new ArgumentError(
        `Invalid nbytes: found ${String(options.nbytes)}, expected an integer from 0 to 2^53 - 1`,
        { code: "STORAGE_BYTES" },
      );
    }
    return new Storage(new Place(null, 0, options.nbytes, options), options);
  }

  /** A storage whose bytes are on another device; on `meta` there are none. */
  static remote(options: RemoteStorage): Storage {
    return new Storage(new Place(null, 0, options.nbytes, null, options), options);
  }

  /** A storage in the middle of a buffer; cheaper than a view for each of 100,000. The caller checks the range. */
  static within(
    buffer: ArrayBufferLike, byteOffset: number, nbytes: number, options: StorageOptions,
  ): Storage {
    return new Storage(new Place(buffer, byteOffset, nbytes, null), options);
  }

  /** Its key in the file it came from, or null. */
  get key(): string | null {
    return typeof this.#key === "number" ? String(this.#key) : this.#key;
  }

  /** What its elements are: a dtype's name, or `untyped`. */
  get dtype(): string {
    return this.#type.name;
  }

  /** Where its bytes are: `cpu`, another device, or `meta`, where there are none. */
  get device(): string {
    return this.#remote?.device ?? "cpu";
  }

  /** What its device knows it by; undefined on the CPU. */
  get handle(): unknown {
    return this.#remote?.handle;
  }

  /** How many elements it holds. */
  get length(): number {
    return Math.floor(this.nbytes / this.#type.itemsize) * this.#type.perByte;
  }

  /** Whether the bytes are here to be read without waiting. */
  get isLocal(): boolean {
    return this.#buffer !== null || this.#later?.map !== undefined;
  }

  /**
   * Its bytes; a view, not a copy.
   *
   * @throws BrineError `NOT_LOCAL` where they are not read yet
   */
  get bytes(): Uint8Array {
    return (this.#view ??= this.range(0, this.nbytes));
  }

  /** The bytes from `from` up to `to`, as `bytes` gives them. */
  range(from: number, to: number): Uint8Array {
    if (this.#remote !== null) throw notHere(this.#remote);
    if (this.#buffer === null && this.#later?.map !== undefined) this.supply(this.#later.map());
    if (this.#buffer === null) {
      throw new BrineError(
        "Cannot read the elements yet: their bytes are still in the file; say `await t.to(\"cpu\")` of the tensor, " +
          "or `await storage.load()`",
        { code: "NOT_LOCAL" },
      );
    }
    return new Uint8Array(this.#buffer, this.#byteOffset + from, to - from);
  }

  /** Reads the bytes, unless they are here; the storage keeps them. */
  async load(): Promise<Uint8Array> {
    if (this.isLocal || this.#later === null) return this.bytes;
    // All who ask at the same time share one read; a failed one may be asked for again.
    this.#loading ??= this.#later.read().then((bytes) => this.supply(bytes)).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** As `load`, at once. Throws `NOT_LOCAL` where the source can only be waited for. */
  loadSync(): Uint8Array {
    if (this.#buffer === null && this.#later?.readSync !== undefined) this.supply(this.#later.readSync());
    return this.bytes;
  }

  /** Whether `loadRange` reads less than `load` does. */
  get hasRanges(): boolean {
    return this.#buffer === null && this.#later?.readRange !== undefined;
  }

  /** The bytes from `from` up to `to`, read for the caller alone where the source can read parts. */
  async loadRange(from: number, to: number): Promise<Uint8Array> {
    if (this.#buffer === null && this.#later?.readRange !== undefined) {
      const bytes = await this.#later.readRange(from, to);
      checkLength(bytes, to - from);
      return bytes;
    }
    await this.load();
    return this.range(from, to);
  }

  /** The bytes from `from` up to `to` as they are on another device, brought here for the caller alone. */
  async download(from: number = 0, to: number = this.nbytes): Promise<Uint8Array> {
    if (this.#remote?.download === undefined) throw notHere(this.#remote);
    const bytes = await this.#remote.download(from, to);
    checkLength(bytes, to - from);
    return bytes;
  }

  /** Gives a storage that waits for its bytes what it waits for; it forgets its reader. */
  supply(bytes: Uint8Array): Uint8Array {
    checkLength(bytes, this.nbytes);
    this.#buffer = bytes.buffer;
    this.#byteOffset = bytes.byteOffset;
    this.#later = null;
    this.#view = null;
    return this.bytes;
  }

  toString(): string {
    return handling.value.storageText(this, this.#type);
  }

  [reprSymbol](): string {
    return handling.value.storageText(this, this.#type);
  }

  [inspectSymbol](): string {
    return handling.value.storageText(this, this.#type);
  }

  [plainSymbol](): { dtype: string; location: string; bytes: Uint8Array } {
    return { dtype: this.dtype, location: this.location, bytes: this.bytes };
  }
}

function notHere(remote: RemoteStorage | null): BrineError {
  if (remote?.download === undefined) return new UnsupportedError("There are no elements on \"meta\"", { code: "META" });
  return new BrineError(`Cannot read the elements here: they are on "${remote.device}"; say \`await t.to("cpu")\` of the tensor`, { code: "NOT_LOCAL" });
}

function placeOf(bytes: ArrayBufferLike | ArrayBufferView): Place {
  if (ArrayBuffer.isView(bytes)) return new Place(bytes.buffer, bytes.byteOffset, bytes.byteLength, null);
  const shared = typeof SharedArrayBuffer !== "undefined" && bytes instanceof SharedArrayBuffer;
  if (bytes instanceof ArrayBuffer || shared) return new Place(bytes, 0, bytes.byteLength, null);
  throw new ArgumentError(`Cannot make a storage of ${describe(bytes)}: expected an ArrayBuffer or a view of one`, {
    code: "STORAGE_BYTES",
  });
}

function describe(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an Array" : `a value of type ${typeof value}`;
}

function checkLength(bytes: Uint8Array, wanted: number): void {
  if (bytes.byteLength === wanted) return;
  throw new SourceError(`Short read of a storage: found ${bytes.byteLength} bytes, expected ${wanted}`, {
    code: "SHORT_READ",
  });
}
