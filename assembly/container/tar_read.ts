// The tar of torch 0.1.9 and before (reference §1.5): where its members lie. Blocks of 512 bytes, a header before each member:
//
//   0 name 100 │ … │ 124 size 12 │ … │ 148 checksum 8 │ 156 type │ … │ 257 "ustar" │ … │ 345 prefix 155
//
// torch unpacks what is called `storages` and `tensors` into a folder; here nothing is unpacked, the members are read where
// they lie. Only what torch wrote is taken: four regular files of these names, each once, with extended headers that say
// nothing about them but their times and owners. So two readers cannot see two files here.
import { has, here, openCursor, skip, takeU8 } from "../base/cursor";
import { fault, faultWith } from "../base/fault";
import {
  F_TAR_BOUNDS, F_TAR_EXTENDED, F_TAR_HEADER, F_TAR_MEMBER, F_TAR_MISSING, F_TAR_NUMBER, F_TAR_TWICE,
} from "../shared/faults";
import { MAX_TAR_EXTENDED } from "../shared/limits";
import { DONE, FAULT, NONE } from "../shared/status";
import { held, sourceSize, unlist, want } from "./ranges";

/** Members, by number. */
export const TAR_PICKLE: u32 = 0;
export const TAR_STORAGES: u32 = 1;
export const TAR_TENSORS: u32 = 2;
const MEMBERS: u32 = 4;

const BLOCK: u64 = 512;
const SIZE_FIELD: u32 = 124;
const SIZE_BYTES: u32 = 12;
const CHECKSUM_FIELD: u32 = 148;
const CHECKSUM_BYTES: u32 = 8;
const TYPE_FIELD: u32 = 156;
const MAGIC_FIELD: u32 = 257;
const PREFIX_FIELD: u32 = 345;
const REGULAR: u32 = 48; // "0"
const EXTENDED: u32 = 120; // "x"
/** Sizes from here on do not fit the header's eleven octal digits: an extended header has them. */
const LARGE: u64 = 1 << 33;
const NO_NUMBER: u64 = 0xffffffffffffffff;

// "pickle", "storages", "tensors", "sys_info", each in 12 bytes: its length, then the name.
const names: usize = memory.data<u8>([
  6, 112, 105, 99, 107, 108, 101, 0, 0, 0, 0, 0,
  8, 115, 116, 111, 114, 97, 103, 101, 115, 0, 0, 0,
  7, 116, 101, 110, 115, 111, 114, 115, 0, 0, 0, 0,
  8, 115, 121, 115, 95, 105, 110, 102, 111, 0, 0, 0,
]);
const ustar: usize = memory.data<u8>([5, 117, 115, 116, 97, 114]);
const sizeKey: usize = memory.data<u8>([4, 115, 105, 122, 101]);
// Keys of extended headers that say nothing about a member's content: its times, its owner.
const harmless: usize = memory.data<u8>([
  5, 109, 116, 105, 109, 101, 5, 97, 116, 105, 109, 101, 5, 99, 116, 105, 109, 101, 3, 117, 105, 100, 3, 103, 105, 100,
  5, 117, 110, 97, 109, 101, 5, 103, 110, 97, 109, 101, 0,
]);
const members: usize = memory.data(4 * 16, 8); // { u64 from, u64 bytes }, from 0: not met

let at: u64 = 0; // the header that is next
let next: u64 = 0; // the one behind it
let large: u64 = 0; // the size that an extended header told, 0: none
let extended: bool = false; // the header before this one was an extended one
let within: u64 = 0; // bytes of the extended header whose content is to be read

/** Do the n bytes at `head`, the source's first, begin a tar? */
export function isTar(head: usize, n: u32): bool {
  return n >= <u32>BLOCK && same(head + MAGIC_FIELD, ustar);
}

export function beginTar(): void {
  at = 0;
  large = 0;
  extended = false;
  within = 0;
  memory.fill(members, 0, MEMBERS * 16);
}

export function tarFrom(member: u32): u64 {
  return load<u64>(members + (<usize>member << 4));
}

export function tarBytes(member: u32): u64 {
  return load<u64>(members + (<usize>member << 4), 8);
}

/** Finds the members: DONE, NEED or FAULT. There are eight headers at most, so it needs no budget. */
export function readTar(): i32 {
  while (sourceSize() - at >= BLOCK) { // as other readers, without looking for the two empty blocks at the end
    if (within != 0) {
      const block = held(at + BLOCK, within);
      if (block == 0) return want(at + BLOCK, at + BLOCK + within);
      if (!readExtended(block, <u32>within)) return fault(F_TAR_EXTENDED, at, parsed);
      unlist(at + BLOCK);
      at = padded(at + BLOCK, within);
      within = 0;
      continue;
    }
    const header = held(at, BLOCK);
    if (header == 0) return want(at, at + BLOCK);
    if (isEmpty(header)) break;
    if (readHeader(header) != DONE) return FAULT;
    if (at != 0) unlist(at);
    if (within == 0) at = next;
  }
  for (let m: u32 = 0; m <= TAR_TENSORS; m++) if (tarFrom(m) == 0) return fault(F_TAR_MISSING, at, m);
  return DONE;
}

/** Where the next header stands, behind n bytes from `start` on, which lie in the source. */
function padded(start: u64, n: u64): u64 {
  return min(sourceSize(), start + ((n + BLOCK - 1) & ~(BLOCK - 1)));
}

function isEmpty(block: usize): bool {
  let bits: u64 = 0;
  for (let i: usize = 0; i < <usize>BLOCK; i += 8) bits |= load<u64>(block + i);
  return bits == 0;
}

/** Does the text at `a` begin with the one at `b`, which has its length in front? */
function same(a: usize, b: usize): bool {
  const n = <usize>load<u8>(b);
  for (let i: usize = 0; i < n; i++) if (load<u8>(a + i) != load<u8>(b + 1 + i)) return false;
  return true;
}

/** Takes one header: DONE with `next` or `within`, or a fault. The block has 512 bytes, all of which are here. */
function readHeader(block: usize): i32 {
  openCursor(block, <u32>BLOCK, CHECKSUM_FIELD);
  const checksum = octal(CHECKSUM_BYTES);
  let sum: u64 = 8 * 32; // the checksum itself counts as blanks
  for (let i: usize = 0; i < <usize>BLOCK; i++) {
    if (i < <usize>CHECKSUM_FIELD || i >= <usize>(CHECKSUM_FIELD + CHECKSUM_BYTES)) sum += <u64>load<u8>(block + i);
  }
  if (checksum != sum || !same(block + MAGIC_FIELD, ustar)) return fault(F_TAR_HEADER, at);
  openCursor(block, <u32>BLOCK, SIZE_FIELD);
  let size = octal(SIZE_BYTES);
  if (size == NO_NUMBER) return fault(F_TAR_NUMBER, at, SIZE_FIELD);
  const type = <u32>load<u8>(block + TYPE_FIELD);
  const there = sourceSize() - at - BLOCK;
  if (type == EXTENDED && !extended) {
    if (size == 0 || size > <u64>MAX_TAR_EXTENDED) return fault(F_TAR_EXTENDED, at, 0);
    if (size > there) return faultWith(F_TAR_BOUNDS, at, size, there);
    extended = true;
    within = size;
    return DONE;
  }
  const member = type == REGULAR || type == 0 ? memberOf(block) : NONE;
  if (member == NONE) return fault(F_TAR_MEMBER, at, type);
  if (large != 0 && size != 0) return fault(F_TAR_EXTENDED, at, 0);
  if (large != 0) size = large;
  if (tarFrom(member) != 0) return fault(F_TAR_TWICE, at, member);
  if (size > there) return faultWith(F_TAR_BOUNDS, at, size, there);
  store<u64>(members + (<usize>member << 4), at + BLOCK);
  store<u64>(members + (<usize>member << 4), size, 8);
  large = 0;
  extended = false;
  next = padded(at + BLOCK, size);
  return DONE;
}

/** The number of the member that a header names; NONE where it is none of the four. */
function memberOf(block: usize): u32 {
  if (load<u8>(block + PREFIX_FIELD) != 0) return NONE;
  for (let m: u32 = 0; m < MEMBERS; m++) {
    const name = names + <usize>m * 12;
    if (same(block, name) && load<u8>(block + load<u8>(name)) == 0) return m;
  }
  return NONE;
}

/** Octal digits, perhaps after blanks, up to a NUL or a blank, of the n bytes at the cursor. NO_NUMBER for everything else. */
function octal(n: u32): u64 {
  let value: u64 = 0;
  let digits: u32 = 0;
  let over = false;
  for (let i: u32 = 0; i < n; i++) {
    const c = takeU8();
    if (c == 0 || c == 32) {
      over = digits != 0 || c == 0;
      continue;
    }
    if (over || c < 48 || c > 55) return NO_NUMBER;
    value = (value << 3) | <u64>(c - 48); // 12 digits have 36 bits
    digits++;
  }
  return digits != 0 ? value : NO_NUMBER;
}

let parsed: u32 = 0; // bytes of an extended header that were understood

/** "22 mtime=1485049682.0\n", and so on: the length counts itself. Takes a size that no header holds, and nothing else of weight. */
function readExtended(block: usize, n: u32): bool {
  openCursor(block, n, 0);
  parsed = 0;
  large = 0;
  while (parsed < n) {
    let length: u32 = 0;
    let digits: u32 = 0;
    let c: u32 = 0;
    while (has(1)) {
      c = takeU8();
      if (c < 48 || c > 57 || digits == 5) break;
      length = length * 10 + (c - 48);
      digits++;
    }
    if (c != 32 || digits == 0 || length < digits + 4 || length > n - parsed) return false;
    const body = length - digits - 2; // without the blank and the newline
    if (!has(body + 1) || load<u8>(here() + body) != 10) return false; // within the cursor's bounds
    if (!takeRecord(here(), body)) return false;
    skip(body + 1);
    parsed += length;
  }
  return true;
}

/** One record, "key=value", of n bytes that are here. */
function takeRecord(record: usize, n: u32): bool {
  if (isKey(record, n, sizeKey)) return large == 0 && takeLarge(record + 5, n - 5);
  let key = harmless;
  while (load<u8>(key) != 0) {
    if (isKey(record, n, key)) return true;
    key += <usize>load<u8>(key) + 1;
  }
  return false;
}

function isKey(record: usize, n: u32, key: usize): bool {
  const length = <u32>load<u8>(key);
  return n > length && load<u8>(record + length) == 61 && same(record, key);
}

/** A size past what the header's field holds, in decimal. */
function takeLarge(text: usize, n: u32): bool {
  if (n == 0 || n > 16) return false; // below 2^54
  for (let i: usize = 0; i < <usize>n; i++) {
    const digit = <u64>load<u8>(text + i) - 48;
    if (digit > 9) return false;
    large = large * 10 + digit;
  }
  return large >= LARGE;
}
