// An open file of Deno's, told by what it can do. It reads at a cursor, so each read puts the cursor where it reads: in one
// go, so that reads which overlap in time do not disturb each other. It stays the caller's to close.
import { SourceError } from "../core/errors.js";
import type { Source } from "./source.js";

/** What is asked of a `Deno.FsFile`. */
export interface DenoFileLike {
  readSync(into: Uint8Array): number | null;
  seekSync(offset: number, whence: number): number;
  statSync(): { readonly size: number; readonly isFile: boolean };
}

/** `Deno.SeekMode.Start`. */
const FROM_START = 0;

/** Is it such a file? */
export function isDenoFile(value: object): value is DenoFileLike {
  return ["readSync", "seekSync", "statSync"].every((name) => name in value && typeof value[name as keyof typeof value] === "function"); // it is in there
}

/** A source over an open file, for the synchronous functions too. */
export function denoFileSource(file: DenoFileLike): Source {
  const stat = asked(() => file.statSync());
  if (!stat.isFile) throw new SourceError("Cannot read this file: it is no regular file, so it has no size to read by", { code: "NOT_A_FILE" });
  return {
    size: stat.size,
    name: "Deno.FsFile",
    read(offset: number, into: Uint8Array): number {
      return asked(() => {
        if (into.length > 0) file.seekSync(offset, FROM_START);
        let done = 0;
        while (done < into.length) {
          const n = file.readSync(into.subarray(done));
          if (n === null || n === 0) break;
          done += n;
        }
        return done;
      });
    },
  };
}

function asked<T>(ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    throw new SourceError(`Cannot read a Deno.FsFile: ${cause instanceof Error ? cause.message : String(cause)}. Is it still open?`, { code: "IO", cause });
  }
}
