// Bytes that never move: text that the core makes itself (unescaped strings, composed names). Columns move when they
// grow, and nodes hold addresses, so such text lives in chunks that are claimed once and kept.
import { claim } from "./arena";

const FIRST_CHUNK: usize = 16384;
const MAX_CHUNK: usize = 1048576;

let chunk: usize = FIRST_CHUNK;
let next: usize = 0;
let end: usize = 0;

/** The address of n bytes that stay where they are, or 0 where memory is spent. */
export function stable(n: usize): usize {
  if (n > end - next) {
    const size = max(n, chunk);
    const at = claim(size);
    if (at == 0) return 0;
    if (chunk < MAX_CHUNK) chunk <<= 1;
    if (size - n < end - next) return at; // what is left of the old chunk is worth more
    next = at;
    end = at + size;
  }
  const at = next;
  next += n;
  return at;
}

/** Gives back the last n bytes of the latest `stable` that were not needed. */
export function trimStable(from: usize, n: usize): void {
  if (from + n == next) next = from;
}
