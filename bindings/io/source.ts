// Where bytes come from: an interface of two members, so that a file, a buffer and a spy in a test are the same to
// everything above.

/** Options of one read. */
export interface ReadOptions {
  /** Aborts the read. */
  readonly signal?: AbortSignal;
  /**
   * Told how many more bytes have come, by a source that takes a while over a read; less than zero: what came before is
   * no good. Whatever was not told counts when the read is done.
   */
  readonly arrived?: (bytes: number) => void;
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
  /**
   * What another read costs, as bytes that might be read instead. A source behind a network says so: what lies as close
   * together is read at once, a record along with its header, and the description with as few reads as can be.
   * Without it, as on a disk, a read costs next to nothing.
   */
  readonly gap?: number;
  /** What tells these bytes from those of another version of the file, such as an ETag; "" or none: nothing does. */
  readonly version?: string;
  /** Lets go of what the source holds open. */
  close?(): void | Promise<void>;
  /** What to call it in messages. */
  readonly name?: string;
}

/** Is it a source of the user's own? */
export function isSource(value: unknown): value is Source {
  return typeof value === "object" && value !== null && "size" in value && typeof value.size === "number" &&
    "read" in value && typeof value.read === "function";
}
