// The steps of an object, in the order of CPython's save_reduce whatever order a file had them in:
//
//   callable   arguments   REDUCE (class   arguments   NEWOBJ)   place in the memo   items   pairs   state   BUILD
//
// Keyword arguments have no opcode before protocol 4; encode_keywords.ts writes what stands in for the callable then.
import {
  C_OBJECTS, O_ARGS, O_CALLABLE, O_FIRST, O_KWARGS, O_VIA, O_WORDS,
} from "../shared/columns";
import { K_TUPLE, SEG_HEAD, SEG_STATE, VIA_NEWOBJ, VIA_NEWOBJ_EX } from "../shared/kinds";
import { BUILD, EMPTY_TUPLE, NEWOBJ, REDUCE } from "../shared/opcodes";
import { DONE, FAULT, NONE } from "../shared/status";
import { columnAt, columnCount } from "../base/columns";
import { aOf, edge, kindOf, nodeCount } from "../base/graph";
import { rememberMade, unwritable } from "./encode_memo";
import { ITEMS, ITERATED, PAIRS, pushBatches } from "./encode_open";
import { noMemory, put8, SLACK, want } from "./encode_out";
import { save } from "./encode_save";
import {
  countObject, objectFirstState, objectItems, objectPairs, objectStates,
} from "./encode_segments";
import { IN_KEYWORDS, INDEX, LEFT, NODE, PHASE, pop, push, SEGMENT } from "./encode_stack";

const CALLABLE: u32 = 0;
const ARGUMENTS: u32 = 1;
const CALL: u32 = 2;
const DICT_ITEMS: u32 = 3;
const STATES: u32 = 4;
const BUILT: u32 = 5;

/** A word of an object's row. */
function word(row: u32, o: u32): u32 {
  return load<u32>(columnAt(C_OBJECTS) + <usize>(row * O_WORDS + o) * 4);
}

export function stepObject(f: usize): i32 {
  const n = load<u32>(f, NODE);
  const row = aOf(n);
  if (row >= columnCount(C_OBJECTS)) return unwritable(n);
  if (!want(SLACK)) return noMemory(SLACK);
  switch (load<u32>(f, PHASE)) {
    case CALLABLE:
      store<u32>(f, ARGUMENTS, PHASE);
      return stepCallable(n, row);
    case ARGUMENTS:
      store<u32>(f, CALL, PHASE);
      if (word(row, O_VIA) == VIA_NEWOBJ_EX) {
        put8(EMPTY_TUPLE);
        return DONE;
      }
      return saved(save(word(row, O_ARGS)));
    case CALL:
      return stepCall(f, n, row);
    case DICT_ITEMS:
      store<u32>(f, STATES, PHASE);
      return stepPairs(n, row);
    case STATES:
      return stepState(f, n, row);
    default:
      put8(BUILD);
      store<u32>(f, STATES, PHASE);
      return DONE;
  }
}

/** What a step answers for what `save` did. */
function saved(s: i32): i32 {
  return s == FAULT ? FAULT : DONE;
}

function stepCallable(n: u32, row: u32): i32 {
  const args = word(row, O_ARGS);
  if (args >= nodeCount() || kindOf(args) != K_TUPLE) return unwritable(args);
  if (word(row, O_VIA) == VIA_NEWOBJ_EX) return saved(push(IN_KEYWORDS, n));
  if (word(row, O_KWARGS) != NONE) return unwritable(n);
  return saved(save(word(row, O_CALLABLE)));
}

function stepCall(f: usize, n: u32, row: u32): i32 {
  if (!countObject(word(row, O_FIRST)) || (objectPairs() & 1) != 0) return unwritable(n);
  put8(word(row, O_VIA) == VIA_NEWOBJ ? NEWOBJ : REDUCE);
  if (!rememberMade(n)) {
    pop();
    return DONE;
  }
  store<u32>(f, DICT_ITEMS, PHASE);
  store<u32>(f, objectFirstState(), SEGMENT);
  store<u32>(f, objectStates(), LEFT);
  const items = objectItems();
  return items == 0 ? DONE : saved(pushBatches(n, word(row, O_FIRST), items, ITEMS | ITERATED));
}

function stepPairs(n: u32, row: u32): i32 {
  if (!countObject(word(row, O_FIRST))) return unwritable(n);
  const pairs = objectPairs();
  return pairs == 0 ? DONE : saved(pushBatches(n, word(row, O_FIRST), pairs, PAIRS | ITERATED));
}

function stepState(f: usize, n: u32, row: u32): i32 {
  const left = load<u32>(f, LEFT);
  if (left == 0) {
    pop();
    return DONE;
  }
  store<u32>(f, left - 1, LEFT);
  store<u32>(f, BUILT, PHASE);
  let s = load<u32>(f, SEGMENT);
  let i = load<u32>(f, INDEX);
  while (edge(s) != SEG_STATE || i >= edge(s + 1)) {
    s = edge(s + 2);
    i = 0;
    store<u32>(f, s, SEGMENT);
  }
  store<u32>(f, i + 1, INDEX);
  return saved(save(edge(s + SEG_HEAD + i)));
}
