// Opcodes that name something or call it: GLOBAL STACK_GLOBAL INST OBJ REDUCE NEWOBJ NEWOBJ_EX, and persistent ids.
// Nothing is called: a call becomes a row of OBJECTS, or of TENSORS where torch's rebuild functions are meant.
import { addRow, columnCount } from "../base/columns";
import { failed } from "../base/fault";
import { aOf, bOf, kindOf, node, textOf } from "../base/graph";
import { checkUtf8, isAscii, TEXT } from "../base/utf8";
import {
  C_OBJECTS, GLOBAL_ALLOWED, GLOBAL_ALLOWED_BY_USER, GLOBAL_BLOCKED, O_ARGS, O_CALLABLE, O_FIRST, O_KWARGS, O_LAST,
  O_VIA,
} from "../shared/columns";
import {
  F_BLOCKED_MODULE, F_PICKLE_CALL, F_PICKLE_END, F_PICKLE_MARK, F_PICKLE_NAME, F_UNSAFE_GLOBAL, F_UNSAFE_NEWOBJ,
  F_UNSAFE_REDUCE,
} from "../shared/faults";
import {
  K_ASCII, K_BYTESTR, K_DICT, K_GLOBAL, K_OBJECT, K_TEXT, K_TUPLE, VIA_INST, VIA_NEWOBJ, VIA_NEWOBJ_EX, VIA_REDUCE,
} from "../shared/kinds";
import { REBUILD_FROM_TYPE_V2, REBUILD_TENSOR } from "../shared/known";
import { INST, NEWOBJ_EX, STACK_GLOBAL } from "../shared/opcodes";
import { FAULT, MORE, NONE } from "../shared/status";
import { construct } from "../torch/build";
import { globalFlags, globalRow, knownOf } from "../torch/globals";
import { rebuild } from "../torch/rebuild";
import { isSourceId, sourceNode } from "../torch/sources";
import { expectedIds, IDS_STREAM, IDS_TAR, IDS_ZIP, storageNode } from "../torch/storages";
import { tarNode } from "../torch/tar_keys";
import { tupleOf } from "./decode_containers";
import { pushNew } from "./decode_values";
import { lineAt, lineLength, takeLine } from "./lines";
import { opcodeOf, outOfMemory, place, refuse, restricted, underflow } from "./place";
import { drop, holds, peek, pop, popMark, replaceTop, setStackTop, stackTop } from "./stack";

/** GLOBAL: a line with the module, a line with the name. */
export function decodeGlobal(op: u32): i32 {
  const made = namedByLines(op);
  return made == NONE ? FAULT : pushNew(made);
}

/** The K_GLOBAL node for the two lines that follow, or NONE with the fault noted. */
function namedByLines(op: u32): u32 {
  if (!takeLine()) return notNamed(F_PICKLE_END, 1);
  const module = lineAt();
  const moduleLength = lineLength();
  if (!takeLine()) return notNamed(F_PICKLE_END, 1);
  const name = lineAt();
  const nameLength = lineLength();
  if (moduleLength == 0 || nameLength == 0) return notNamed(F_PICKLE_NAME, op);
  const strict = op == INST; // C reads INST as ASCII
  if (!isName(module, moduleLength, strict) || !isName(name, nameLength, strict)) return notNamed(F_PICKLE_NAME, op);
  return globalNode(module, moduleLength, name, nameLength);
}

function isName(at: usize, n: u32, ascii: bool): bool {
  if (isAscii(at, n)) return true;
  return !ascii && checkUtf8(at, n) == TEXT;
}

function notNamed(code: i32, x: u64): u32 {
  refuse(code, x);
  return NONE;
}

function globalNode(module: usize, moduleLength: u32, name: usize, nameLength: u32): u32 {
  const row = globalRow(module, moduleLength, name, nameLength, opcodeOf(), place(), restricted());
  if (row == NONE) return NONE;
  if (restricted()) {
    const flags = globalFlags(row);
    if ((flags & GLOBAL_BLOCKED) != 0) return notNamed(F_BLOCKED_MODULE, row);
    if ((flags & (GLOBAL_ALLOWED | GLOBAL_ALLOWED_BY_USER)) == 0) return notNamed(F_UNSAFE_GLOBAL, row);
  }
  const made = node(K_GLOBAL, row, place());
  if (made == NONE) outOfMemory();
  return made;
}

/** STACK_GLOBAL: two texts. */
export function decodeStackGlobal(): i32 {
  if (!holds(2)) return underflow();
  const module = peek(1);
  const name = peek(0);
  if (!isText(module) || !isText(name) || bOf(module) == 0 || bOf(name) == 0) return refuse(F_PICKLE_NAME, STACK_GLOBAL);
  drop(2);
  const made = globalNode(textOf(module), bOf(module), textOf(name), bOf(name));
  return made == NONE ? FAULT : pushNew(made);
}

/** A str, or one of Python 2 that reads as text: Python's own unpickler names with those too. */
function isText(given: u32): bool {
  const kind = kindOf(given);
  return kind == K_ASCII || kind == K_TEXT || kind == K_BYTESTR && isName(textOf(given), bOf(given), false);
}

/** A new K_OBJECT, or NONE where memory is spent. */
function objectNode(callable: u32, args: u32, kwargs: u32, via: u32): u32 {
  const row = columnCount(C_OBJECTS);
  const at = addRow(C_OBJECTS);
  if (at == 0) return NONE;
  store<u32>(at, callable, O_CALLABLE << 2);
  store<u32>(at, args, O_ARGS << 2);
  store<u32>(at, kwargs, O_KWARGS << 2);
  store<u32>(at, via, O_VIA << 2);
  store<u32>(at, 0, O_FIRST << 2);
  store<u32>(at, 0, O_LAST << 2);
  return node(K_OBJECT, row, place());
}

/** Replaces the top by a new node; NONE means that memory is spent. */
function settle(made: u32): i32 {
  if (made == NONE) return outOfMemory();
  replaceTop(made);
  return MORE;
}

export function decodeReduce(op: u32): i32 {
  if (!holds(2)) return underflow();
  const args = pop();
  const callable = peek(0);
  const kind = kindOf(callable);
  if (kind == K_GLOBAL) {
    if (kindOf(args) != K_TUPLE) return refuse(F_PICKLE_CALL, op, kindOf(args));
    const known = knownOf(aOf(callable));
    if (known >= <u32>REBUILD_TENSOR && known <= <u32>REBUILD_FROM_TYPE_V2) {
      const made = rebuild(known, args, place());
      if (made != NONE) return settle(made);
      if (failed()) return FAULT;
    } else {
      const made = construct(known, args, place());
      if (made != NONE) return settle(made);
      if (failed()) return FAULT;
    }
  } else {
    if (restricted()) return refuse(F_UNSAFE_REDUCE, op, kind);
    if (kind != K_OBJECT) return refuse(F_PICKLE_CALL, op, kind);
    if (kindOf(args) != K_TUPLE) return refuse(F_PICKLE_CALL, op, kindOf(args));
  }
  return settle(objectNode(callable, args, NONE, VIA_REDUCE));
}

/** NEWOBJ and NEWOBJ_EX: a class, a tuple, and for NEWOBJ_EX a dict. */
export function decodeNewObject(op: u32): i32 {
  const extended = op == NEWOBJ_EX;
  if (!holds(extended ? 3 : 2)) return underflow();
  const kwargs = extended ? pop() : NONE;
  const args = pop();
  const cls = peek(0);
  const kind = kindOf(cls);
  if (kind != K_GLOBAL) {
    if (restricted()) return refuse(F_UNSAFE_NEWOBJ, op, kind);
    if (kind != K_OBJECT) return refuse(F_PICKLE_CALL, op, kind);
  }
  if (kindOf(args) != K_TUPLE) return refuse(F_PICKLE_CALL, op, kindOf(args));
  if (extended && kindOf(kwargs) != K_DICT) return refuse(F_PICKLE_CALL, op, kindOf(kwargs));
  if (!extended && kind == K_GLOBAL) {
    const made = construct(knownOf(aOf(cls)), args, place());
    if (made != NONE) return settle(made);
    if (failed()) return FAULT;
  }
  return settle(objectNode(cls, args, kwargs, extended ? VIA_NEWOBJ_EX : VIA_NEWOBJ));
}

/** INST: the class in two lines, the arguments above the mark. OBJ: the class is the first thing above the mark. */
export function decodeInstance(op: u32): i32 {
  const from = popMark();
  if (from == 0) return refuse(F_PICKLE_MARK, op);
  let n = <u32>((stackTop() - from) >> 2);
  let cls = NONE;
  let first = from;
  if (op == INST) {
    cls = namedByLines(op);
    if (cls == NONE) return FAULT;
  } else {
    if (n == 0) return underflow();
    cls = load<u32>(from);
    if (kindOf(cls) != K_GLOBAL && kindOf(cls) != K_OBJECT) return refuse(F_PICKLE_CALL, op, kindOf(cls));
    first += 4;
    n--;
  }
  const args = tupleOf(first, n);
  if (args == NONE) return outOfMemory();
  setStackTop(from);
  return pushNew(objectNode(cls, args, NONE, VIA_INST));
}

/** BINPERSID: the id on top becomes a storage. */
export function decodePersistentId(): i32 {
  if (!holds(1)) return underflow();
  const pid = peek(0);
  const form = restricted() ? IDS_ZIP : expectedIds(); // weights_only knows storages alone
  const made = form == IDS_TAR ? tarNode(pid, place())
    : form == IDS_STREAM && isSourceId(pid) ? sourceNode(pid, 1, place()) : storageNode(pid, place());
  if (made == NONE) return FAULT;
  replaceTop(made);
  return MORE;
}
