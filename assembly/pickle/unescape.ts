// The escapes of protocol 0's texts. A text without a backslash is left where it is; another is written out once, into
// bytes that never move.
//
//   STRING    as Python's bytes literals: \n \\ \' \x41 \101 … ; an unknown escape keeps its backslash
//   UNICODE   as raw-unicode-escape: \u20ac \U0001f600, other bytes are latin-1; a backslash takes the next byte with it
import { stable, trimStable } from "../base/stable";
import { isAscii } from "../base/utf8";
import { F_PICKLE_OPERAND, F_PICKLE_TEXT } from "../shared/faults";
import { MORE } from "../shared/status";
import { opcodeOf, outOfMemory, refuse } from "./place";

const BACKSLASH: u32 = 92;
// abfnrtv and the bytes that they stand for
const letters: usize = memory.data<u8>([97, 98, 102, 110, 114, 116, 118]);
const meant: usize = memory.data<u8>([7, 8, 12, 10, 13, 9, 11]);

let at: usize = 0;
let length: u32 = 0;

export function unescapedAt(): usize {
  return at;
}

export function unescapedLength(): u32 {
  return length;
}

function hasBackslash(from: usize, n: u32): bool {
  for (let i: usize = 0; i < n; i++) if (load<u8>(from + i) == BACKSLASH) return true;
  return false;
}

/** The value of a hexadecimal digit, or 16. */
function hex(c: u32): u32 {
  if (c - 48 < 10) return c - 48;
  c |= 32;
  return c - 97 < 6 ? c - 87 : 16;
}

/** MORE, or FAULT. The result is at `unescapedAt`. */
export function unescapeString(from: usize, n: u32): i32 {
  at = from;
  length = n;
  if (!hasBackslash(from, n)) return MORE;
  at = stable(n);
  if (at == 0) return outOfMemory();
  const end = from + n;
  let to = at;
  for (let p = from; p < end; ) {
    const c = <u32>load<u8>(p++);
    if (c != BACKSLASH) {
      store<u8>(to++, <u8>c);
      continue;
    }
    if (p == end) return refuse(F_PICKLE_OPERAND, opcodeOf());
    const e = <u32>load<u8>(p++);
    if (e == 10) continue;
    if (e == BACKSLASH || e == 39 || e == 34) {
      store<u8>(to++, <u8>e);
    } else if (e - 48 < 8) {
      let value = e - 48;
      for (let i = 0; i < 2 && p < end && <u32>load<u8>(p) - 48 < 8; i++) {
        value = (value << 3) + <u32>load<u8>(p++) - 48;
      }
      store<u8>(to++, <u8>value);
    } else if (e == 120) {
      if (end - p < 2 || hex(load<u8>(p)) > 15 || hex(load<u8>(p, 1)) > 15) return refuse(F_PICKLE_OPERAND, opcodeOf());
      store<u8>(to++, <u8>((hex(load<u8>(p)) << 4) | hex(load<u8>(p, 1))));
      p += 2;
    } else {
      let i: usize = 0;
      while (i < 7 && <u32>load<u8>(letters + i) != e) i++;
      if (i < 7) {
        store<u8>(to++, load<u8>(meant + i));
      } else {
        store<u8>(to++, <u8>BACKSLASH);
        store<u8>(to++, <u8>e);
      }
    }
  }
  length = <u32>(to - at);
  trimStable(at + length, n - length);
  return MORE;
}

/** MORE, or FAULT. The result, at `unescapedAt`, is UTF-8 in which surrogates stand as three bytes. */
export function unescapeRaw(from: usize, n: u32): i32 {
  at = from;
  length = n;
  if (!hasBackslash(from, n) && isAscii(from, n)) return MORE;
  const room = <usize>n << 1; // a latin-1 byte becomes two; an escape of six or ten bytes never more than four
  at = stable(room);
  if (at == 0) return outOfMemory();
  const end = from + n;
  let to = at;
  for (let p = from; p < end; ) {
    const c = <u32>load<u8>(p++);
    if (c != BACKSLASH) {
      to = putChar(to, c);
      continue;
    }
    if (p == end) {
      to = putChar(to, c);
      break;
    }
    const e = <u32>load<u8>(p++);
    if (e != 117 && e != 85) { // u U
      to = putChar(putChar(to, c), e);
      continue;
    }
    const count: usize = e == 117 ? 4 : 8;
    let code: u32 = 0;
    if (end - p < count) return refuse(F_PICKLE_TEXT, <u64>(p - 2 - from));
    for (let i: usize = 0; i < count; i++) {
      const digit = hex(load<u8>(p + i));
      if (digit > 15) return refuse(F_PICKLE_TEXT, <u64>(p - 2 - from));
      code = (code << 4) | digit;
    }
    if (code > 0x10ffff) return refuse(F_PICKLE_TEXT, <u64>(p - 2 - from));
    p += count;
    to = putChar(to, code);
  }
  length = <u32>(to - at);
  trimStable(at + length, room - length);
  return MORE;
}

/** Writes a character as UTF-8, and answers where the next one goes. */
function putChar(to: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(to, <u8>code);
    return to + 1;
  }
  if (code < 0x800) {
    store<u8>(to, <u8>(0xc0 | (code >> 6)));
    store<u8>(to, <u8>(0x80 | (code & 63)), 1);
    return to + 2;
  }
  if (code < 0x10000) {
    store<u8>(to, <u8>(0xe0 | (code >> 12)));
    store<u8>(to, <u8>(0x80 | ((code >> 6) & 63)), 1);
    store<u8>(to, <u8>(0x80 | (code & 63)), 2);
    return to + 3;
  }
  store<u8>(to, <u8>(0xf0 | (code >> 18)));
  store<u8>(to, <u8>(0x80 | ((code >> 12) & 63)), 1);
  store<u8>(to, <u8>(0x80 | ((code >> 6) & 63)), 2);
  store<u8>(to, <u8>(0x80 | (code & 63)), 3);
  return to + 4;
}
