// The zip that PyTorch writes, byte for byte (reference 2). Every record:
//
//   local header   50 4B 03 04   u16 version 0   u16 flags   u16 method 0   u32 time 0   u32 crc 0   u32 0   u32 0
//                  u16 name length   u16 extra length   name   [zip64]   "FB" u16 P   P × 5A   → aligned
//   payload
//   descriptor     50 4B 07 08   u32 crc   2 × u32 size (2 × u64 beside a zip64 field)       not of empty records
//
// Records go to the output window; payloads too large for it are the host's to write, so positions are counted here and
// never taken from the window. What the directory needs of a record is kept:
//
//   u32 what    u32 crc    u64 size    u64 offset of the header    u64 hash of the name
import { F_ALIGNMENT, F_LIMIT_ENTRIES, F_TOO_LONG } from "../shared/faults";
import { MAX_ENTRIES } from "../shared/limits";
import { DONE, FAULT } from "../shared/status";
import { claim, giveBack, grown } from "../base/arena";
import { crc32 } from "../base/crc32";
import { fault, memorySpent } from "../base/fault";
import { advance, OUT, room, setWritten } from "../base/writer";
import { knownLength, knownName, R_DATA, R_ID } from "./zip_known";
import { hashName, hashOfNames, mix, namesHashed, writeDigits } from "./serialization_id";

/** Records by number are those of zip_known.ts; STORED + n is data/n. */
export const STORED: u32 = 16;
const idText: usize = memory.data(40);

const BIG: u64 = 0xffffffff;
const DESCRIBED: u16 = 0x0808; // a descriptor follows, names are UTF-8
const EMPTY: u16 = 0x0800;
const DESCRIPTOR: u32 = 0x08074b50;
const ROW: usize = 32;

let scratch: usize = 0; // folder, slash, record name
let scratchBytes: usize = 0;
let folderLength: u32 = 0;
let alignment: u64 = 64;
let withCrc: bool = true;
let position: u64 = 0;
let contents: u64 = 0;
let rows: usize = 0;
let rowCount: u32 = 0;
let rowRoom: u32 = 0;

/** Begins an archive. The folder has been checked. */
export function beginZip(folder: usize, length: u32, align: u64, crcs: bool): i32 {
  if (length > 65000) return fault(F_TOO_LONG, 0, <u64>length);
  if (align == 0) return fault(F_ALIGNMENT, 0, align);
  giveBack(scratch, scratchBytes);
  scratchBytes = <usize>length + 64;
  scratch = claim(scratchBytes);
  if (scratch == 0) return memorySpent(0, <u64>scratchBytes);
  memory.copy(scratch, folder, <usize>length);
  store<u8>(scratch + <usize>length, 47);
  folderLength = length;
  alignment = align;
  withCrc = crcs;
  position = 0;
  contents = 0;
  rowCount = 0;
  setWritten(OUT, 0);
  return DONE;
}

/** Writes a record's name behind the folder. Answers the record's length. */
function nameRecord(what: u32): u32 {
  const to = scratch + <usize>folderLength + 1;
  const known = min(what, R_DATA);
  const length = knownLength(known);
  memory.copy(to, knownName(known), <usize>length);
  if (what < STORED) return length;
  return length + writeDecimal(to + <usize>length, what - STORED);
}

/** A number as decimal digits; how many. */
export function writeDecimal(to: usize, v: u32): u32 {
  let digits: u32 = 1;
  for (let k = v; k >= 10; k /= 10) digits += 1;
  for (let i = digits; i > 0; i--) {
    store<u8>(to + <usize>(i - 1), <u8>(48 + v % 10));
    v /= 10;
  }
  return digits;
}

/** Where the record of storage n begins with its name and header: the payload of `size` bytes comes next. */
export function beginRecord(what: u32, size: u64): i32 {
  if (rowCount >= <u32>MAX_ENTRIES) return fault(F_LIMIT_ENTRIES, position, <u64>rowCount, MAX_ENTRIES);
  if (rowCount == rowRoom && !widen()) return memorySpent(position, <u64>rowRoom);
  const recordLength = nameRecord(what);
  const nameLength = folderLength + 1 + recordLength;
  const bigSize = size >= BIG;
  const bigOffset = position >= BIG;
  const zip64: u32 = bigSize || bigOffset ? 4 + (bigSize ? 16 : 0) + (bigOffset ? 8 : 0) : 0;
  const start = position + 34 + <u64>nameLength + <u64>zip64;
  const over = start % alignment;
  const pad = over == 0 ? 0 : alignment - over;
  const extra = <u64>zip64 + 4 + pad;
  if (extra > 65535) return fault(F_ALIGNMENT, position, alignment);
  const n = 30 + nameLength + <u32>extra;
  const at = room(OUT, n);
  if (at == 0) return memorySpent(position, <u64>n);
  memory.fill(at, 0, 30);
  store<u32>(at, 0x04034b50);
  store<u16>(at, size == 0 ? EMPTY : DESCRIBED, 6);
  store<u16>(at, <u16>nameLength, 26);
  store<u16>(at, <u16>extra, 28);
  memory.copy(at + 30, scratch, <usize>nameLength);
  let p = at + 30 + <usize>nameLength;
  if (zip64 != 0) p = putZip64(p, size, 0, position);
  store<u16>(p, 0x4246);
  store<u16>(p, <u16>pad, 2);
  memory.fill(p + 4, 0x5a, <usize>pad);
  advance(OUT, n);
  const row = rows + <usize>rowCount * ROW;
  store<u32>(row, what);
  store<u32>(row, 0, 4);
  store<u64>(row, size, 8);
  store<u64>(row, position, 16);
  store<u64>(row, hashName(scratch + <usize>folderLength + 1, recordLength), 24);
  rowCount += 1;
  position += <u64>n;
  return DONE;
}

function widen(): bool {
  const wider = rowRoom == 0 ? 64 : rowRoom << 1;
  const to = grown(rows, <usize>rowCount * ROW, <usize>wider * ROW);
  if (to == 0) return false;
  rows = to;
  rowRoom = wider;
  return true;
}

/** A zip64 field: the sizes where they are big, the offset where it is. Answers where it ends. */
function putZip64(p: usize, size: u64, packed: u64, offset: u64): usize {
  const from = p;
  p += 4;
  if (size >= BIG) {
    store<u64>(p, size);
    store<u64>(p, packed, 8);
    p += 16;
  }
  if (offset >= BIG) {
    store<u64>(p, offset);
    p += 8;
  }
  store<u16>(from, 1);
  store<u16>(from, <u16>(p - from - 4), 2);
  return p;
}

/**
 * Ends the record that was begun last, its payload having been written by whomsoever. `first8` are the first 8 bytes
 * of the payload, 0 where there are fewer: PyTorch takes a payload that looks like a descriptor for one.
 */
export function endRecord(crc: u32, first8: u64): i32 {
  const row = rows + <usize>(rowCount - 1) * ROW;
  const size = load<u64>(row, 8);
  if (size == 0) return DONE;
  if (!withCrc) crc = 0;
  store<u32>(row, crc, 4);
  position += size;
  const wide = size >= BIG || load<u64>(row, 16) >= BIG;
  const n: u32 = wide ? 24 : 16;
  const at = room(OUT, n);
  if (at == 0) return memorySpent(position, <u64>n);
  store<u32>(at, DESCRIPTOR);
  store<u32>(at, crc, 4);
  if (wide) {
    store<u64>(at, size, 8);
    store<u64>(at, size, 16);
  } else {
    store<u32>(at, <u32>size, 8);
    store<u32>(at, <u32>size, 12);
  }
  advance(OUT, n);
  position += <u64>n;
  if (<u32>first8 == DESCRIPTOR) contents = mix(contents, first8 >> 32);
  contents = mix(contents, <u64>crc);
  return DONE;
}

/** A whole record from memory. */
export function putRecord(what: u32, from: usize, n: u32): i32 {
  if (beginRecord(what, <u64>n) == FAULT) return FAULT;
  const at = room(OUT, n);
  if (at == 0) return memorySpent(position, <u64>n);
  memory.copy(at, from, <usize>n);
  advance(OUT, n);
  return endRecord(crcOf(at, n), first8Of(at, n));
}

/** The CRC of a payload, where CRCs are wanted. */
export function crcOf(at: usize, n: u32): u32 {
  return withCrc ? crc32(at, n, 0) : 0;
}

/** The first 8 bytes of a payload that has as many. */
export function first8Of(at: usize, n: u32): u64 {
  return n < 8 ? 0 : load<u64>(at);
}

/** The record of two hashes. Nothing but the directory comes after it. */
export function putSerializationId(): i32 {
  const hash = hashOfNames(rows + 24, ROW, rowCount);
  if (!namesHashed()) return memorySpent(position, <u64>rowCount << 2);
  writeDigits(idText, hash);
  writeDigits(idText + 20, contents);
  return putRecord(R_ID, idText, 40);
}

/** The directory, and the three records that end every archive of PyTorch's. */
export function endZip(): i32 {
  const directory = position;
  for (let i: u32 = 0; i < rowCount; i++) if (putEntry(rows + <usize>i * ROW) == FAULT) return FAULT;
  const size = position - directory;
  const at = room(OUT, 98);
  if (at == 0) return memorySpent(position, 98);
  memory.fill(at, 0, 98);
  store<u32>(at, 0x06064b50); // zip64 end record
  store<u64>(at, 44, 4);
  store<u16>(at, 0x031e, 12);
  store<u16>(at, 45, 14);
  store<u64>(at, <u64>rowCount, 24);
  store<u64>(at, <u64>rowCount, 32);
  store<u64>(at, size, 40);
  store<u64>(at, directory, 48);
  store<u32>(at, 0x07064b50, 56); // locator
  store<u64>(at, position, 64);
  store<u32>(at, 1, 72);
  store<u32>(at, 0x06054b50, 76); // end record
  store<u16>(at, <u16>min<u32>(rowCount, 0xffff), 84);
  store<u16>(at, <u16>min<u32>(rowCount, 0xffff), 86);
  store<u32>(at, <u32>min<u64>(size, BIG), 88);
  store<u32>(at, <u32>min<u64>(directory, BIG), 92);
  advance(OUT, 98);
  position += 98;
  return DONE;
}

function putEntry(row: usize): i32 {
  const size = load<u64>(row, 8);
  const offset = load<u64>(row, 16);
  const nameLength = folderLength + 1 + nameRecord(load<u32>(row));
  const at = room(OUT, 46 + nameLength + 28);
  if (at == 0) return memorySpent(position, <u64>nameLength);
  memory.fill(at, 0, 46);
  store<u32>(at, 0x02014b50);
  store<u16>(at, size == 0 ? EMPTY : DESCRIBED, 8);
  store<u32>(at, load<u32>(row, 4), 16);
  store<u32>(at, <u32>min(size, BIG), 20);
  store<u32>(at, <u32>min(size, BIG), 24);
  store<u16>(at, <u16>nameLength, 28);
  store<u32>(at, <u32>min(offset, BIG), 42);
  memory.copy(at + 46, scratch, <usize>nameLength);
  const named = at + 46 + <usize>nameLength;
  let end = named;
  if (size >= BIG || offset >= BIG) end = putZip64(named, size, size, offset);
  store<u16>(at, <u16>(end - named), 30);
  advance(OUT, <u32>(end - at));
  position += <u64>(end - at);
  return DONE;
}
