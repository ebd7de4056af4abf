// Where bytes go. A sink takes them in order; `close` makes them count, `abort` leaves nothing behind.

/** A destination of `save`. */
export interface Sink {
  /** Takes the bytes; they may be overwritten once it has returned. */
  write(bytes: Uint8Array): void;
  /** Finishes. A sink in memory answers the bytes. */
  close(): Uint8Array<ArrayBuffer> | undefined;
  /** Gives up and leaves nothing behind. */
  abort(): void;
}

/** Collects the bytes in one buffer, which doubles as it fills. */
export class MemorySink implements Sink {
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(65536);
  #length = 0;

  write(bytes: Uint8Array): void {
    const end = this.#length + bytes.length;
    if (end > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(end, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = end;
  }

  close(): Uint8Array<ArrayBuffer> {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.slice(0, this.#length);
  }

  abort(): void {
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
  }
}
