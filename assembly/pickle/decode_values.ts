// Opcodes that push a value of their own: constants, integers, floats, and text and bytes with a length before them.
// Texts and bytes are not copied: their nodes point into the pickle. reference/torch-serialization.md §3.1, §3.7.
import { has, here, remaining, skip, takeU16, takeU32, takeU64, takeU8 } from "../base/cursor";
import { node } from "../base/graph";
import { ASCII, checkUtf8, INVALID, utf8WrongAt } from "../base/utf8";
import { F_PICKLE_END, F_PICKLE_NEGATIVE, F_PICKLE_TEXT } from "../shared/faults";
import {
  K_ASCII, K_BIG, K_BYTEARRAY, K_BYTES, K_BYTESTR, K_DICT, K_FLOAT, K_INT, K_LIST, K_SET, K_TEXT, N_FALSE, N_INT0,
  N_NONE, N_TRUE, N_UNIT,
} from "../shared/kinds";
import {
  BINBYTES8, BINFLOAT, BININT, BININT1, BININT2, BINSTRING, BINUNICODE, BINUNICODE8, BYTEARRAY8, EMPTY_DICT,
  EMPTY_LIST, EMPTY_TUPLE, LONG1, LONG4, NEWFALSE, NEWTRUE, NONE as NONE_OPCODE, SHORT_BINBYTES,
  SHORT_BINSTRING, SHORT_BINUNICODE,
} from "../shared/opcodes";
import { MORE, NONE } from "../shared/status";
import { outOfMemory, refuse } from "./place";
import { push } from "./stack";

/** Pushes a node that was just made; NONE means that memory is spent. */
export function pushNew(made: u32): i32 {
  return made != NONE && push(made) ? MORE : outOfMemory();
}

/** The stream ends inside the opcode at work. */
export function cutShort(wanted: u64): i32 {
  return refuse(F_PICKLE_END, wanted);
}

export function intNode(value: i64): u32 {
  return <u64>value < 256 ? N_INT0 + <u32>value : node(K_INT, <u32>value, <u32>(value >> 32));
}

export function decodeConstant(op: u32): i32 {
  switch (op) {
    case NONE_OPCODE: return pushNew(N_NONE);
    case NEWTRUE: return pushNew(N_TRUE);
    case NEWFALSE: return pushNew(N_FALSE);
    case EMPTY_TUPLE: return pushNew(N_UNIT);
    case EMPTY_LIST: return pushNew(node(K_LIST, 0, 0));
    case EMPTY_DICT: return pushNew(node(K_DICT, 0, 0));
    default: return pushNew(node(K_SET, 0, 0)); // EMPTY_SET
  }
}

export function decodeNumber(op: u32): i32 {
  const size: u32 = op == BININT1 || op == LONG1 ? 1 : op == BININT2 ? 2 : op == BINFLOAT ? 8 : 4;
  if (!has(size)) return cutShort(size);
  switch (op) {
    case BININT1: return pushNew(N_INT0 + takeU8());
    case BININT2: return pushNew(intNode(takeU16()));
    case BININT: return pushNew(intNode(<i64><i32>takeU32()));
    case LONG1: return decodeLong(takeU8());
    case LONG4: {
      const n = <i32>takeU32();
      return n < 0 ? refuse(F_PICKLE_NEGATIVE, op) : decodeLong(<u32>n);
    }
    default: {
      const bits = bswap<u64>(takeU64());
      return pushNew(node(K_FLOAT, <u32>bits, <u32>(bits >> 32)));
    }
  }
}

/** n bytes of little-endian two's complement. */
function decodeLong(n: u32): i32 {
  if (!has(n)) return cutShort(n);
  if (n > 8) {
    const at = here();
    skip(n);
    return pushNew(node(K_BIG, <u32>at, n));
  }
  if (n == 0) return pushNew(N_INT0);
  let value: u64 = 0;
  for (let i: u32 = 0; i < n; i++) value |= <u64>takeU8() << (i << 3);
  const unused = <u64>(64 - (n << 3));
  return pushNew(intNode(<i64>(value << unused) >> <i64>unused));
}

/** Text and bytes: a length of one, four or eight bytes, then that many. */
export function decodeText(op: u32): i32 {
  let length: u64 = 0;
  if (op == SHORT_BINUNICODE || op == SHORT_BINSTRING || op == SHORT_BINBYTES) {
    if (!has(1)) return cutShort(1);
    length = takeU8();
  } else if (op == BINUNICODE8 || op == BINBYTES8 || op == BYTEARRAY8) {
    if (!has(8)) return cutShort(8);
    length = takeU64();
  } else {
    if (!has(4)) return cutShort(4);
    length = takeU32();
    if (op == BINSTRING && length > 0x7fffffff) return refuse(F_PICKLE_NEGATIVE, op);
  }
  if (length > <u64>remaining()) return cutShort(length);
  const at = here();
  const n = <u32>length;
  skip(n);
  switch (op) {
    case BINUNICODE: case SHORT_BINUNICODE: case BINUNICODE8: return textNode(at, n);
    case BINSTRING: case SHORT_BINSTRING: return pushNew(node(K_BYTESTR, <u32>at, n));
    case BYTEARRAY8: return pushNew(node(K_BYTEARRAY, <u32>at, n));
    default: return pushNew(node(K_BYTES, <u32>at, n)); // BINBYTES SHORT_BINBYTES BINBYTES8
  }
}

function textNode(at: usize, n: u32): i32 {
  const form = checkUtf8(at, n);
  if (form == INVALID) return refuse(F_PICKLE_TEXT, utf8WrongAt());
  return pushNew(node(form == ASCII ? K_ASCII : K_TEXT, <u32>at, n));
}
