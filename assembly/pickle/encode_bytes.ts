// bytes and bytearray at protocol 2, which has no opcode for them:
//
//   bytes       GLOBAL _codecs encode   (text: the bytes as latin-1)  "latin1"   TUPLE2   REDUCE
//   bytearray   GLOBAL __builtin__ bytearray   (bytes, as above)   TUPLE1   REDUCE
//   empty       GLOBAL __builtin__ bytes (bytearray)   EMPTY_TUPLE   REDUCE
//
// Reference 3.4. The text, the tuples and a bytearray's bytes are new objects, each with a place in the memo.
import { K_BYTEARRAY, N_LATIN1 } from "../shared/kinds";
import { BINUNICODE, EMPTY_TUPLE, REDUCE } from "../shared/opcodes";
import { DONE, FAULT } from "../shared/status";
import { bOf, kindOf, textOf } from "../base/graph";
import { putTuple, saveText } from "./encode_atoms";
import { CODECS_ENCODE, PY_BYTEARRAY, PY_BYTES, putKnown } from "./encode_global";
import { remember } from "./encode_memo";
import { noMemory, put8, putLong, putMade, putMemo, SLACK, want } from "./encode_out";

/** A K_BYTES or K_BYTEARRAY that is not in the memo yet. */
export function saveBytes(n: u32): i32 {
  const array = kindOf(n) == K_BYTEARRAY;
  const length = bOf(n);
  if (array || length == 0) putKnown(array ? PY_BYTEARRAY : PY_BYTES);
  if (length == 0) put8(EMPTY_TUPLE);
  else {
    if (putEncoded(textOf(n), length) == FAULT) return FAULT;
    if (array) {
      putMade(REDUCE);
      putTuple(1);
    }
  }
  put8(REDUCE);
  remember(n);
  return DONE;
}

/** `_codecs.encode` and its arguments, up to the REDUCE. */
function putEncoded(from: usize, length: u32): i32 {
  putKnown(CODECS_ENCODE);
  const more = countHigh(from, length);
  const n = <u64>length + <u64>more;
  if (n > 0x3fffff00 || !want(<u32>n + SLACK)) return noMemory(length);
  putLong(BINUNICODE, <u32>n);
  for (let i: u32 = 0; i < length; i++) {
    const byte = <u32>load<u8>(from + <usize>i);
    if (byte < 128) put8(byte);
    else {
      put8(0xc0 | (byte >> 6));
      put8(0x80 | (byte & 63));
    }
  }
  putMemo();
  if (saveText(N_LATIN1) == FAULT) return FAULT;
  putTuple(2);
  return DONE;
}

/** How many bytes are 0x80 or more: each takes two in UTF-8. */
function countHigh(from: usize, length: u32): u32 {
  let high: u32 = 0;
  for (let i: u32 = 0; i < length; i++) high += <u32>load<u8>(from + <usize>i) >> 7;
  return high;
}
