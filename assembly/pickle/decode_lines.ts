// Protocol 0's opcodes, whose operands are lines of text: INT LONG FLOAT STRING UNICODE GET PUT PERSID. As CPython's C
// unpickler reads them, except that an integer is plain decimal: "0x10", "010" and "1_0" are refused, on which readers
// differ and which no pickler writes.
import { node } from "../base/graph";
import { isAscii } from "../base/utf8";
import {
  F_LIMIT_DIGITS, F_PICKLE_END, F_PICKLE_MEMO, F_PICKLE_NEGATIVE, F_PICKLE_OPERAND, F_PID,
} from "../shared/faults";
import { K_ASCII, K_BYTESTR, K_DECIMAL, K_FLOAT, K_FLOATTEXT, K_TEXT, N_FALSE, N_TRUE } from "../shared/kinds";
import { MAX_DIGITS } from "../shared/limits";
import { FLOAT, GET, INT, LONG, PERSID, PUT, STRING } from "../shared/opcodes";
import { MORE, NONE } from "../shared/status";
import { intNode, pushNew } from "./decode_values";
import { floatForm, FORM_INFINITE, FORM_NAN, FORM_NONE } from "./float_text";
import { lineAt, lineLength, takeLine } from "./lines";
import { memoGet, memoPut } from "./memo";
import { outOfMemory, refuse, underflow } from "./place";
import { holds, peek } from "./stack";
import { unescapeRaw, unescapeString, unescapedAt, unescapedLength } from "./unescape";

export function decodeLine(op: u32): i32 {
  if (!takeLine()) return refuse(F_PICKLE_END, 1);
  const at = lineAt();
  const n = lineLength();
  switch (op) {
    case INT: return decodeInt(op, at, n);
    case LONG: return decodeInt(op, at, n != 0 && load<u8>(at + n - 1) == 76 ? n - 1 : n); // L
    case FLOAT: return decodeFloat(op, at, n);
    case STRING: return decodeString(op, at, n);
    case GET: case PUT: return decodeMemo(op, at, n);
    case PERSID: return refuse(F_PID, isAscii(at, n) ? K_ASCII : K_TEXT); // its id is a str, torch's are tuples
    default: return decodeUnicode(op, at, n);
  }
}

function isBlank(c: u32): bool {
  return c == 32 || (c >= 9 && c <= 13);
}

let from: usize = 0;
let to: usize = 0;

/** Leaves out the blanks around a number: it goes from `from` to `to`. */
function trim(at: usize, n: u32): void {
  from = at;
  to = at + n;
  while (from < to && isBlank(load<u8>(from))) from++;
  while (to > from && isBlank(load<u8>(to - 1))) to--;
}

/** Blanks, a sign, decimal digits, blanks. */
function decodeInt(op: u32, at: usize, n: u32): i32 {
  trim(at, n);
  let p = from;
  const end = to;
  let text = p;
  const negative = p < end && load<u8>(p) == 45;
  if (p < end && (negative || load<u8>(p) == 43)) {
    p++;
    if (!negative) text = p;
  }
  const digits = <u32>(end - p);
  if (digits == 0) return refuse(F_PICKLE_OPERAND, op);
  if (digits > <u32>MAX_DIGITS) return refuse(F_LIMIT_DIGITS, digits, MAX_DIGITS);
  const first = <u32>load<u8>(p);
  let value: u64 = 0;
  for (let q = p; q < end; q++) {
    const digit = <u32>load<u8>(q) - 48;
    if (digit > 9) return refuse(F_PICKLE_OPERAND, op);
    if (digits < 20) value = value * 10 + <u64>digit;
    else value |= <u64>digit;
  }
  // "00" and "01" are how protocol 0 writes False and True: two characters of which the last is the digit.
  if (op == INT && n == 2 && end == at + 2 && value < 2 && !(negative && value != 0)) {
    return pushNew(value == 1 ? N_TRUE : N_FALSE);
  }
  if (digits > 1 && first == 48 && value != 0) return refuse(F_PICKLE_OPERAND, op);
  const most: u64 = negative ? 0x8000000000000000 : 0x7fffffffffffffff;
  if (value != 0 && (digits >= 20 || value > most)) {
    return pushNew(node(K_DECIMAL, <u32>text, <u32>(end - text)));
  }
  return pushNew(intNode(<i64>(negative ? 0 - value : value)));
}

function decodeFloat(op: u32, at: usize, n: u32): i32 {
  const form = floatForm(at, n);
  if (form == FORM_NONE) return refuse(F_PICKLE_OPERAND, op);
  if (form < FORM_NAN) return pushNew(node(K_FLOATTEXT, <u32>at, n));
  const sign: u32 = load<u8>(at) == 45 ? 0x80000000 : 0;
  return pushNew(node(K_FLOAT, 0, sign | (form == FORM_INFINITE ? 0x7ff00000 : 0x7ff80000)));
}

/** A quoted Python 2 str. */
function decodeString(op: u32, at: usize, n: u32): i32 {
  if (n < 2) return refuse(F_PICKLE_OPERAND, op);
  const quote = <u32>load<u8>(at);
  if ((quote != 39 && quote != 34) || <u32>load<u8>(at + n - 1) != quote) return refuse(F_PICKLE_OPERAND, op);
  const done = unescapeString(at + 1, n - 2);
  if (done != MORE) return done;
  return pushNew(node(K_BYTESTR, <u32>unescapedAt(), unescapedLength()));
}

function decodeUnicode(op: u32, at: usize, n: u32): i32 {
  const done = unescapeRaw(at, n);
  if (done != MORE) return done;
  const text = unescapedAt();
  const length = unescapedLength();
  return pushNew(node(isAscii(text, length) ? K_ASCII : K_TEXT, <u32>text, length));
}

/** GET and PUT: a decimal index. */
function decodeMemo(op: u32, at: usize, n: u32): i32 {
  trim(at, n);
  let p = from;
  const end = to;
  if (p < end && load<u8>(p) == 45) return refuse(F_PICKLE_NEGATIVE, op);
  if (p < end && load<u8>(p) == 43) p++;
  if (p == end || end - p > 19) return refuse(F_PICKLE_OPERAND, op);
  let index: u64 = 0;
  for (; p < end; p++) {
    const digit = <u32>load<u8>(p) - 48;
    if (digit > 9) return refuse(F_PICKLE_OPERAND, op);
    index = index * 10 + <u64>digit;
  }
  if (op == GET) {
    const held = index > 0xffffffff ? NONE : memoGet(<u32>index);
    return held == NONE ? refuse(F_PICKLE_MEMO, index) : pushNew(held);
  }
  if (!holds(1)) return underflow();
  if (index > 0xffffffff) return refuse(F_PICKLE_OPERAND, op);
  return memoPut(<u32>index, peek(0)) ? MORE : outOfMemory();
}
