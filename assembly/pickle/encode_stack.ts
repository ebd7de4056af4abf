// The encoder's own stack: one frame for each container that is being written, so that nesting costs memory and no
// recursion. A push may move the block: a frame's address is good until then.
//
//   u32 what    u32 node    u32 phase    u32 segment    u32 index    u32 left    u32 batch    u32 flags
import { MORE } from "../shared/status";
import { claim, grown } from "../base/arena";
import { memorySpent } from "../base/fault";
import { outSoFar } from "./encode_out";

export const IN_TUPLE: u32 = 0;
export const IN_BATCHES: u32 = 1;
export const IN_SET: u32 = 2;
export const IN_OBJECT: u32 = 3;
export const IN_TENSOR: u32 = 4;
export const IN_KEYWORDS: u32 = 5;

// Offsets in a frame.
export const NODE: usize = 4;
export const PHASE: usize = 8;
export const SEGMENT: usize = 12;
export const INDEX: usize = 16;
export const LEFT: usize = 20;
export const BATCH: usize = 24;
export const FLAGS: usize = 28;
const FRAME: usize = 32;

/** What `save` answers when the node needs a frame: its steps write it. */
export const PUSHED: i32 = MORE;

let bottom: usize = 0;
let top: usize = 0; // the newest frame; bottom - FRAME where there is none
let limit: usize = 0; // one past the block

/** Empties the stack. False: no memory. */
export function beginStack(): bool {
  if (bottom == 0) {
    bottom = claim(256 * FRAME);
    if (bottom == 0) return false;
    limit = bottom + 256 * FRAME;
  }
  top = bottom - FRAME;
  return true;
}

export function stackEmpty(): bool {
  return top < bottom;
}

/** Address of the newest frame. */
export function frame(): usize {
  return top;
}

export function pop(): void {
  top -= FRAME;
}

/** A new frame, all zero behind `what` and `node`: PUSHED or FAULT. */
export function push(what: u32, node: u32): i32 {
  if (limit - top < 2 * FRAME && !widen()) return memorySpent(<u64>outSoFar(), <u64>(limit - bottom));
  top += FRAME;
  store<u32>(top, what);
  store<u32>(top, node, NODE);
  store<u64>(top, 0, PHASE);
  store<u64>(top, 0, INDEX);
  store<u64>(top, 0, BATCH);
  return PUSHED;
}

function widen(): bool {
  const old = limit - bottom;
  const used = top + FRAME - bottom;
  const to = grown(bottom, used, old << 1);
  if (to == 0) return false;
  bottom = to;
  limit = to + (old << 1);
  top = to + used - FRAME;
  return true;
}
