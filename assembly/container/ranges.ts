// What of the source is in memory, and what is wanted next: the core's half of sans-IO. A container asks with `want`,
// answers NEED to the host, and is called again when the bytes are here. Nothing that was read is read twice.
import { claim, giveBack } from "../base/arena";
import { fault, memorySpent } from "../base/fault";
import { F_FED, F_ORDER } from "../shared/faults";
import { DEFLATE, NEED, RAW } from "../shared/status";

// Blocks of the source in memory: { u64 from, u32 address, u32 bytes }. A zip needs 15 at most; past the table's end
// a block is only forgotten, never wrong.
const BLOCKS: u32 = 24;
const blocks: usize = memory.data(24 * 16, 8);
const nothing: usize = memory.data(8, 8);
let blockCount: u32 = 0;

let size: u64 = 0;
let from: u64 = 0;
let to: u64 = 0;
let fedSize: u64 = 0;
let method: u32 = RAW;
let at: usize = 0;
let asked: bool = false;

export function beginRanges(sourceSize: u64): void {
  size = sourceSize;
  blockCount = 0;
  asked = false;
  at = 0;
}

export function sourceSize(): u64 {
  return size;
}

/** Where bytes n from `start` on stand in memory, or 0 where they do not, wholly. */
export function held(start: u64, n: u64): usize {
  if (n == 0) return nothing;
  for (let i: u32 = 0; i < blockCount; i++) {
    const row = blocks + (<usize>i << 4);
    const first = load<u64>(row);
    const length = <u64>load<u32>(row, 12);
    if (start >= first && n <= length && start - first <= length - n) {
      return <usize>load<u32>(row, 8) + <usize>(start - first);
    }
  }
  return 0;
}

/** Lets go of a block that begins at byte `start` of the source, if there is one. Nothing may point into it. */
export function forget(start: u64): void {
  for (let i: u32 = 0; i < blockCount; i++) {
    const row = blocks + (<usize>i << 4);
    if (load<u64>(row) != start) continue;
    giveBack(<usize>load<u32>(row, 8), <usize>load<u32>(row, 12));
    blockCount--;
    memory.copy(row, blocks + (<usize>blockCount << 4), 16);
    return;
  }
}

/** As `forget`, but what points into the block stays good: only the source's bytes are not found there any more. */
export function unlist(start: u64): void {
  for (let i: u32 = 0; i < blockCount; i++) {
    const row = blocks + (<usize>i << 4);
    if (load<u64>(row) != start) continue;
    blockCount--;
    memory.copy(row, blocks + (<usize>blockCount << 4), 16);
    return;
  }
}

/** Asks for a range of the source, which lies inside it. NEED, or FAULT where memory is spent. */
export function want(start: u64, end: u64): i32 {
  return ask(start, end, end - start, RAW);
}

/** Asks for a range that is raw deflate, inflated to `inflated` bytes. They stand at `inflatedAt` afterwards. */
export function wantInflated(start: u64, end: u64, inflated: u64): i32 {
  return ask(start, end, inflated, DEFLATE);
}

function ask(start: u64, end: u64, bytes: u64, how: u32): i32 {
  from = start;
  to = end;
  fedSize = bytes;
  method = how;
  at = bytes <= 0xffffffff ? claim(<usize>bytes) : 0;
  if (at == 0) return memorySpent(start, bytes);
  asked = true;
  return NEED;
}

/** Is the host still to feed something? */
export function waiting(): bool {
  return asked;
}

/** The block that was fed last. */
export function inflatedAt(): usize {
  return at;
}

// The host's side, as assembly/README.md documents it.

export function needFrom(): u64 {
  return from;
}

export function needTo(): u64 {
  return to;
}

export function needSize(): u64 {
  return fedSize;
}

export function needMethod(): u32 {
  return method;
}

export function feed(): usize {
  return asked ? at : 0;
}

export function fed(bytes: u32): void {
  if (!asked) {
    fault(F_ORDER, 0);
    return;
  }
  if (<u64>bytes != fedSize) {
    fault(F_FED, from, fedSize, <u64>bytes);
    return;
  }
  asked = false;
  if (method != RAW || blockCount >= BLOCKS) return;
  const row = blocks + (<usize>blockCount << 4);
  store<u64>(row, from);
  store<u32>(row, <u32>at, 8);
  store<u32>(row, bytes, 12);
  blockCount++;
}
