// Where bytes come from: an interface of two members, so that a file, a buffer and a spy in a test are the same to
// everything above.

/** Options of one read. */
export interface ReadOptions {
  /** Aborts the read. */
  readonly signal?: AbortSignal;
}

/** Bytes that can be read at any offset. */
export interface Source {
  /** Bytes in all. */
  readonly size: number;
  /**
   * Fills `into` from `offset` on. Answers how many bytes it gave: fewer than asked only at the end of the data.
   * A source that answers a number, not a promise, serves the synchronous functions too.
   */
  read(offset: number, into: Uint8Array, options?: ReadOptions): number | Promise<number>;
  /** The bytes themselves, without a copy, where they are in memory already. */
  view?(offset: number, length: number): Uint8Array;
  /** Lets go of what the source holds open. */
  close?(): void | Promise<void>;
  /** What to call it in messages. */
  readonly name?: string;
}

/** A source of which parts can be mapped. */
export interface MappableSource extends Source {
  read(offset: number, into: Uint8Array): number;
  /** A private map of at least these bytes, and where in it they begin. */
  map(offset: number, length: number): Mapping;
}

/** Bytes of a map. */
export interface Mapping {
  readonly bytes: Uint8Array;
  /** Where the byte that was asked for stands. */
  readonly at: number;
}

/** Can parts of it be mapped? */
export function isMappable(source: Source): source is MappableSource {
  return "map" in source && typeof source.map === "function";
}

/** Is it a source of the user's own? */
export function isSource(value: unknown): value is Source {
  return typeof value === "object" && value !== null && "size" in value && typeof value.size === "number" &&
    "read" in value && typeof value.read === "function";
}
