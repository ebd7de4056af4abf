// An open file of the caller's: node:fs/promises' FileHandle, told by what it can do. It stays the caller's to close.
import { SourceError } from "../core/errors.js";
import { isDenoFile } from "./deno_file.js";
import type { ReadOptions, Source } from "./source.js";

/** What is asked of a file handle. */
export interface FileHandleLike {
  read(into: Uint8Array, at: number, length: number, offset: number): Promise<{ readonly bytesRead: number }>;
  stat(): Promise<{ readonly size: number; isFile(): boolean }>;
}

/** Is it such a handle? */
export function isFileHandle(value: object): value is FileHandleLike {
  return "read" in value && typeof value.read === "function" && "stat" in value && typeof value.stat === "function" && !isDenoFile(value);
}

/** A source over an open file. */
export async function handleSource(handle: FileHandleLike): Promise<Source> {
  const stat = await asked(() => handle.stat());
  if (!stat.isFile()) throw new SourceError("Cannot read this handle: it is no regular file, so it has no size to read by", { code: "NOT_A_FILE" });
  return {
    size: stat.size,
    name: "file handle",
    async read(offset: number, into: Uint8Array, options: ReadOptions = {}): Promise<number> {
      let done = 0;
      while (done < into.length) {
        options.signal?.throwIfAborted();
        const { bytesRead } = await asked(() => handle.read(into, done, into.length - done, offset + done));
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
  };
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new SourceError(`Cannot read a file handle: ${cause instanceof Error ? cause.message : String(cause)}. Is it still open?`, { code: "IO", cause });
  }
}
