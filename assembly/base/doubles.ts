// Which of very many texts may have a double? A bitmap of their hashes, small enough to stay in a processor's cache, leaves
// out in one pass all that cannot: in nearly every file that is all of them. One at work at a time.
import { DONE } from "../shared/status";
import { claim, giveBack } from "./arena";
import { memorySpent } from "./fault";

let once: usize = 0; // a bit for each hash that was noted; behind it, one for each that was noted twice
let bytes: usize = 0;
let found: bool = false;

/** Begins with at least so many bits. DONE or FAULT. */
export function beginDoubles(bits: u64): i32 {
  bytes = 512;
  while (bytes < 0x8000000 && <u64>bytes << 3 < bits) bytes <<= 1;
  once = claim(bytes << 1);
  if (once == 0) return memorySpent(0, bytes << 1);
  memory.fill(once, 0, bytes << 1);
  found = false;
  return DONE;
}

export function endDoubles(): void {
  giveBack(once, bytes << 1);
}

export function noteHash(hash: u32): void {
  const at = once + (<usize>(hash >> 3) & (bytes - 1));
  const one: u8 = 1 << <u8>(hash & 7);
  if ((load<u8>(at) & one) != 0) {
    store<u8>(at + bytes, load<u8>(at + bytes) | one);
    found = true;
  }
  store<u8>(at, load<u8>(at) | one);
}

/** Was any hash noted twice? */
export function anyDouble(): bool {
  return found;
}

/** Was this one, or one that shares its bit, noted twice? */
export function mayBeDouble(hash: u32): bool {
  return ((<u32>load<u8>(once + bytes + (<usize>(hash >> 3) & (bytes - 1))) >> (hash & 7)) & 1) != 0;
}
