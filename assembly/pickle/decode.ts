// Decoding a pickle of protocols 0 to 5 into the graph's columns: what CPython's C unpickler would build, as data.
//
//   beginDecode → decode, again and again until it is DONE → decodeRoot
//
// One opcode at a time, with a flat stack: nesting costs memory, never a call. The opcodes are shared out to files by
// family, each of them small; decode_hot.ts takes the frequent ones. reference/torch-serialization.md §3, §5.1.
import { has, openCursor, position, remaining, takeU32, takeU64, takeU8 } from "../base/cursor";
import { fault, memorySpent } from "../base/fault";
import { beginGraph, refresh, settleGraph } from "../base/graph";
import { columnCount, makeColumn, reserve } from "../base/columns";
import {
  C_DIMS, C_GLOBALS, C_OBJECTS, C_STORAGES, C_TENSORS, G_WORDS, O_WORDS, S_WORDS, T_WORDS,
} from "../shared/columns";
import {
  F_LIMIT_PICKLE, F_PICKLE_BUFFER, F_PICKLE_END, F_PICKLE_EXT, F_PICKLE_FRAME, F_PICKLE_MEMO, F_PICKLE_OPCODE,
  F_PICKLE_PROTOCOL, F_UNSAFE_OPCODE,
} from "../shared/faults";
import { MAX_PICKLE } from "../shared/limits";
import {
  ADDITEMS, APPEND, APPENDS, BINBYTES, BINBYTES8, BINFLOAT, BINGET, BININT, BININT1, BININT2, BINPERSID, BINPUT,
  BINSTRING, BINUNICODE, BINUNICODE8, BUILD, BYTEARRAY8, DICT, DUP, EMPTY_DICT, EMPTY_LIST, EMPTY_SET, EMPTY_TUPLE,
  EXT1, EXT2, EXT4, FLOAT, FRAME, FROZENSET, GET, GLOBAL, INST, INT, LIST, LONG, LONG1, LONG4, LONG_BINGET, LONG_BINPUT,
  MARK, MEMOIZE, NEWFALSE, NEWOBJ, NEWOBJ_EX, NEWTRUE, NEXT_BUFFER, NONE as NONE_OPCODE, OBJ, PERSID, POP, POP_MARK,
  PROTO, PUT, READONLY_BUFFER, REDUCE, SETITEM, SETITEMS, SHORT_BINBYTES, SHORT_BINSTRING, SHORT_BINUNICODE,
  STACK_GLOBAL, STOP, STRING, TUPLE, TUPLE1, TUPLE2, TUPLE3, UNICODE,
} from "../shared/opcodes";
import { DONE, FAULT, MORE, NONE, WEIGHTS_ONLY } from "../shared/status";
import { beginGlobals } from "../torch/globals";
import { beginPolicy, isAccepted } from "../torch/policy";
import { beginSources } from "../torch/sources";
import { beginStorages } from "../torch/storages";
import {
  decodeGlobal, decodeInstance, decodeNewObject, decodePersistentId, decodeReduce, decodeStackGlobal,
} from "./decode_calls";
import { decodeAddMany, decodeAddOne, decodeBuild, decodeMarked, decodeTuple } from "./decode_containers";
import { beginHot, decodeHot, widenHot } from "./decode_hot";
import { decodeLine } from "./decode_lines";
import { cutShort, decodeConstant, decodeNumber, decodeText, pushNew } from "./decode_values";
import { numberGroups } from "./groups";
import { beginMemo, memoCount, memoGet, memoPut } from "./memo";
import {
  beginPlace, opcodeOf, outOfMemory, protocolOf, refuse, restricted, setPlace, setProtocol, underflow,
} from "./place";
import { beginStack, holds, peek } from "./stack";

// Families of opcodes: which file decodes them. 0: none does.
const CONSTANT: u8 = 1;
const NUMBER: u8 = 2;
const TEXT: u8 = 3;
const LINE: u8 = 4;
const TUPLES: u8 = 5;
const MARKED: u8 = 6;
const ADD_ONE: u8 = 7;
const ADD_MANY: u8 = 8;
const CALL: u8 = 9;
const MEMO: u8 = 10;
const CONTROL: u8 = 11;
const families: usize = memory.data(256);
const members: usize = memory.data<u8>([
  <u8>NONE_OPCODE, <u8>NEWTRUE, <u8>NEWFALSE, <u8>EMPTY_TUPLE, <u8>EMPTY_LIST, <u8>EMPTY_DICT, <u8>EMPTY_SET, 0, // CONSTANT
  <u8>BININT, <u8>BININT1, <u8>BININT2, <u8>LONG1, <u8>LONG4, <u8>BINFLOAT, 0, // NUMBER
  <u8>BINUNICODE, <u8>SHORT_BINUNICODE, <u8>BINUNICODE8, <u8>BINSTRING, <u8>SHORT_BINSTRING, <u8>BINBYTES,
  <u8>SHORT_BINBYTES, <u8>BINBYTES8, <u8>BYTEARRAY8, 0, // TEXT
  <u8>INT, <u8>LONG, <u8>FLOAT, <u8>STRING, <u8>UNICODE, <u8>PERSID, <u8>GET, <u8>PUT, 0, // LINE
  <u8>TUPLE, <u8>TUPLE1, <u8>TUPLE2, <u8>TUPLE3, 0, // TUPLES
  <u8>MARK, <u8>POP, <u8>POP_MARK, <u8>DUP, <u8>LIST, <u8>DICT, <u8>FROZENSET, 0, // MARKED
  <u8>APPEND, <u8>SETITEM, 0, // ADD_ONE
  <u8>APPENDS, <u8>SETITEMS, <u8>ADDITEMS, 0, // ADD_MANY
  <u8>REDUCE, <u8>BINPERSID, <u8>GLOBAL, <u8>STACK_GLOBAL, <u8>BUILD, <u8>NEWOBJ, <u8>NEWOBJ_EX, <u8>INST, <u8>OBJ,
  0, // CALL
  <u8>BINPUT, <u8>LONG_BINPUT, <u8>BINGET, <u8>LONG_BINGET, <u8>MEMOIZE, 0, // MEMO
  <u8>STOP, <u8>PROTO, <u8>FRAME, <u8>EXT1, <u8>EXT2, <u8>EXT4, <u8>NEXT_BUFFER, <u8>READONLY_BUFFER, 0, 0, // CONTROL
]);

/** The part of a pickle after which the rest is foreseen. */
const FORESIGHT: u32 = 16;
const MIN_FORESEEN: u32 = 65536;
let foreseen: bool = false;

let root: u32 = NONE;
let consumed: u32 = 0;
let state: i32 = FAULT;
let unsafe: u32 = 0;
let unsafeAt: u32 = 0;
let frameEnd: u32 = 0; // where the frame ends that the position is in; the pickle's end outside of frames
let framed: bool = false; // a frame is open: one that ends with the pickle looks like none
let length: u32 = 0;

export function decodeRoot(): u32 {
  return root;
}

/** Bytes up to and with STOP. */
export function decodeConsumed(): u32 {
  return consumed;
}

/** Of the PROTO opcode, 0 where there was none. */
export function decodeProtocol(): u32 {
  return protocolOf();
}

/** The first opcode that weights_only refuses, 0 where there is none. */
export function unsafeOpcode(): u32 {
  return unsafe;
}

export function unsafeOpcodeAt(): u32 {
  return unsafeAt;
}

/** Begins with the n bytes at `at`. `policy` is WEIGHTS_ONLY or 0. DONE or FAULT. */
export function beginDecode(at: usize, n: u32, policy: u32): i32 {
  root = NONE;
  consumed = 0;
  unsafe = 0;
  unsafeAt = 0;
  frameEnd = n;
  framed = false;
  length = n;
  state = FAULT;
  beginPlace((policy & WEIGHTS_ONLY) != 0);
  if (n > <u32>MAX_PICKLE) return fault(F_LIMIT_PICKLE, 0, n, MAX_PICKLE);
  openCursor(at, n, 0);
  numberGroups(members, families);
  beginHot();
  // Room for the beginning; `foresee` makes room for the rest by what the beginning takes.
  const part = n / FORESIGHT;
  const tensors = part / 80 + 8;
  const ready = beginGraph(part / 6 + 512, part / 4 + 512) && beginStack() && beginMemo() && beginPolicy() &&
    beginGlobals() && beginStorages(n) && beginSources() &&
    makeColumn(C_OBJECTS, O_WORDS << 2, tensors) && makeColumn(C_GLOBALS, G_WORDS << 2, 16) &&
    makeColumn(C_STORAGES, S_WORDS << 2, tensors) && makeColumn(C_TENSORS, T_WORDS << 2, tensors) &&
    makeColumn(C_DIMS, 8, tensors << 2);
  if (!ready) return memorySpent(0, n);
  foreseen = n < MIN_FORESEEN;
  state = MORE;
  return DONE;
}

/** Begins with the n bytes at `at`, a further pickle whose values join the graph of the one before, by the same policy. */
export function beginFurther(at: usize, n: u32): i32 {
  root = NONE;
  consumed = 0;
  frameEnd = n;
  framed = false;
  length = n;
  foreseen = true;
  beginPlace(restricted());
  openCursor(at, n, 0);
  if (!beginStack() || !beginMemo()) return memorySpent(0, n);
  state = MORE;
  return DONE;
}

/** Makes room in the columns for a pickle that goes on as it began, so that they are allocated near their true size. */
function foresee(): void {
  foreseen = true;
  settleGraph();
  const left = <u64>remaining();
  const done = <u64>position();
  for (let c: u32 = 0; c <= <u32>C_DIMS; c++) {
    const wanted = <u64>columnCount(c) * left / done;
    // Where memory is short the columns still grow as they need to.
    if (c != C_GLOBALS && wanted < 0x10000000) reserve(c, <u32>(wanted + (wanted >> 5)) + 64);
  }
  refresh();
}

/** Decodes about `budget` bytes further: DONE at STOP, MORE, or FAULT. */
export function decode(budget: u32): i32 {
  if (state != MORE) return state;
  const from = position();
  if (!foreseen && from >= length / FORESIGHT) foresee();
  let until = budget < remaining() ? from + budget : length;
  if (!foreseen) until = min(until, length / FORESIGHT);
  let answer = MORE;
  do {
    answer = decodeHot(until, frameEnd);
    if (answer == MORE && (position() < until || remaining() == 0)) answer = decodeFramed();
  } while (answer == MORE && position() < until);
  state = answer;
  settleGraph();
  return answer;
}

/** An opcode, which lies within its frame: what reads beyond one depends on the reader, so that is refused. */
function decodeFramed(): i32 {
  if (position() == frameEnd) {
    frameEnd = length;
    framed = false;
  }
  const end = frameEnd;
  const answer = decodeOne();
  if (position() > end && answer != FAULT) {
    return refuse(F_PICKLE_FRAME, opcodeOf());
  }
  return answer;
}

function decodeOne(): i32 {
  const at = position();
  if (!has(1)) {
    setPlace(at, 0);
    return refuse(F_PICKLE_END, 1);
  }
  const op = takeU8();
  setPlace(at, op);
  if (!isAccepted(op)) {
    if (restricted()) return refuse(F_UNSAFE_OPCODE, op);
    if (unsafe == 0) {
      unsafe = op;
      unsafeAt = at;
      widenHot();
    }
  }
  switch (load<u8>(families + op)) {
    case CONSTANT: return decodeConstant(op);
    case NUMBER: return decodeNumber(op);
    case TEXT: return decodeText(op);
    case LINE: return decodeLine(op);
    case TUPLES: return decodeTuple(op);
    case MARKED: return decodeMarked(op);
    case ADD_ONE: return decodeAddOne(op);
    case ADD_MANY: return decodeAddMany(op);
    case CALL: return decodeCall(op);
    case MEMO: return decodeMemo(op);
    case CONTROL: return decodeControl(op);
    default: return refuse(F_PICKLE_OPCODE, op);
  }
}

function decodeCall(op: u32): i32 {
  switch (op) {
    case REDUCE: return decodeReduce(op);
    case BINPERSID: return decodePersistentId();
    case GLOBAL: return decodeGlobal(op);
    case STACK_GLOBAL: return decodeStackGlobal();
    case BUILD: return decodeBuild();
    case NEWOBJ: case NEWOBJ_EX: return decodeNewObject(op);
    default: return decodeInstance(op); // INST OBJ
  }
}

function decodeMemo(op: u32): i32 {
  const size: u32 = op == MEMOIZE ? 0 : op == BINPUT || op == BINGET ? 1 : 4;
  if (!has(size)) return cutShort(size);
  const index = size == 0 ? memoCount() : size == 1 ? takeU8() : takeU32();
  if (op == BINGET || op == LONG_BINGET) {
    const held = memoGet(index);
    return held == NONE ? refuse(F_PICKLE_MEMO, index) : pushNew(held);
  }
  if (!holds(1)) return underflow();
  return memoPut(index, peek(0)) ? MORE : outOfMemory();
}

/** PROTO FRAME STOP, and what no file can hold: extension codes, out-of-band buffers. */
function decodeControl(op: u32): i32 {
  switch (op) {
    case STOP: {
      if (!holds(1)) return underflow();
      root = peek(0);
      consumed = position();
      return DONE;
    }
    case PROTO: {
      if (!has(1)) return cutShort(1);
      const protocol = takeU8();
      if (protocol > 5 && !restricted()) return refuse(F_PICKLE_PROTOCOL, protocol);
      setProtocol(protocol);
      return MORE;
    }
    case FRAME: {
      if (!has(8)) return cutShort(8);
      const size = takeU64();
      if (size > <u64>remaining()) return cutShort(size);
      if (framed) return refuse(F_PICKLE_FRAME, op);
      framed = true;
      frameEnd = position() + <u32>size;
      return MORE;
    }
    case EXT1: case EXT2: case EXT4: {
      const size: u32 = op == EXT1 ? 1 : op == EXT2 ? 2 : 4;
      if (!has(size)) return cutShort(size);
      let code: u32 = 0;
      for (let i: u32 = 0; i < size; i++) code |= takeU8() << (i << 3);
      return refuse(F_PICKLE_EXT, code);
    }
    default: return refuse(F_PICKLE_BUFFER, op);
  }
}
