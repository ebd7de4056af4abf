// Where a container begins: what CPython writes before its contents. Each answers DONE when that was all, PUSHED when a
// frame now holds the rest.
import {
  K_BYTEARRAY, K_BYTES, K_DICT, K_FROZENSET, K_GLOBAL, K_LIST, K_OBJECT, K_SET, K_STORAGE, K_TENSOR, K_TUPLE, SEG_ITEMS,
  SEG_MEMBERS, SEG_PAIRS,
} from "../shared/kinds";
import { C_GLOBALS } from "../shared/columns";
import { EMPTY_DICT, EMPTY_LIST, EMPTY_TUPLE, MARK } from "../shared/opcodes";
import { DONE, FAULT } from "../shared/status";
import { columnCount } from "../base/columns";
import { aOf, bOf, edgeCount } from "../base/graph";
import { saveStorage } from "../torch/persistent_id";
import { saveTensor } from "../torch/reduce";
import { saveBytes } from "./encode_bytes";
import { PY_FROZENSET, PY_SET, putKnown, saveGlobal } from "./encode_global";
import { begin, remember, unwritable } from "./encode_memo";
import { put8, putMade } from "./encode_out";
import { globalOf } from "./encode_rows";
import { countEdges } from "./encode_segments";
import {
  FLAGS, frame, IN_BATCHES, IN_OBJECT, IN_SET, IN_TUPLE, INDEX, LEFT, push, PUSHED, SEGMENT,
} from "./encode_stack";

/** Frames of IN_BATCHES: every edge counts for itself, or two are one pair. */
export const ITEMS: u32 = SEG_ITEMS;
export const PAIRS: u32 = SEG_PAIRS;
export const MEMBERS: u32 = SEG_MEMBERS;
/** The kinds above, in the low bits of a frame's flags. */
export const WHAT: u32 = 15;
/** A dict subclass or a list subclass: CPython walks an iterator there, and batches otherwise. */
export const ITERATED: u32 = 16;
/** One item without MARK. */
export const SINGLE: u32 = 32;
/** The edges stand in a row, without segments. */
export const BARE: u32 = 64;

/** A node that the memo does not know, of a kind with contents. */
export function open(n: u32, kind: u32): i32 {
  switch (kind) {
    case K_TUPLE:
      return openTuple(n);
    case K_LIST:
      return openList(n);
    case K_DICT:
      return openDict(n);
    case K_TENSOR:
      return saveTensor(n);
    case K_OBJECT:
      return begin(n) == FAULT ? FAULT : push(IN_OBJECT, n);
    case K_STORAGE:
      return saveStorage(aOf(n), n);
    case K_GLOBAL:
      return openGlobal(n);
    case K_SET:
    case K_FROZENSET:
      return openSet(n, kind == K_FROZENSET);
    case K_BYTES:
    case K_BYTEARRAY:
      return saveBytes(n);
  }
  return unwritable(n);
}

function openGlobal(n: u32): i32 {
  const row = aOf(n);
  if (row >= columnCount(C_GLOBALS)) return unwritable(n);
  const global = globalOf(row);
  return global < 0 ? FAULT : saveGlobal(<u32>global, n);
}

function openTuple(n: u32): i32 {
  const count = bOf(n);
  if (count == 0) {
    put8(EMPTY_TUPLE);
    return DONE;
  }
  if (count > edgeCount() || aOf(n) > edgeCount() - count) return unwritable(n);
  if (begin(n) == FAULT) return FAULT;
  if (count > 3) put8(MARK);
  return push(IN_TUPLE, n);
}

function openList(n: u32): i32 {
  put8(EMPTY_LIST);
  remember(n);
  return openBatches(n, aOf(n), ITEMS);
}

function openDict(n: u32): i32 {
  put8(EMPTY_DICT);
  remember(n);
  return openBatches(n, aOf(n), PAIRS);
}

/** Contents of an exact list, dict or set. A single one goes without MARK. */
export function openBatches(n: u32, segment: u32, what: u32): i32 {
  const left = countEdges(segment, what);
  if (left < 0 || (what == PAIRS && (left & 1) != 0)) return unwritable(n);
  if (left == 0) return DONE;
  const unit: i64 = what == PAIRS ? 2 : 1;
  return pushBatches(n, segment, <u32>left, left == unit ? what | SINGLE : what);
}

/** A frame for `left` edges from a segment on. */
export function pushBatches(n: u32, segment: u32, left: u32, flags: u32): i32 {
  if (push(IN_BATCHES, n) == FAULT) return FAULT;
  const f = frame();
  store<u32>(f, segment, SEGMENT);
  store<u32>(f, left, LEFT);
  store<u32>(f, flags, FLAGS);
  return PUSHED;
}

/** A set is a call of its class with a new list of its members. */
function openSet(n: u32, frozen: bool): i32 {
  if (begin(n) == FAULT) return FAULT;
  putKnown(frozen ? PY_FROZENSET : PY_SET);
  putMade(EMPTY_LIST);
  if (push(IN_SET, n) == FAULT) return FAULT;
  if (!frozen) return openBatches(n, aOf(n), MEMBERS) == FAULT ? FAULT : PUSHED;
  const count = bOf(n);
  if (count == 0) return PUSHED;
  if (count > edgeCount() || aOf(n) > edgeCount() - count) return unwritable(n);
  if (pushBatches(n, 0, count, count == 1 ? MEMBERS | SINGLE | BARE : MEMBERS | BARE) == FAULT) return FAULT;
  store<u32>(frame(), aOf(n), INDEX);
  return PUSHED;
}
