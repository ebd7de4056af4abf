// Bun maps files itself, and unmaps them when the last view is gone. It opens a path anew for that, to read and write: the file
// there has to be the one that was opened.
import { fstatSync, statSync } from "node:fs";
import { SourceError } from "../core/errors.js";
import { checkStillWhole, mapError, type MapPages } from "./mmap_file.node.js";

/** Is a map one of the open file? Bun opens a path anew to map it. */
export const mapsByNumber: boolean = false;

/** What is used of Bun. */
interface Bun {
  mmap(path: string, options: { readonly shared: boolean; readonly sync: boolean; readonly offset: number; readonly size: number }): Uint8Array;
}

/** Maps files by Bun.mmap. */
export function mapper(): MapPages {
  const { Bun } = globalThis as unknown as { readonly Bun: Bun }; // this file stands for Bun, in package.json's imports
  return (file, offset, length) => {
    const bytes = map(Bun, file.name, offset, length);
    const opened = fstatSync(file.fd, { bigint: true });
    const there = statSync(file.name, { bigint: true });
    if (opened.ino !== there.ino || opened.dev !== there.dev || bytes.length < length) {
      throw new SourceError(`Cannot map "${file.name}": another file has its name since it was opened. Try again`, { code: "MMAP" });
    }
    checkStillWhole(file);
    return bytes.subarray(0, length);
  };
}

function map(bun: Bun, path: string, offset: number, size: number): Uint8Array {
  try {
    return bun.mmap(path, { shared: false, sync: false, offset, size });
  } catch (cause) {
    const denied = cause instanceof Error && "code" in cause && (cause.code === "EACCES" || cause.code === "EROFS" || cause.code === "EPERM");
    throw mapError(path, denied ? "Bun maps only files that may be written, though it does not write them" : cause instanceof Error ? cause.message : String(cause), cause);
  }
}
