// How far a piece of work has come. Work begins a phase, says what is there already, and whoever watches is told; without
// anybody who watches there is no Watch, and nothing is counted.

/** What is being done: the description is read, then the bytes of tensors, then values are built; or a file is written. */
export type Phase = "open" | "read" | "build" | "write";

/** One piece of news. */
export interface ProgressEvent {
  readonly phase: Phase;
  /** Bytes so far in this phase; in "build", tensors. Never more than `total`. */
  readonly loaded: number;
  /** What `loaded` will have come to at the phase's end; null where nobody knows yet. */
  readonly total: number | null;
  /** Name of the tensor whose bytes came last; null between tensors, and where many came in one read. */
  readonly tensor: string | null;
}

/** Told now and then how far the work has come. */
export type Progress = (event: ProgressEvent) => void;

/** Counts for somebody who watches. */
export class Watch {
  readonly #tell: Progress;
  #phase: Phase = "open";
  #loaded = 0;
  #total: number | null = null;

  constructor(tell: Progress) {
    this.#tell = tell;
  }

  /** The watch of an option; undefined where nobody watches. */
  static of(tell: Progress | undefined): Watch | undefined {
    return tell === undefined ? undefined : new Watch(tell);
  }

  /** Begins a phase. */
  begin(phase: Phase, total: number | null = null): void {
    this.#phase = phase;
    this.#loaded = 0;
    this.#total = total;
    this.#say(null);
  }

  /** So much more is there. Less than nothing: what came was no good. */
  add(amount: number, tensor: string | null = null): void {
    if (amount === 0) return;
    this.#loaded = Math.max(0, this.#loaded + amount);
    this.#say(tensor);
  }

  /** The phase is through, whatever was counted. */
  finish(): void {
    if (this.#total !== null && this.#loaded < this.#total) this.add(this.#total - this.#loaded);
  }

  #say(tensor: string | null): void {
    const total = this.#total;
    this.#tell({ phase: this.#phase, loaded: total === null ? this.#loaded : Math.min(total, this.#loaded), total, tensor });
  }
}
