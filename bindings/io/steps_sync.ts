// Work that needs bytes (steps.ts), of a source that answers at once.
import { UnsupportedError } from "../core/errors.js";
import { inflateSync } from "./inflate.js";
import type { Source } from "./source.js";
import { answer, hand, packedOf, refuse, type Read, type Steps } from "./steps.js";

/** Runs the work on a source that answers at once. */
export function runSync<T>(steps: Steps<T>, source: Source): T {
  let result = steps.next();
  while (result.done !== true) {
    const reads = result.value;
    if (reads instanceof Promise) {
      throw new UnsupportedError("Cannot do this synchronously: a part of brine has to be fetched first; use load or open", { code: "NOT_SYNC" });
    }
    let bytes: Uint8Array[];
    try {
      bytes = reads.map((read) => contentNow(read, source));
    } catch (cause) {
      result = refuse(steps, cause);
      continue;
    }
    result = steps.next(bytes);
  }
  return result.value;
}

/** What one read wants. */
function contentNow(read: Read, source: Source): Uint8Array {
  const bytes = answer(read, source);
  const packed = packedOf(read);
  return hand(read, packed === undefined ? bytes : inflateSync(bytes, packed));
}
