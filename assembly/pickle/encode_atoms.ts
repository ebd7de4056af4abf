// What has no contents: numbers, text, and the forms that the memo never sees.
import { K_ASCII, K_BIG, K_BOOL, K_FLOAT, K_INT, K_NONE, K_TEXT } from "../shared/kinds";
import {
  BINFLOAT, BININT, BININT1, BININT2, BINUNICODE, EMPTY_TUPLE, LONG1, LONG4, MARK, NEWFALSE, NEWTRUE, NONE, TUPLE,
  TUPLE1,
} from "../shared/opcodes";
import { DONE } from "../shared/status";
import { aOf, bOf, intOf, kindOf, textOf } from "../base/graph";
import { placeOf, remember, unwritable } from "./encode_memo";
import { getMemo, noMemory, put16, put64, put8, putBytes, putLong, putMade, putShort, SLACK, want } from "./encode_out";

/** An integer, in the shortest opcode that CPython has for it. 11 bytes at most. */
export function putInt(v: i64): void {
  if (v >= 0 && v < 256) {
    putShort(BININT1, <u32>v);
  } else if (v >= 0 && v < 65536) {
    put8(BININT2);
    put16(<u32>v);
  } else if (v >= -2147483648 && v <= 2147483647) {
    putLong(BININT, <u32>v);
  } else {
    // The sign bit needs room too: 2^31 takes 5 bytes.
    const magnitude = <u64>(v ^ (v >> 63));
    const bytes = <u32>((64 - clz(magnitude)) >> 3) + 1;
    putShort(LONG1, bytes);
    for (let i: u32 = 0; i < bytes; i++) put8(<u32>(v >> <i64>(i << 3)) & 0xff);
  }
}

/** True and False. */
export function putBool(v: bool): void {
  put8(v ? NEWTRUE : NEWFALSE);
}

/** The opcode that makes a tuple of the last n values (from MARK on where n is more than 3), and its place. */
export function putTuple(n: u32): void {
  putMade(n > 3 ? TUPLE : TUPLE1 + n - 1);
}

/** A tuple of n integers that stand at `from`; the caller has made room for 11 bytes each. */
export function putInts(from: usize, n: u32): void {
  if (n == 0) {
    put8(EMPTY_TUPLE);
    return;
  }
  if (n > 3) put8(MARK);
  for (let i: u32 = 0; i < n; i++) putInt(load<i64>(from + (<usize>i << 3)));
  putTuple(n);
}

/** A text of `n` bytes, without its place in the memo. False: no memory. */
export function putText(from: usize, n: u32): bool {
  if (n > 0x3fffffff || !want(n + SLACK)) return false;
  putLong(BINUNICODE, n);
  putBytes(from, n);
  return true;
}

/** A str node: text or, the second time, its place. */
export function saveText(n: u32): i32 {
  if (!want(SLACK)) return noMemory(SLACK);
  const place = placeOf(n);
  if (place != 0) {
    getMemo(place);
    return DONE;
  }
  const kind = kindOf(n);
  if (kind != K_ASCII && kind != K_TEXT) return unwritable(n);
  if (!putText(textOf(n), bOf(n))) return noMemory(bOf(n));
  remember(n);
  return DONE;
}

/** None, bools, numbers. */
export function saveAtom(n: u32, kind: u32): i32 {
  if (kind == K_INT) putInt(intOf(n));
  else if (kind == K_FLOAT) {
    put8(BINFLOAT);
    put64(bswap<u64>(<u64>intOf(n)));
  } else if (kind == K_NONE) put8(NONE);
  else if (kind == K_BOOL) putBool(aOf(n) != 0);
  else if (kind == K_BIG) return saveBig(n);
  else return unwritable(n);
  return DONE;
}

/** An integer of any length, little-endian two's complement. Bytes that only repeat the sign are left out. */
function saveBig(n: u32): i32 {
  const from = textOf(n);
  let length = bOf(n);
  // The bytes of a K_BIG stand in the pickle that was read, or in the host's text: both were bounds-checked.
  while (length > 1) {
    const next = <u32>load<u8>(from + <usize>(length - 2));
    const last = <u32>load<u8>(from + <usize>(length - 1));
    if (!(last == 0 && next < 128) && !(last == 255 && next >= 128)) break;
    length -= 1;
  }
  if (length <= 8) {
    let v: u64 = 0;
    for (let i: u32 = 0; i < length; i++) v |= <u64>load<u8>(from + <usize>i) << <u64>(i << 3);
    if (length != 0) {
      const unused = <i64>(64 - (length << 3));
      v = <u64>((<i64>v << unused) >> unused);
    }
    putInt(<i64>v);
    return DONE;
  }
  if (length > 0x3fffffff || !want(length + SLACK)) return noMemory(length);
  if (length < 256) {
    putShort(LONG1, length);
  } else {
    putLong(LONG4, length);
  }
  putBytes(from, length);
  return DONE;
}
