// Opcodes that gather values from the stack: marks, tuples, lists, dicts and sets, and what adds to them. Each addition
// becomes a segment of edges behind the target (shared/kinds.ts draws it); a target that is not of the right kind is a
// fault, never a silent loss. reference/torch-serialization.md §3.2.
import { columnAt } from "../base/columns";
import { addSegment, aOf, bOf, copyEdges, kindOf, newEdges, node, setA, setB } from "../base/graph";
import { C_EDGES, C_OBJECTS, O_CALLABLE, O_FIRST, O_LAST, O_WORDS } from "../shared/columns";
import {
  F_PICKLE_MARK, F_PICKLE_ODD, F_PICKLE_TARGET, F_UNSAFE_BUILD, F_UNSAFE_TARGET,
} from "../shared/faults";
import {
  K_DICT, K_FROZENSET, K_GLOBAL, K_LIST, K_OBJECT, K_SET, K_TUPLE, N_UNIT, SEG_ITEMS, SEG_MEMBERS, SEG_PAIRS,
  SEG_STATE,
} from "../shared/kinds";
import { COUNTER, ORDERED_DICT } from "../shared/known";
import {
  APPEND, APPENDS, BUILD, DICT, DUP, FROZENSET, LIST, MARK, POP, POP_MARK, SETITEM, SETITEMS, TUPLE, TUPLE1,
  TUPLE2,
} from "../shared/opcodes";
import { MORE, NONE } from "../shared/status";
import { buildTensor, takesTensorState } from "../torch/build";
import { isInstanceOf, isListedFunction } from "../torch/globals";
import { pushNew } from "./decode_values";
import { outOfMemory, place, refuse, refuseWith, restricted, underflow } from "./place";
import { drop, holds, markOnTop, peek, popMark, pushMark, setStackTop, stackTop } from "./stack";

/** A tuple of the n nodes at `from`, or NONE where memory is spent. */
export function tupleOf(from: usize, n: u32): u32 {
  if (n == 0) return N_UNIT;
  const first = newEdges(n);
  if (first == 0) return NONE;
  const to = columnAt(C_EDGES) + (<usize>first << 2);
  for (let i: usize = 0; i < <usize>n << 2; i += 4) store<u32>(to + i, load<u32>(from + i));
  return node(K_TUPLE, first, n);
}

export function decodeTuple(op: u32): i32 {
  if (op == TUPLE) {
    const from = popMark();
    if (from == 0) return refuse(F_PICKLE_MARK, op);
    const made = tupleOf(from, <u32>((stackTop() - from) >> 2));
    setStackTop(from);
    return pushNew(made);
  }
  const n: u32 = op == TUPLE1 ? 1 : op == TUPLE2 ? 2 : 3;
  if (!holds(n)) return underflow();
  const made = tupleOf(stackTop() - (<usize>n << 2), n);
  drop(n);
  return pushNew(made);
}

/** MARK POP POP_MARK DUP, and the containers that take everything above the mark: LIST DICT FROZENSET. */
export function decodeMarked(op: u32): i32 {
  if (op == MARK) return pushMark() ? MORE : outOfMemory();
  if (op == DUP) return holds(1) ? pushNew(peek(0)) : underflow();
  if (op == POP) {
    if (markOnTop()) popMark();
    else if (holds(1)) drop(1);
    else return underflow();
    return MORE;
  }
  const from = popMark();
  if (from == 0) return refuse(F_PICKLE_MARK, op);
  const n = <u32>((stackTop() - from) >> 2);
  setStackTop(from);
  if (op == POP_MARK) return MORE;
  if (op == FROZENSET) {
    const first = copyEdges(from, n);
    return first == 0 ? outOfMemory() : pushNew(node(K_FROZENSET, first, n));
  }
  if (op == DICT && (n & 1) != 0) return refuse(F_PICKLE_ODD, op);
  let segment: u32 = 0;
  if (n != 0) {
    segment = addSegment(0, op == LIST ? SEG_ITEMS : SEG_PAIRS, from, n);
    if (segment == 0) return outOfMemory();
  }
  return pushNew(node(op == LIST ? K_LIST : K_DICT, segment, segment));
}

/** APPEND SETITEM: one value, or one key and its value, above the target. */
export function decodeAddOne(op: u32): i32 {
  const n: u32 = op == APPEND ? 1 : 2;
  if (!holds(n + 1)) return underflow();
  const target = peek(n);
  const done = addTo(target, op, stackTop() - (<usize>n << 2), n);
  drop(n);
  return done;
}

/** APPENDS SETITEMS ADDITEMS: everything above the mark, which lies on the target. */
export function decodeAddMany(op: u32): i32 {
  const from = popMark();
  if (from == 0) return refuse(F_PICKLE_MARK, op);
  const n = <u32>((stackTop() - from) >> 2);
  setStackTop(from);
  if (!holds(1)) return underflow();
  if (n == 0 && !restricted()) return MORE; // as CPython: the target is not even looked at
  if (op == SETITEMS && (n & 1) != 0) return refuse(F_PICKLE_ODD, op);
  return addTo(peek(0), op, from, n);
}

function addTo(target: u32, op: u32, from: usize, n: u32): i32 {
  const kind = kindOf(target);
  const isItems = op == APPEND || op == APPENDS;
  const isPairs = op == SETITEM || op == SETITEMS;
  const wanted = isItems ? K_LIST : isPairs ? K_DICT : K_SET;
  if (kind != wanted) {
    if (restricted() && !(isPairs && (isInstanceOf(target, ORDERED_DICT) || isInstanceOf(target, COUNTER)))) {
      return refuseWith(F_UNSAFE_TARGET, op, kind);
    }
    if (kind != K_OBJECT) return refuseWith(F_PICKLE_TARGET, op, kind);
  }
  if (n == 0) return MORE;
  const what = isItems ? SEG_ITEMS : isPairs ? SEG_PAIRS : SEG_MEMBERS;
  return kind == K_OBJECT ? extendObject(target, what, from, n) : extend(target, what, from, n);
}

function extend(target: u32, what: u32, from: usize, n: u32): i32 {
  const last = bOf(target);
  const segment = addSegment(last, what, from, n);
  if (segment == 0) return outOfMemory();
  if (last == 0) setA(target, segment);
  setB(target, segment);
  return MORE;
}

function extendObject(target: u32, what: u32, from: usize, n: u32): i32 {
  const row = columnAt(C_OBJECTS) + <usize>aOf(target) * (O_WORDS << 2);
  const last = load<u32>(row, O_LAST << 2);
  const segment = addSegment(last, what, from, n);
  if (segment == 0) return outOfMemory();
  if (last == 0) store<u32>(row, segment, O_FIRST << 2);
  store<u32>(row, segment, O_LAST << 2);
  return MORE;
}

/** BUILD: the state above its object. What makes a tensor is in torch/build.ts. */
export function decodeBuild(): i32 {
  if (!holds(2)) return underflow();
  const target = peek(1);
  if (takesTensorState(target)) {
    const built = buildTensor(target, peek(0), place(), restricted());
    drop(1);
    return built;
  }
  const kind = kindOf(target);
  if (kind != K_OBJECT) return refuseWith(restricted() ? F_UNSAFE_BUILD : F_PICKLE_TARGET, BUILD, kind);
  if (restricted()) {
    const row = columnAt(C_OBJECTS) + <usize>aOf(target) * (O_WORDS << 2);
    const callable = load<u32>(row, O_CALLABLE << 2);
    if (kindOf(callable) != K_GLOBAL || isListedFunction(aOf(callable))) return refuseWith(F_UNSAFE_BUILD, BUILD, kind);
  }
  const done = extendObject(target, SEG_STATE, stackTop() - 4, 1);
  drop(1);
  return done;
}
