// The description at the front of what passes once, read without letting it pass: the core asks for windows from the first
// byte on, and they are looked at. Nobody knows yet how long all of it is; where the end comes within a window, the
// description is read again with the size that is known then.
import { SourceError } from "../core/errors.js";
import { run, type Steps } from "../io/steps.js";
import type { Forward } from "../io/forward.js";
import { Archive, limit } from "./archive.js";
import type { Families } from "./families.js";
import type { Limits } from "./limits.js";

/** Stands for a size that nobody knows. */
const UNKNOWN = Number.MAX_SAFE_INTEGER;
/** The core looks at so much at least, however short the description is. */
const WINDOW = 65536;

/**
 * An archive of which `open` read the description. It is the caller's to release.
 *
 * @param open what to read; it is run again on another archive where the end came early
 */
export async function openAhead(
  forward: Forward, families: Families, open: (archive: Archive) => Steps<unknown>, signal: AbortSignal | undefined,
): Promise<Archive> {
  for (let size = UNKNOWN; ;) {
    const archive = new Archive(size, families);
    let end: number | undefined;
    const source = {
      size,
      name: forward.name,
      async read(offset: number, into: Uint8Array): Promise<number> {
        const bytes = await forward.peek(offset + into.length);
        if (bytes.length < offset + into.length) end = bytes.length;
        const part = bytes.subarray(offset);
        into.set(part);
        return part.length;
      },
    };
    try {
      await run(open(archive), source, { signal });
      return archive;
    } catch (cause) {
      archive.release();
      if (end === undefined || size !== UNKNOWN || !(cause instanceof SourceError)) throw cause;
      size = end;
    }
  }
}

/** Limits under which windows are looked at: they reach past the description, by as much as it has at most. */
export function windowLimits(limits: Limits): Limits {
  return { ...limits, description: Math.max(WINDOW, 2 * limits.description) };
}

/** Throws where a description that was read has more bytes than it may. */
export function checkDescription(length: number, limits: Limits): void {
  if (length <= limits.description) return;
  throw limit("bytes of description", "description", length, limits.description);
}
