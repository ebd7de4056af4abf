// The pickle machine's stack of nodes, and its stack of marks. As in CPython, the newest mark is a fence: opcodes do not
// reach below it, and one that would is an underflow.
//
//   floor ………… fence ………… top ………… ceiling      addresses; u32 nodes from floor to top
//
// Both stacks are flat memory and grow: depth costs four bytes, never a call.
import { claim, grown } from "../base/arena";

const FIRST: usize = 65536;

let floor: usize = 0;
let fence: usize = 0;
let top: usize = 0;
let ceiling: usize = 0;
let marks: usize = 0; // u32 heights
let marksTop: usize = 0;
let marksEnd: usize = 0;

/** Empties both stacks. False: no memory. */
export function beginStack(): bool {
  if (floor == 0) {
    floor = claim(FIRST);
    marks = claim(FIRST);
    if (floor == 0 || marks == 0) return false;
    ceiling = floor + FIRST;
    marksEnd = marks + FIRST;
  }
  top = floor;
  fence = floor;
  marksTop = marks;
  return true;
}

export function stackTop(): usize {
  return top;
}

export function setStackTop(to: usize): void {
  top = to;
}

export function stackFence(): usize {
  return fence;
}

export function stackCeiling(): usize {
  return ceiling;
}

/** Are there n nodes above the fence? */
export function holds(n: usize): bool {
  return top - fence >= n << 2;
}

/** The node that lies n below the top: 0 is the top itself. The caller has asked `holds`. */
export function peek(n: usize): u32 {
  return load<u32>(top - 4 - (n << 2));
}

/** Replaces the top. */
export function replaceTop(node: u32): void {
  store<u32>(top - 4, node);
}

export function drop(n: usize): void {
  top -= n << 2;
}

export function pop(): u32 {
  top -= 4;
  return load<u32>(top);
}

/** False: no memory. */
export function push(node: u32): bool {
  if (top == ceiling && !grow()) return false;
  store<u32>(top, node);
  top += 4;
  return true;
}

function grow(): bool {
  const size = ceiling - floor;
  const to = grown(floor, size, size << 1);
  if (to == 0) return false;
  top = to + (top - floor);
  fence = to + (fence - floor);
  floor = to;
  ceiling = to + (size << 1);
  return true;
}

/** MARK. False: no memory. */
export function pushMark(): bool {
  if (marksTop == marksEnd) {
    const size = marksEnd - marks;
    const to = grown(marks, size, size << 1);
    if (to == 0) return false;
    marks = to;
    marksTop = to + size;
    marksEnd = to + (size << 1);
  }
  store<u32>(marksTop, <u32>(top - floor));
  marksTop += 4;
  fence = top;
  return true;
}

/** Takes the newest mark away: the address of the first node above it, or 0 where there is no mark. */
export function popMark(): usize {
  if (marksTop == marks) return 0;
  const from = fence;
  marksTop -= 4;
  fence = marksTop == marks ? floor : floor + <usize>load<u32>(marksTop - 4);
  return from;
}

/** POP takes the mark when that is what lies on top. */
export function markOnTop(): bool {
  return marksTop != marks && top == fence;
}
