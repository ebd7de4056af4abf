// A source of which some ranges were read already and are kept: what is asked for is cut off from both ends as far as it is
// here, and only the middle is read.
import type { ReadOptions, Source } from "./source.js";

/** Another source, and ranges of it. */
export class KeptSource implements Source {
  readonly size: number;
  readonly name: string | undefined;
  readonly gap: number | undefined;
  readonly version: string | undefined;
  readonly #source: Source;
  readonly #kept: { readonly from: number; readonly bytes: Uint8Array }[] = [];

  constructor(source: Source) {
    this.size = source.size;
    this.name = source.name;
    this.gap = source.gap;
    this.version = source.version;
    this.#source = source;
  }

  /** Keeps bytes that were read at `from`. */
  keep(from: number, bytes: Uint8Array): void {
    this.#kept.push({ from, bytes });
  }

  /** Lets go of all that is kept. */
  forget(): void {
    this.#kept.length = 0;
  }

  read(offset: number, into: Uint8Array, options?: ReadOptions): number | Promise<number> {
    let from = offset;
    let to = Math.max(from, Math.min(this.size, offset + into.length));
    const length = to - from;
    for (let found = true; found && from < to;) {
      found = false;
      for (const { from: first, bytes } of this.#kept) {
        const last = first + bytes.length;
        if (first <= from && from < last) {
          const end = Math.min(to, last);
          into.set(bytes.subarray(from - first, end - first), from - offset);
          from = end;
        } else if (first < to && to <= last) {
          const begin = Math.max(from, first);
          into.set(bytes.subarray(begin - first, to - first), begin - offset);
          to = begin;
        } else continue;
        found = true;
      }
    }
    if (from >= to) return length;
    const wanted = to - from;
    const n = this.#source.read(from, into.subarray(from - offset, to - offset), options);
    const given = (got: number): number => got === wanted ? length : from - offset + got; // short: what stands behind does not count
    return typeof n === "number" ? given(n) : n.then(given);
  }

  async close(): Promise<void> {
    await this.#source.close?.();
  }
}

/** Lets go of what a source keeps besides what it reads. */
export function letGo(source: Source): void {
  if (source instanceof KeptSource) source.forget();
}
