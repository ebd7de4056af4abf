// The segments of a container, checked as they are met: the host may have written them. Segments only ever point
// forward, so no chain is endless.
import { SEG_HEAD, SEG_ITEMS, SEG_PAIRS, SEG_STATE } from "../shared/kinds";
import { edge, edgeCount } from "../base/graph";

let items: u32 = 0;
let pairs: u32 = 0;
let states: u32 = 0;
let firstState: u32 = 0;

/** Is there a whole segment at s? */
export function segmentAt(s: u32): bool {
  const end = edgeCount();
  if (s == 0 || s > end || end - s < <u32>SEG_HEAD) return false;
  const next = edge(s + 2);
  return edge(s + 1) <= end - s - SEG_HEAD && (next == 0 || next > s);
}

/** Edges of the segments of one kind from s on. -1 where there is a segment of another kind, or none at all. */
export function countEdges(s: u32, what: u32): i64 {
  let n: u64 = 0;
  while (s != 0) {
    if (!segmentAt(s) || edge(s) != what) return -1;
    n += <u64>edge(s + 1);
    s = edge(s + 2);
  }
  return n > 0x7fffffff ? -1 : <i64>n;
}

/** Counts an object's segments. False where one does not belong to an object. */
export function countObject(s: u32): bool {
  items = 0;
  pairs = 0;
  states = 0;
  firstState = 0;
  while (s != 0) {
    if (!segmentAt(s)) return false;
    const what = edge(s);
    const n = edge(s + 1);
    if (what == SEG_ITEMS) items += n;
    else if (what == SEG_PAIRS) pairs += n;
    else if (what == SEG_STATE) {
      if (states == 0) firstState = s;
      states += n;
    } else return false;
    if (items > 0x7fffffff || pairs > 0x7fffffff || states > 0x7fffffff || n > 0x7fffffff) return false;
    s = edge(s + 2);
  }
  return true;
}

// What `countObject` counted.

export function objectItems(): u32 {
  return items;
}

export function objectPairs(): u32 {
  return pairs;
}

export function objectStates(): u32 {
  return states;
}

/** The first segment that holds a state. */
export function objectFirstState(): u32 {
  return firstState;
}
