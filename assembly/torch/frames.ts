// The stack of the walk in listing.ts: one frame for each container that the walk is inside of, flat in memory, so that
// depth costs 56 bytes a level and never a call.
import { claim, grown } from "../base/arena";

// Words of a frame.
export const W_WHAT = 0; // SEG_*: what the edges are; or PAIR_LIST
export const W_EDGE = 1; // next edge
export const W_LEFT = 2; // edges left in this segment
export const W_SEGMENT = 3; // next segment, 0: none
export const W_INDEX = 4; // of the next item
export const W_ITEM_STEP = 5; // STEP_* to an item
export const W_PAIR_STEP = 6; // STEP_* to the value of a pair
export const W_STEP = 7; // STEP_* by which the container was reached, or STEP_SAME
export const W_OPERAND = 8;
export const W_PATH = 9; // its row of PATHS, NONE: not made yet
export const W_NAME = 10; // address of its name with a dot behind, 0: not composed yet
export const W_NAME_LENGTH = 11;
export const W_OBJECT = 12; // 1: the segments say what their edges are
export const W_KEY = 13; // the key whose value comes next, + 1; 0: a key comes next
export const FRAME: usize = 56;

/** The frame is a part of the container below it, and at the same place: arguments of an object, say. */
export const STEP_SAME: u32 = 0xff;
/** Items that are pairs: the one argument of Python 2's OrderedDict. */
export const PAIR_LIST: u32 = 5;

let frames: usize = 0;
let top: usize = 0; // behind the last frame
let end: usize = 0;

/** Empties the stack. False: no memory. */
export function beginFrames(): bool {
  if (frames == 0) {
    frames = claim(FRAME * 256);
    if (frames == 0) return false;
    end = frames + FRAME * 256;
  }
  top = frames;
  return true;
}

/** Address of the last frame, or 0 where there is none. */
export function lastFrame(): usize {
  return top == frames ? 0 : top - FRAME;
}

export function firstFrame(): usize {
  return frames;
}

/** A zeroed frame on top: its address, or 0 where memory is spent. Frames may have moved. */
export function pushFrame(): usize {
  if (top == end) {
    const size = end - frames;
    const to = grown(frames, size, size << 1);
    if (to == 0) return 0;
    frames = to;
    top = to + size;
    end = to + (size << 1);
  }
  const at = top;
  memory.fill(at, 0, FRAME);
  top += FRAME;
  return at;
}

export function popFrame(): void {
  top -= FRAME;
}
