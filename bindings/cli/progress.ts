// A line at the foot of a terminal that tells how far the work is. Short work shows none; what is printed else stands above it.
import type { ProgressEvent } from "../index.js";
import { bytesText, counted, width } from "./table.js";

/** Milliseconds before the line is shown at all, and between two looks of it. */
const PATIENCE = 500;
const PACE = 100;
const BAR = 24;
/** What each phase is called. */
const WORDS = { open: "opening", read: "reading", build: "building", write: "writing" } as const;

/** What is asked of a terminal. */
export interface Terminal {
  readonly columns?: number;
  write(text: string): unknown;
}

/** The line of one command. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #safe: (text: string) => string;
  readonly #began: number;
  #last = 0;
  #shown = false;

  /**
   * @param safe makes names out of a file safe to print
   * @param now milliseconds, from any start
   */
  constructor(terminal: Terminal, safe: (text: string) => string, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#safe = safe;
    this.#now = now;
    this.#began = now();
  }

  /** Shows how far the work is, where it has taken a while. */
  readonly show = (event: ProgressEvent): void => {
    const now = this.#now();
    if (now - this.#began < PATIENCE || now - this.#last < PACE) return;
    this.#last = now;
    this.#shown = true;
    this.#terminal.write(`\r\x1b[2K${lineOf(event, this.#safe, (this.#terminal.columns ?? 80) - 1)}`);
  };

  /** Takes the line away. */
  clear(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#last = 0;
    this.#terminal.write("\r\x1b[2K");
  }
}

function lineOf({ phase, loaded, total, tensor }: ProgressEvent, safe: (text: string) => string, columns: number): string {
  const amount = (n: number): string => (phase === "build" ? counted(n, "tensor") : bytesText(n));
  const parts = [WORDS[phase].padEnd(8)];
  if (total === null) parts.push(amount(loaded));
  else {
    const share = total === 0 ? 1 : loaded / total;
    const full = Math.floor(share * BAR);
    parts.push(`[${"#".repeat(full)}${"-".repeat(BAR - full)}]`, `${Math.floor(share * 100)}%`.padStart(4), `${amount(loaded)} of ${amount(total)}`);
  }
  if (tensor !== null) parts.push(safe(tensor));
  let line = parts.join("  ");
  while (width(line) > columns) line = line.slice(0, -1); // a line that wraps could not be taken away
  return line;
}
