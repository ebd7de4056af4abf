// The stream format, which torch wrote before 1.6 and writes still when told to (reference §1.4): pickles, one behind the
// other, each with a memo of its own, and then the bytes of the storages.
//
//   magic number │ 1001 │ sys_info │ the object │ list of keys │ i64 elements │ content │ i64 elements │ content │ …
//
// No pickle says how long it is. So the source is read through a window that begins with the pickle at work; where a
// pickle goes on past it, a window twice as long takes its place. What is asked for in all stays within a small multiple
// of the pickle.
import { has, openCursor, skip, takeU64, takeU8 } from "../base/cursor";
import { faultWith } from "../base/fault";
import { F_LIMIT_PICKLE } from "../shared/faults";
import { MAX_PICKLE } from "../shared/limits";
import { FRAME, LONG, LONG1, PROTO, STOP } from "../shared/opcodes";
import { DONE } from "../shared/status";
import { forget, held, sourceSize, unlist, want } from "./ranges";

/** The first window. */
const FIRST: u64 = 65536;
/** Bytes of the source that tell what it is: a tar tells at 257. */
const HEAD: u64 = 512;
const MAGIC_BYTES: u32 = 10;
// 0x1950a86a20f9469cfc6c, as LONG1 holds it.
const magic: usize = memory.data<u8>([0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]);
// "119547037146038801333356L\n", as LONG holds it at protocol 1.
const digits: usize = memory.data<u8>([
  49, 49, 57, 53, 52, 55, 48, 51, 55, 49, 52, 54, 48, 51, 56, 56, 48, 49, 51, 51, 51, 51, 53, 54, 76, 10,
]);
const DIGITS: u32 = 26;

let from: u64 = 0; // the block that the window lies in
let bytes: u64 = 0;
let at: usize = 0; // the window
let length: u32 = 0;
let first: u64 = FIRST; // bytes of a window for which nothing else is asked
let end: u64 = 0; // where windows end
let lasting: bool = true; // windows stay in memory
let pointed: bool = true; // this one does: something points into it, or it is the head

/** Bytes to read to tell what a source is. A small one is read whole, so that this is its only read. */
export function headBytes(): u64 {
  const size = sourceSize();
  return size <= FIRST ? size : HEAD;
}

/** Bytes of the first pickle, where the n bytes at `head` begin with the magic number; else 0. */
export function magicPickle(head: usize, n: u32): u32 {
  openCursor(head, n, 0);
  if (!has(2)) return 0;
  const first = takeU8();
  let size: u32;
  if (first == LONG) size = sameAs(digits, DIGITS) ? 1 + DIGITS : 0;
  else size = first == PROTO ? binaryMagic(takeU8()) : 0;
  return size != 0 && has(1) && takeU8() == STOP ? size + 1 : 0;
}

/** Does a pickle of protocol 2 or later begin there? Those of protocols 0 and 1 have nothing in front. */
export function isPickle(head: usize, n: u32): bool {
  openCursor(head, n, 0);
  return has(2) && takeU8() == PROTO && takeU8() <= 5;
}

/** PROTO, perhaps FRAME and its length, LONG1 with its length, the number. Answers the bytes before STOP, or 0. */
function binaryMagic(protocol: u32): u32 {
  if (protocol < 2 || protocol > 5 || !has(1)) return 0;
  let op = takeU8();
  let size: u32 = 4 + MAGIC_BYTES;
  if (op == FRAME) {
    if (protocol < 4 || !has(9) || takeU64() != <u64>(3 + MAGIC_BYTES)) return 0;
    op = takeU8();
    size += 9;
  }
  return op == LONG1 && has(1) && takeU8() == MAGIC_BYTES && sameAs(magic, MAGIC_BYTES) ? size : 0;
}

function sameAs(text: usize, n: u32): bool {
  if (!has(n)) return false;
  let same = true;
  for (let i: usize = 0; i < <usize>n; i++) same = takeU8() == <u32>load<u8>(text + i) && same;
  return same;
}

/** Begins when the first `n` bytes of the source are in memory. */
export function beginWindow(n: u64): void {
  from = 0;
  bytes = n;
  length = 0;
  first = FIRST;
  end = sourceSize();
  lasting = true;
  pointed = true;
}

/** From now on windows end at byte `stop` of the source, begin with `n` bytes, and stay only where `keepWindow` says so. */
export function boundWindow(stop: u64, n: u64): void {
  end = stop;
  first = n;
  lasting = false;
}

export function windowEnd(): u64 {
  return end;
}

/** Says that something points into the window: the next one must not take its memory. */
export function keepWindow(): void {
  pointed = true;
}

/**
 * Moves the window to byte `start` of the source: DONE where `least` bytes from there on (or all that the source has)
 * are in memory, NEED, or FAULT.
 */
export function openWindow(start: u64, least: u64): i32 {
  const n = min(end - start, max(first, least));
  if (n > <u64>MAX_PICKLE) return faultWith(F_LIMIT_PICKLE, start, n, <u64>MAX_PICKLE);
  at = held(start, n);
  if (at != 0) {
    length = <u32>n;
    return DONE;
  }
  const inside = start >= from && start <= from + bytes;
  const there = inside ? from + bytes - start : 0;
  if (there >= min(n, max(least, 1))) {
    at = held(start, there);
    if (at != 0) {
      length = <u32>there;
      return DONE;
    }
  }
  if (!pointed) forget(from);
  else if (from != 0) unlist(from);
  from = start;
  bytes = n;
  pointed = lasting;
  return want(start, start + n);
}

export function windowAt(): usize {
  return at;
}

export function windowLength(): u32 {
  return length;
}

/** Gives the window's memory back: nothing points into it. */
export function dropWindow(): void {
  forget(from);
  bytes = 0;
}
