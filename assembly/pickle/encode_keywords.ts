// A class called with keyword arguments, below protocol 4. CPython writes a functools.partial that holds them all, and
// calls it with nothing:
//
//   GLOBAL functools partial   ( f )   REDUCE   ( f   (class, *arguments)   {keywords}   None )   BUILD   ()   REDUCE
//
// where f is class.__new__, written as any name inside a class is. The last two opcodes are encode_object.ts's.
import {
  C_GLOBALS, C_OBJECTS, G_MODULE, G_MODULE_LENGTH, G_NAME, G_NAME_LENGTH, G_WORDS, O_ARGS, O_CALLABLE, O_KWARGS,
  O_WORDS,
} from "../shared/columns";
import { K_DICT, K_GLOBAL } from "../shared/kinds";
import { BUILD, EMPTY_DICT, MARK, NONE, REDUCE } from "../shared/opcodes";
import { DONE, FAULT, NONE as NO_NODE } from "../shared/status";
import { claim, giveBack } from "../base/arena";
import { columnAt, columnCount } from "../base/columns";
import { aOf, bOf, edge, edgeCount, kindOf, nodeCount } from "../base/graph";
import { putTuple } from "./encode_atoms";
import { weary } from "./encode_budget";
import { globalRows, internGlobal, PARTIAL, putKnown, saveGlobal } from "./encode_global";
import { unwritable } from "./encode_memo";
import { openBatches, PAIRS } from "./encode_open";
import { noMemory, put8, putMade, SLACK, want } from "./encode_out";
import { rowTextBase } from "./encode_rows";
import { save } from "./encode_save";
import { INDEX, LEFT, NODE, PHASE, pop } from "./encode_stack";

const FUNCTION: u32 = 0;
const ARGUMENTS: u32 = 1;
const KEYWORDS: u32 = 2;

// ".__new__"
const suffix: usize = memory.data<u8>([46, 95, 95, 110, 101, 119, 95, 95]);
const SUFFIX: u32 = 8;

/** A word of the row of object n. */
function word(n: u32, o: u32): u32 {
  return load<u32>(columnAt(C_OBJECTS) + <usize>(aOf(n) * O_WORDS + o) * 4);
}

/** The frame stands above that of the object, which has checked its row and that its arguments are a tuple. */
export function stepKeywords(f: usize): i32 {
  const n = load<u32>(f, NODE);
  if (!want(SLACK)) return noMemory(SLACK);
  switch (load<u32>(f, PHASE)) {
    case FUNCTION:
      return stepFunction(f, n);
    case ARGUMENTS:
      return stepArguments(f, word(n, O_ARGS));
    case KEYWORDS:
      store<u32>(f, KEYWORDS + 1, PHASE);
      putMade(EMPTY_DICT);
      return openKeywords(n);
    default:
      put8(NONE);
      putTuple(4);
      put8(BUILD);
      pop();
      return DONE;
  }
}

/** The partial with nothing but f in it, then its state as far as the arguments: MARK, f, the class. */
function stepFunction(f: usize, n: u32): i32 {
  const cls = word(n, O_CALLABLE);
  if (cls >= nodeCount() || kindOf(cls) != K_GLOBAL || aOf(cls) >= columnCount(C_GLOBALS)) return unwritable(n);
  const row = newOf(aOf(cls));
  if (row == 0xffffffff) return noMemory(bOf(cls));
  putKnown(PARTIAL);
  if (saveGlobal(row, cls) == FAULT) return FAULT;
  putTuple(1);
  putMade(REDUCE);
  put8(MARK);
  if (saveGlobal(row, cls) == FAULT) return FAULT;
  const args = word(n, O_ARGS);
  const count = bOf(args);
  if (count > edgeCount() || aOf(args) > edgeCount() - count) return unwritable(args);
  if (count >= 3) put8(MARK);
  store<u32>(f, ARGUMENTS, PHASE);
  store<u32>(f, count, LEFT);
  return save(cls) == FAULT ? FAULT : DONE;
}

/** The name of `__new__` inside a class, as a row of the encoder's table. */
function newOf(row: u32): u32 {
  const at = columnAt(C_GLOBALS) + <usize>row * (G_WORDS * 4);
  const length = load<u32>(at, G_NAME_LENGTH * 4);
  const name = claim(<usize>length + SUFFIX);
  if (name == 0) return 0xffffffff;
  memory.copy(name, rowTextBase() + <usize>load<u32>(at, G_NAME * 4), <usize>length);
  memory.copy(name + <usize>length, suffix, SUFFIX);
  const before = globalRows();
  const module = rowTextBase() + <usize>load<u32>(at, G_MODULE * 4);
  const found = internGlobal(module, load<u32>(at, G_MODULE_LENGTH * 4), name, length + SUFFIX);
  if (globalRows() == before) giveBack(name, <usize>length + SUFFIX);
  return found;
}

function stepArguments(f: usize, args: u32): i32 {
  const count = bOf(args);
  let i = load<u32>(f, INDEX);
  while (i < count) {
    store<u32>(f, ++i, INDEX);
    const s = save(edge(aOf(args) + i - 1));
    if (s != DONE) return s == FAULT ? FAULT : DONE;
    if (weary()) return DONE;
  }
  if (!want(SLACK)) return noMemory(SLACK);
  putTuple(count + 1);
  store<u32>(f, KEYWORDS, PHASE);
  return DONE;
}

/** The keywords: a new dict, with the contents of the node's. */
function openKeywords(n: u32): i32 {
  const kwargs = word(n, O_KWARGS);
  if (kwargs == NO_NODE) return DONE;
  if (kwargs >= nodeCount() || kindOf(kwargs) != K_DICT) return unwritable(n);
  return openBatches(kwargs, aOf(kwargs), PAIRS) == FAULT ? FAULT : DONE;
}
