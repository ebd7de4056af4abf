// What passes once, taken into memory after all: for what can only be read at offsets.
import { LimitError } from "../core/errors.js";
import type { Forward } from "./forward.js";
import { joined } from "./joined.js";
import { MemorySource } from "./memory.js";
import type { Source } from "./source.js";

/** Takes all of it into memory, up to `most` bytes: what has passed, where that was kept, and what comes yet. */
export async function heldSource(forward: Forward, most: number): Promise<Source> {
  const parts: Uint8Array[] = [];
  let length = 0;
  await forward.whole((part) => {
    length += part.length;
    if (length > most) {
      throw new LimitError(`A stream has more bytes than maxBuffered, ${most}: save it to a file, or open it by its address`, {
        code: "LIMIT_BUFFERED", found: length, limit: most,
      });
    }
    parts.push(part);
  });
  return new MemorySource(joined(parts, length));
}
