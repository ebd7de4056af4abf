// The steps of tuples, lists, dicts and sets. A step writes values until one needs a frame of its own, the budget is
// spent, or the container is closed; batches are those of CPython's C pickler (reference 3.2):
//
//   exact list    1: item APPEND           else: MARK up to 1000 items APPENDS, until there are none
//   exact dict    1: pair SETITEM          else: as long as a batch was full, another, even an empty one
//   iterated      a batch of one: item APPEND or pair SETITEM, without MARK, also behind full batches
import { APPEND, APPENDS, MARK, POP, POP_MARK, REDUCE, SETITEM, SETITEMS, TUPLE, TUPLE1 } from "../shared/opcodes";
import { SEG_HEAD } from "../shared/kinds";
import { DONE, FAULT } from "../shared/status";
import { aOf, bOf, edge } from "../base/graph";
import { putTuple } from "./encode_atoms";
import { weary } from "./encode_budget";
import { placeOf, remember, rememberMade } from "./encode_memo";
import { BARE, ITERATED, PAIRS, SINGLE, WHAT } from "./encode_open";
import { getMemo, noMemory, put8, SLACK, want } from "./encode_out";
import { save } from "./encode_save";
import { BATCH, FLAGS, INDEX, LEFT, NODE, PHASE, pop, SEGMENT } from "./encode_stack";

const BATCH_SIZE: u32 = 1000;

/** The items of a tuple, then its opcode, unless it has come into being inside itself. */
export function stepTuple(f: usize): i32 {
  const n = load<u32>(f, NODE);
  const first = aOf(n);
  const count = bOf(n);
  let i = load<u32>(f, INDEX);
  while (i < count) {
    store<u32>(f, i + 1, INDEX);
    const s = save(edge(first + i));
    if (s != DONE) return s == FAULT ? FAULT : DONE;
    i += 1;
    if (weary()) return DONE;
  }
  if (!want(SLACK)) return noMemory(SLACK);
  const place = placeOf(n);
  if (place != 0) {
    if (count > 3) put8(POP_MARK);
    else for (let k: u32 = 0; k < count; k++) put8(POP);
    getMemo(place);
  } else {
    put8(count > 3 ? TUPLE : TUPLE1 + count - 1);
    remember(n);
  }
  pop();
  return DONE;
}

// Phases of a frame of batches.
const START: u32 = 0; // before a batch
const WITHIN: u32 = 1; // the next edge is to be written
const AFTER: u32 = 2; // the last edge taken has been written

/** Items, pairs or members. */
export function stepBatches(f: usize): i32 {
  const flags = load<u32>(f, FLAGS);
  const pairs = (flags & WHAT) == PAIRS;
  while (true) {
    const phase = load<u32>(f, PHASE);
    if (phase == START) {
      if (!want(SLACK)) return noMemory(SLACK);
      if (!startBatch(f, flags, pairs)) {
        pop();
        return DONE;
      }
    } else if (phase == AFTER) {
      if (!want(SLACK)) return noMemory(SLACK);
      if (endUnit(f, pairs)) {
        pop();
        return DONE;
      }
      if (weary()) return DONE;
    } else {
      const n = takeEdge(f);
      const s = save(n);
      if (s != DONE) return s == FAULT ? FAULT : DONE;
    }
  }
}

/** Writes what comes before a batch. False where there is no batch. */
function startBatch(f: usize, flags: u32, pairs: bool): bool {
  const left = load<u32>(f, LEFT);
  if ((flags & ITERATED) != 0) {
    if (left == 0) return false;
    if (left == (pairs ? 2 : 1)) store<u32>(f, flags | SINGLE, FLAGS);
  }
  if ((load<u32>(f, FLAGS) & SINGLE) == 0) put8(MARK);
  if (left == 0) {
    put8(SETITEMS); // an exact dict whose last batch was full
    return false;
  }
  store<u32>(f, WITHIN, PHASE);
  return true;
}

/** Closes what is complete behind the edge just written. True where that was all. */
function endUnit(f: usize, pairs: bool): bool {
  const left = load<u32>(f, LEFT);
  const flags = load<u32>(f, FLAGS);
  store<u32>(f, WITHIN, PHASE);
  if (pairs && (left & 1) != 0) return false;
  if ((flags & SINGLE) != 0) {
    put8(pairs ? SETITEM : APPEND);
    return true;
  }
  const batch = load<u32>(f, BATCH) + 1;
  store<u32>(f, batch, BATCH);
  if (batch < BATCH_SIZE && left != 0) return false;
  put8(pairs ? SETITEMS : APPENDS);
  store<u32>(f, 0, BATCH);
  store<u32>(f, START, PHASE);
  return left == 0 && (batch < BATCH_SIZE || !pairs || (flags & ITERATED) != 0);
}

/** The next edge of the frame's kind: there is one, since LEFT counted them. */
function takeEdge(f: usize): u32 {
  const flags = load<u32>(f, FLAGS);
  store<u32>(f, load<u32>(f, LEFT) - 1, LEFT);
  store<u32>(f, AFTER, PHASE);
  const i = load<u32>(f, INDEX);
  if ((flags & BARE) != 0) {
    store<u32>(f, i + 1, INDEX);
    return edge(i);
  }
  let s = load<u32>(f, SEGMENT);
  let k = i;
  while (edge(s) != (flags & WHAT) || k >= edge(s + 1)) {
    s = edge(s + 2);
    k = 0;
    store<u32>(f, s, SEGMENT);
  }
  store<u32>(f, k + 1, INDEX);
  return edge(s + SEG_HEAD + k);
}

/** The members' list is written: call the class. */
export function stepSet(f: usize): i32 {
  if (!want(SLACK)) return noMemory(SLACK);
  putTuple(1);
  put8(REDUCE);
  rememberMade(load<u32>(f, NODE));
  pop();
  return DONE;
}
