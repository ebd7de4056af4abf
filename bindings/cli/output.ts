// Where the command writes. It waits when a pipe is full, ends quietly when the reader has gone (`brine ls x | head`),
// colours only on a terminal, and never lets a name out of a file steer that terminal.
import type { WriteStream } from "node:tty";
import { BrineError } from "../core/errors.js";
import type { Progress } from "../index.js";
import { ProgressLine } from "./progress.js";

/** Text styles, which are nothing where output is no terminal. */
export type Style = "bold" | "dim" | "red" | "yellow" | "green";
const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, yellow: 33, green: 32 };

/** Characters held back before they are written: one write for many rows. */
const BUFFERED = 32768;

/** Standard output and standard error. */
export class Output {
  readonly #out: NodeJS.WriteStream;
  readonly #err: NodeJS.WriteStream;
  readonly #colour: boolean;
  readonly #line: ProgressLine | undefined;
  #held = "";

  constructor(out: NodeJS.WriteStream, err: NodeJS.WriteStream) {
    this.#out = out;
    this.#err = err;
    this.#colour = (out as Partial<WriteStream>).isTTY === true && process.env["NO_COLOR"] === undefined && process.env["TERM"] !== "dumb";
    const isTerminal = (err as Partial<WriteStream>).isTTY === true && process.env["TERM"] !== "dumb";
    this.#line = isTerminal ? new ProgressLine(err, printable) : undefined;
    out.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit(0); // as a command does whose reader has seen enough
    });
    err.on("error", () => {}); // nobody is left to be told
  }

  /** Shows how far the work is, at the foot of a terminal; undefined where there is none. */
  get onProgress(): Progress | undefined {
    return this.#line?.show;
  }

  /** The work is done, or given up: nothing stays at the foot. */
  settle(): void {
    this.#line?.clear();
  }

  /** Writes, and waits while the reader is slower than we are. */
  async write(text: string): Promise<void> {
    this.add(text);
    await this.flush();
  }

  /** Adds text that may wait for more. */
  add(text: string): void {
    this.#held += text;
  }

  /** True when so much waits that it should be flushed. */
  get full(): boolean {
    return this.#held.length >= BUFFERED;
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    const text = this.#held;
    this.#held = "";
    if (text === "") return;
    this.settle();
    if (this.#out.write(text)) return;
    await new Promise<void>((resolve) => this.#out.once("drain", resolve));
  }

  /** One line on standard error. */
  error(line: string): void {
    this.settle();
    this.#err.write(oneLine(line) + "\n");
  }

  /** The text in a style, on a terminal. */
  style(text: string, style: Style): string {
    return this.#colour ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text;
  }
}

/** Text out of a file, safe to print: control characters, which could steer a terminal, and direction marks are written out. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

function oneLine(text: string): string {
  return printable(text.replaceAll("\n", " "));
}

/** An error in one line: its class, its code, what happened, and where. */
export function errorLine(error: unknown): string {
  if (error instanceof BrineError) {
    const where: string[] = [];
    if (error.record !== undefined) where.push(`record "${error.record}"`);
    if (error.offset !== undefined) where.push(`byte ${error.offset}`);
    return `brine: ${error.name} [${error.code}]: ${error.message}${where.length > 0 ? ` (${where.join(", ")})` : ""}`;
  }
  if (error instanceof Error) return `brine: ${error.name}: ${error.message}`;
  return `brine: ${String(error)}`;
}
