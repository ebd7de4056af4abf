// One account of work on several files: what each of them tells is added up, in phases that do not go back.
import type { Progress, ProgressEvent } from "../io/progress.js";

/** What the files of a checkpoint tell, together. */
export class SharedProgress {
  readonly #tell: Progress;
  readonly #opened: number[];
  readonly #read: (ProgressEvent | undefined)[];
  #reads = false;

  constructor(tell: Progress, files: number) {
    this.#tell = tell;
    this.#opened = new Array<number>(files).fill(0);
    this.#read = new Array<ProgressEvent | undefined>(files).fill(undefined);
  }

  /** What the file of this number is told to tell. */
  of(file: number): Progress {
    return (event) => {
      if (event.phase === "open") this.#opened[file] = event.loaded;
      else if (event.phase === "read") this.#read[file] = event;
      this.#reads ||= event.phase === "read";
      // Values are built file by file, while others are still read.
      if (event.phase === "read" || event.phase === "open" && !this.#reads) this.#say(event.tensor);
    };
  }

  #say(tensor: string | null): void {
    if (!this.#reads) return this.#tell({ phase: "open", loaded: sum(this.#opened), total: null, tensor: null });
    const totals = this.#read.map((event) => event?.total ?? null);
    const loaded = sum(this.#read.map((event) => event?.loaded ?? 0));
    // How much it will be is known when the last of them was opened.
    this.#tell({ phase: "read", loaded, total: totals.every((total) => total !== null) ? sum(totals as number[]) : null, tensor }); // tested: none is null
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
