// Files of the platform (Node, Deno and Bun through node:fs), read at offsets and written beside their destination first.
import { closeSync, fstatSync, openSync, read as readAt, readdirSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ArgumentError, SourceError } from "../core/errors.js";
import type { ReadOptions, Source } from "./source.js";
import type { Sink } from "./sink.js";

/** One system call moves at most this much, so that an abort is noticed soon and no call passes 2 GiB, where Linux stops. */
const SLICE = 128 * 1024 * 1024;

/** The path that a `file:` URL means. Throws an ArgumentError where it means none of this machine. */
export function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) { // another scheme or host, or an encoded slash
    throw new ArgumentError(`Cannot take "${url.href}" for a file: ${cause instanceof Error ? cause.message : String(cause)}`, { code: "FILE_URL", cause });
  }
}

/** Why a path could not be opened, in words. */
function openError(path: string, cause: unknown, doing: string): SourceError {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
  const why = code === "ENOENT" ? (doing === "write" ? "there is no such folder" : "no such file or directory") : code === "EACCES" || code === "EPERM" ? "permission denied"
    : code === "EISDIR" ? "it is a directory" : code === "ENOTDIR" ? "a part of its path is no directory"
      : cause instanceof Error ? cause.message : String(cause);
  return new SourceError(`Cannot ${doing} "${path}": ${why}`, { code: code === "" ? "IO" : code, cause });
}

/** Opens a file for reading. Throws a SourceError that says why it cannot. */
function openForReading(path: string): { fd: number; size: number } {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    throw openError(path, cause, "open");
  }
  const stat = fstatSync(fd);
  if (stat.isDirectory()) {
    closeSync(fd);
    throw new SourceError(`Cannot open "${path}": it is a directory, expected a checkpoint file inside it`, { code: "EISDIR" });
  }
  if (!stat.isFile()) {
    closeSync(fd);
    throw new SourceError(`Cannot open "${path}": it is no regular file, so it has no size to read by`, { code: "NOT_A_FILE" });
  }
  return { fd, size: stat.size };
}

/** The names of the files that stand directly in a folder, links to files among them. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.isDirectory()).map(({ name }) => name).sort();
  } catch (cause) {
    throw openError(path, cause, "list");
  }
}

/** A file that answers reads at once: for the synchronous functions. */
export class FileSource implements Source {
  readonly size: number;
  readonly name: string;
  #fd: number;

  constructor(path: string) {
    const { fd, size } = openForReading(path);
    this.#fd = fd;
    this.size = size;
    this.name = path;
  }

  /** What the system knows it by; -1: it is closed. */
  get fd(): number {
    return this.#fd;
  }

  read(offset: number, into: Uint8Array): number {
    let done = 0;
    while (done < into.length) {
      let n: number;
      try {
        n = readSync(this.#fd, into, done, Math.min(SLICE, into.length - done), offset + done);
      } catch (cause) {
        throw openError(this.name, cause, "read");
      }
      if (n === 0) break;
      done += n;
    }
    return done;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}

/** A file that reads in the background: the event loop stays free, and several reads run side by side. */
export class AsyncFileSource implements Source {
  readonly size: number;
  readonly name: string;
  #fd: number;
  /** Reads that the system has begun. */
  #reads = 0;
  #closing = false;

  constructor(path: string) {
    const { fd, size } = openForReading(path);
    this.#fd = fd;
    this.size = size;
    this.name = path;
  }

  async read(offset: number, into: Uint8Array, options: ReadOptions = {}): Promise<number> {
    let done = 0;
    while (done < into.length) {
      options.signal?.throwIfAborted();
      const n = await this.#readOnce(offset + done, into.subarray(done, Math.min(into.length, done + SLICE)));
      if (n === 0) break;
      done += n;
    }
    return done;
  }

  #readOnce(offset: number, into: Uint8Array): Promise<number> {
    if (this.#closing) throw new SourceError(`Cannot read "${this.name}": it was closed`, { code: "CLOSED" });
    this.#reads++;
    return new Promise((resolve, reject) => {
      readAt(this.#fd, into, 0, into.length, offset, (cause, n) => {
        this.#reads--;
        if (this.#closing) this.close();
        if (cause === null) resolve(n);
        else reject(openError(this.name, cause, "read"));
      });
    });
  }

  /** A number that is given back may be another file's at once, so reads under way come to their end first. */
  close(): void {
    this.#closing = true;
    if (this.#reads > 0) return;
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}

/** Writes to a sibling of the destination and renames it at the end, so that a file is never seen half written. */
export class FileSink implements Sink {
  readonly #path: string;
  readonly #sibling: string;
  #fd: number;

  constructor(path: string) {
    this.#path = path;
    const random = crypto.getRandomValues(new Uint32Array(2));
    this.#sibling = `${path}.${Array.from(random, (word) => word.toString(16).padStart(8, "0")).join("")}.tmp`;
    try {
      this.#fd = openSync(this.#sibling, "wx");
    } catch (cause) {
      throw openError(path, cause, "write");
    }
  }

  write(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      try {
        done += writeSync(this.#fd, bytes, done, Math.min(SLICE, bytes.length - done));
      } catch (cause) {
        throw openError(this.#path, cause, "write");
      }
    }
  }

  close(): undefined {
    closeSync(this.#fd);
    this.#fd = -1;
    try {
      renameSync(this.#sibling, this.#path);
    } catch (cause) {
      rmSync(this.#sibling, { force: true });
      throw openError(this.#path, cause, "write");
    }
    return undefined;
  }

  abort(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    rmSync(this.#sibling, { force: true });
  }
}
