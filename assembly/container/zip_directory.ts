// The directory of a zip archive, as rows of the column ENTRIES.
//
//   50 4B 01 02 │ u16 made by │ u16 needed │ u16 flags │ u16 method │ u32 time, date │ u32 crc │ u32 packed │
//   u32 size │ u16 name │ u16 extra │ u16 comment │ u16 disk │ u16 │ u32 │ u32 header     46 bytes
//   name … │ extra … │ comment …
//
// A field of packed, size, header that is 0xFFFFFFFF stands as u64 in the zip64 extra (id 1), in the order size,
// packed, header. reference/torch-serialization.md §2.4, §2.7. Names stay in the block that the host fed.
import { columnAt, makeColumn, setColumnCount } from "../base/columns";
import { has, here, openCursor, position, seek, skip, takeU16, takeU32, takeU64 } from "../base/cursor";
import { fault, memorySpent } from "../base/fault";
import {
  C_ENTRIES, E_CRC, E_FLAGS, E_HEADER, E_METHOD, E_NAME, E_NAME_LENGTH, E_PACKED, E_SIZE, E_FORM, E_WORDS, FORM_ZIP,
} from "../shared/columns";
import { F_ZIP_BAD_ENTRY, F_ZIP_DISKS, F_ZIP_ENTRY_BOUNDS, F_ZIP_NOT_IN_FOLDER } from "../shared/faults";
import { DONE, MORE, NONE } from "../shared/status";
import { directoryBytes, directoryStart, entryCount, prefix } from "./zip_end";
import { sameBytes } from "./zip_names";

const ENTRY: u32 = 0x02014b50;
const ENTRY_BYTES: u32 = 46;
const ZIP64: u32 = 1;
const MASKED: u32 = 0xffffffff;
const LOCAL_BYTES: u64 = 30;
const ROW: u32 = 4 * E_WORDS;

let block: usize = 0;
let blockBytes: u32 = 0;
let at: u32 = 0;
let row: u32 = 0;
let rows: usize = 0;

let folder: usize = 0;
let folderBytes: u32 = 0; // with its slash
let outside: u32 = NONE; // the first entry outside the folder: told when all are read, so that they can be listed
let outsideAt: u32 = 0;
let lastEnd: u64 = 0; // no record before it ends later
let ascending: bool = true;
let deflated: bool = false;
let content: bool = false; // some record is not empty
let sums: bool = false; // some CRC is not 0

/** Address of an entry's row. */
export function entryAt(i: u32): usize {
  return rows + <usize>i * ROW;
}

/** How many entries have been read. */
export function entries(): u32 {
  return row;
}

export function folderAt(): usize {
  return folder;
}

/** Bytes of the folder's name, without its slash. */
export function folderLength(): u32 {
  return folderBytes == 0 ? 0 : folderBytes - 1;
}

/** Do the headers stand in the source as the entries stand in the directory, none over another? */
export function isAscending(): bool {
  return ascending;
}

export function hasDeflated(): bool {
  return deflated;
}

/** There is content, and no CRC of any. */
export function isWithoutCrc(): bool {
  return content && !sums;
}

/** Starts on the directory, which stands at `address`. */
export function beginDirectory(address: usize): i32 {
  block = address;
  blockBytes = <u32>directoryBytes();
  at = 0;
  row = 0;
  folder = 0;
  folderBytes = 0;
  outside = NONE;
  lastEnd = prefix();
  ascending = true;
  deflated = false;
  content = false;
  sums = false;
  if (!makeColumn(C_ENTRIES, ROW, entryCount())) return memorySpent(directoryStart(), <u64>entryCount() * ROW);
  rows = columnAt(C_ENTRIES);
  return DONE;
}

/** Reads entries until about `budget` bytes of the directory are behind it. */
export function directory(budget: u32): i32 {
  openCursor(block, blockBytes, at);
  const total = entryCount();
  const stop = <u64>at + <u64>budget;
  while (row < total) {
    const status = takeEntry();
    if (status != DONE) {
      setColumnCount(C_ENTRIES, row);
      return status;
    }
    row++;
    if (<u64>position() >= stop) break;
  }
  at = position();
  setColumnCount(C_ENTRIES, row);
  if (row < total) return MORE;
  // Entries beyond the count would be seen by a reader that goes by size.
  if (at != blockBytes) return badEntry();
  return outside == NONE ? DONE : fault(F_ZIP_NOT_IN_FOLDER, directoryStart() + <u64>outsideAt, <u64>outside);
}

function badEntry(): i32 {
  return fault(F_ZIP_BAD_ENTRY, directoryStart() + <u64>position(), <u64>row);
}

function takeEntry(): i32 {
  if (!has(ENTRY_BYTES)) return badEntry();
  const start = position();
  const to = entryAt(row);
  if (takeU32() != ENTRY) {
    seek(start);
    return badEntry();
  }
  skip(4);
  store<u32>(to, takeU16(), E_FLAGS << 2);
  const method = takeU16();
  store<u32>(to, method, E_METHOD << 2);
  skip(4);
  const crc = takeU32();
  store<u32>(to, crc, E_CRC << 2);
  const packed = takeU32();
  const size = takeU32();
  const nameLength = takeU16();
  const extraLength = takeU16();
  const commentLength = takeU16();
  const disk = takeU16();
  skip(6);
  const header = takeU32();
  if (!has(nameLength + extraLength + commentLength)) {
    seek(start);
    return badEntry();
  }
  store<u32>(to, <u32>here(), E_NAME << 2);
  store<u32>(to, nameLength, E_NAME_LENGTH << 2);
  store<u32>(to, FORM_ZIP, E_FORM << 2);
  store<u64>(to, <u64>size, E_SIZE << 2);
  store<u64>(to, <u64>packed, E_PACKED << 2);
  store<u64>(to, <u64>header, E_HEADER << 2);
  if (outside == NONE && !inFolder(here(), nameLength)) {
    outside = row;
    outsideAt = start;
  }
  skip(nameLength);
  if (size == MASKED || packed == MASKED || header == MASKED) {
    if (!takeZip64(to, extraLength, size, packed, header)) {
      seek(start);
      return badEntry();
    }
  } else {
    skip(extraLength);
  }
  skip(commentLength);
  if (disk != 0 && disk != 0xffff) return fault(F_ZIP_DISKS, directoryStart() + <u64>start, <u64>row);
  const status = place(to, nameLength);
  if (status != DONE) return status;
  const filled = load<u64>(to, E_SIZE << 2) != 0;
  content = content || filled;
  sums = sums || (filled && crc != 0);
  deflated = deflated || method == 8;
  return DONE;
}

/** Every entry stands in the folder of the first one. */
function inFolder(name: usize, length: u32): bool {
  if (row == 0) {
    let slash: u32 = 0;
    while (slash < length && load<u8>(name + slash) != 0x2f) slash++; // within the name that `has` has checked
    if (slash == length) return false;
    folder = name;
    folderBytes = slash + 1;
  }
  return length >= folderBytes && sameBytes(name, folder, folderBytes);
}

/** Takes the 64-bit fields from the zip64 extra, and ends behind all extras. False: they are not there. */
function takeZip64(to: usize, extraLength: u32, size: u32, packed: u32, header: u32): bool {
  const end = position() + extraLength;
  const wanted: u32 = ((size == MASKED ? 1 : 0) + (packed == MASKED ? 1 : 0) + (header == MASKED ? 1 : 0)) << 3;
  while (position() + 4 <= end) {
    const id = takeU16();
    const length = takeU16();
    if (length > end - position()) return false;
    if (id != ZIP64) {
      skip(length);
      continue;
    }
    if (length < wanted) return false;
    if (size == MASKED) store<u64>(to, takeU64(), E_SIZE << 2);
    if (packed == MASKED) store<u64>(to, takeU64(), E_PACKED << 2);
    if (header == MASKED) store<u64>(to, takeU64(), E_HEADER << 2);
    seek(end);
    return true;
  }
  return false;
}

/** A record lies wholly before the directory. What is kept is where its header stands from the source's start. */
function place(to: usize, nameLength: u32): i32 {
  const room = directoryStart() - prefix();
  const header = load<u64>(to, E_HEADER << 2);
  const packed = load<u64>(to, E_PACKED << 2);
  const head = LOCAL_BYTES + <u64>nameLength;
  if (header > room || head > room - header || packed > room - header - head) {
    return fault(F_ZIP_ENTRY_BOUNDS, directoryStart() + <u64>position(), <u64>row);
  }
  const start = header + prefix();
  store<u64>(to, start, E_HEADER << 2);
  if (start < lastEnd) ascending = false;
  lastEnd = max(lastEnd, start + head + packed);
  return DONE;
}

