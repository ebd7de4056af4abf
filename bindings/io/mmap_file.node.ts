// What the platforms' ways to map a file have in common: what they are given, and what has to hold once a map is made.
import { fstatSync } from "node:fs";
import { SourceError } from "../core/errors.js";

/** An open file. */
export interface OpenFile {
  readonly fd: number;
  readonly name: string;
  /** Its bytes when it was opened. */
  readonly size: number;
}

/**
 * A private map of `length` bytes of a file from `offset` on, a multiple of 64 KiB; both lie inside the file. The map lives as
 * long as its buffer or any view of that.
 */
export type MapPages = (file: OpenFile, offset: number, length: number) => Uint8Array;

/** Throws where the file is shorter by now: to look at bytes that a map lacks ends the process. */
export function checkStillWhole({ fd, name, size }: OpenFile): void {
  const now = fstatSync(fd).size;
  if (now >= size) return;
  throw new SourceError(`Cannot map "${name}": it had ${size} bytes when it was opened and has ${now} now. It changed meanwhile`, { code: "SHORT_READ" });
}

/** The error of a map that the system refuses. */
export function mapError(name: string, why: string, cause?: unknown): SourceError {
  return new SourceError(`Cannot map "${name}": ${why}. Load it without mmap`, { code: "MMAP", cause });
}
