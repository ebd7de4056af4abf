// The memo: which node stands where. One u32 a node, of three meanings:
//
//   0                      not met
//   i + 1                  stored in the memo at i
//   0x80000000 | progress  a tuple, object or tensor begun, not finished; how many nodes were stored when it began
//
// Tuples and objects reach the memo after their contents, so one that contains itself begins again inside itself. That
// ends well exactly when something new was stored on the way round; where nothing was, it would never end.
import { F_GRAPH } from "../shared/faults";
import { POP } from "../shared/opcodes";
import { DONE } from "../shared/status";
import { claim, giveBack } from "../base/arena";
import { faultWith } from "../base/fault";
import { kindOf, nodeCount } from "../base/graph";
import { getMemo, outSoFar, put8, putMemo } from "./encode_out";

const BEGUN: u32 = 0x80000000;

let memo: usize = 0;
let memoBytes: usize = 0;
let progress: u32 = 0;

/** Forgets everything; room for every node of the graph. False: no memory. */
export function beginMemo(): bool {
  endMemo();
  memoBytes = <usize>nodeCount() << 2;
  memo = claim(memoBytes);
  if (memo == 0) return false;
  memory.fill(memo, 0, memoBytes);
  progress = 0;
  return true;
}

/** Gives the memory back. */
export function endMemo(): void {
  giveBack(memo, memoBytes);
  memo = 0;
}

/** The node's place plus one, or 0 where it is not in the memo. */
export function placeOf(n: u32): u32 {
  const m = load<u32>(memo + (<usize>n << 2));
  return m < BEGUN ? m : 0;
}

/** Something was stored that cannot be stored twice. */
export function progressed(): void {
  progress += 1;
}

/** Stores the node that was just written. */
export function remember(n: u32): void {
  store<u32>(memo + (<usize>n << 2), putMemo());
  progress += 1;
}

/** Notes that a node's contents come before itself. FAULT where they would never end. */
export function begin(n: u32): i32 {
  const row = memo + (<usize>n << 2);
  if (load<u32>(row) == (BEGUN | progress)) return unwritable(n);
  store<u32>(row, BEGUN | progress);
  return DONE;
}

/** A node that no pickle of Python can hold. */
export function unwritable(n: u32): i32 {
  return faultWith(F_GRAPH, <u64>outSoFar(), <u64>n, n < nodeCount() ? <u64>kindOf(n) : <u64>0xffffffff);
}

/**
 * Stores the object that REDUCE or NEWOBJ just made. False where its own contents have made it already: then the new
 * one is thrown away, and nothing more is to be done to it.
 */
export function rememberMade(n: u32): bool {
  const place = placeOf(n);
  if (place == 0) {
    remember(n);
    return true;
  }
  put8(POP);
  getMemo(place);
  return false;
}
