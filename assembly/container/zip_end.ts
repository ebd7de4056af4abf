// The end of a zip archive: from its last bytes to the place and size of the directory.
//
//   … │ directory │ zip64 end │ locator │ end record │ comment │ strays
//                   56 bytes    20        22           0-65535
//
//   end record   50 4B 05 06 │ u16 disk │ u16 directory's disk │ u16 entries here │ u16 entries │
//                u32 size │ u32 offset │ u16 comment
//   locator      50 4B 06 07 │ u32 disk │ u64 offset of the zip64 end │ u32 disks
//   zip64 end    50 4B 06 06 │ u64 bytes that follow │ u16 │ u16 │ u32 disk │ u32 directory's disk │
//                u64 entries here │ u64 entries │ u64 size │ u64 offset
//
// reference/torch-serialization.md §2.8, §2.14. The directory ends where the end records begin; where that is not where
// the offsets say, bytes were put before the archive, and every offset is shifted by as many. One rule, no second try:
// two readers that look for the directory in different places can be shown different files.
import { openCursor, seek, skip, takeU16, takeU32, takeU64 } from "../base/cursor";
import { fault, faultWith } from "../base/fault";
import {
  F_LIMIT_ENTRIES, F_ZIP_BAD_END64, F_ZIP_DIRECTORY_BOUNDS, F_ZIP_DISKS, F_ZIP_NO_END, F_ZIP_NO_ENTRIES,
} from "../shared/faults";
import { MAX_ENTRIES } from "../shared/limits";
import { DONE } from "../shared/status";
import { held, sourceSize, want } from "./ranges";

const END: u32 = 0x06054b50;
const LOCATOR: u32 = 0x07064b50;
const END64: u32 = 0x06064b50;
const LOCAL: u32 = 0x04034b50;
const END_BYTES: u64 = 22;
const LOCATOR_BYTES: u64 = 20;
const END64_BYTES: u64 = 56;
const ENTRY_BYTES: u64 = 46;
/** The longest comment, or as many stray bytes, and the records before it. */
const WINDOW: u64 = 65536 + 22 + 20 + 56;

let window: u64 = 0; // where the window starts in the source
let windowAt: usize = 0;
let windowBytes: u32 = 0;

let directory: u64 = 0;
let bytes: u64 = 0;
let count: u32 = 0;
let shift: u64 = 0;

/** Where the directory starts, from the start of the source. */
export function directoryStart(): u64 {
  return directory;
}

export function directoryBytes(): u64 {
  return bytes;
}

export function entryCount(): u32 {
  return count;
}

/** Bytes before the archive. */
export function prefix(): u64 {
  return shift;
}

/** Finds the directory. NEED until the tail is here. */
export function findEnd(): i32 {
  const size = sourceSize();
  if (size < END_BYTES) return fault(F_ZIP_NO_END, 0, size);
  const n = min(size, WINDOW);
  window = size - n;
  windowAt = held(window, n);
  if (windowAt == 0) return want(window, size);
  windowBytes = <u32>n;
  openCursor(windowAt, windowBytes, 0);
  const at = lastEnd();
  if (at == 0xffffffff) return fault(F_ZIP_NO_END, window, size);
  const status = readEnd(at);
  if (status != DONE) return status;
  if (shift == 0) return DONE;
  // A source that starts as a zip is one from its first byte on: what stands further in is not for its readers.
  const first = held(0, 4);
  if (first == 0) return want(0, 4);
  openCursor(first, 4, 0);
  return takeU32() == LOCAL ? faultWith(F_ZIP_DIRECTORY_BOUNDS, directory, bytes, directory - shift) : DONE;
}

/** The last end record of the window, from the window's start; 0xffffffff: none. The loop stays inside the window. */
function lastEnd(): u32 {
  let seen: u32 = 0xffffffff;
  for (let i: i32 = <i32>(windowBytes - <u32>END_BYTES); i >= 0; i--) {
    if (load<u32>(windowAt + <usize>i) != END) continue;
    if (seen == 0xffffffff) seen = i;
    if (!pointsPastFile(<u32>i)) return <u32>i;
  }
  return seen;
}

/** Four bytes of a comment, or of strays, that look like an end record: its directory would lie past the file. */
function pointsPastFile(at: u32): bool {
  if (locatorBefore(at)) return false;
  seek(at + 12);
  const n = <u64>takeU32();
  const offset = <u64>takeU32();
  return offset + n > sourceSize();
}

function locatorBefore(at: u32): bool {
  if (<u64>at < LOCATOR_BYTES) return false;
  seek(at - <u32>LOCATOR_BYTES);
  return takeU32() == LOCATOR;
}

/** Reads the end record at `at` of the window, and the zip64 records before it. */
function readEnd(at: u32): i32 {
  const is64 = locatorBefore(at);
  seek(at + 4);
  const disk = takeU16();
  const directoryDisk = takeU16();
  const here16 = takeU16();
  const count16 = takeU16();
  const bytes32 = takeU32();
  const offset32 = takeU32();
  let end = window + <u64>at;
  let entries = <u64>count16;
  let here = <u64>here16;
  let offset = <u64>offset32;
  bytes = <u64>bytes32;
  if (is64) {
    seek(at - <u32>LOCATOR_BYTES + 4);
    const recordDisk = takeU32();
    const declared = takeU64();
    const disks = takeU32();
    const locator = end - LOCATOR_BYTES;
    if (recordDisk != 0 || disks > 1) return fault(F_ZIP_DISKS, locator, <u64>disks);
    if (<u64>at < LOCATOR_BYTES + END64_BYTES) return fault(F_ZIP_BAD_END64, locator, declared);
    end = locator - END64_BYTES;
    seek(at - <u32>(LOCATOR_BYTES + END64_BYTES));
    if (takeU32() != END64) return fault(F_ZIP_BAD_END64, end, declared);
    if (takeU64() != END64_BYTES - 12) return fault(F_ZIP_BAD_END64, end, declared);
    skip(4);
    if ((takeU32() | takeU32()) != 0) return fault(F_ZIP_DISKS, end);
    here = takeU64();
    entries = takeU64();
    bytes = takeU64();
    offset = takeU64();
    // A 32-bit field says the same, or that the 64-bit one counts.
    if (
      (count16 != 0xffff && <u64>count16 != entries) || (here16 != 0xffff && <u64>here16 != here) ||
      (bytes32 != 0xffffffff && <u64>bytes32 != bytes) || (offset32 != 0xffffffff && <u64>offset32 != offset) ||
      (disk != 0 && disk != 0xffff) || (directoryDisk != 0 && directoryDisk != 0xffff)
    ) {
      return fault(F_ZIP_BAD_END64, end, declared);
    }
    const status = settle(end, offset, entries, here);
    if (status != DONE) return status;
    return declared != end - shift ? fault(F_ZIP_BAD_END64, end, declared) : DONE;
  }
  if ((disk | directoryDisk) != 0) return fault(F_ZIP_DISKS, end);
  return settle(end, offset, entries, here);
}

/** Checks what the records say of a directory that ends at `end`, and keeps it. */
function settle(end: u64, offset: u64, entries: u64, here: u64): i32 {
  if (here != entries) return fault(F_ZIP_DISKS, end);
  if (bytes > end || offset > end - bytes) return faultWith(F_ZIP_DIRECTORY_BOUNDS, end, bytes, offset);
  if (entries == 0) return fault(F_ZIP_NO_ENTRIES, end);
  if (entries > <u64>MAX_ENTRIES) return faultWith(F_LIMIT_ENTRIES, end, entries, <u64>MAX_ENTRIES);
  if (entries * ENTRY_BYTES > bytes) return faultWith(F_ZIP_DIRECTORY_BOUNDS, end, bytes, offset);
  count = <u32>entries;
  directory = end - bytes;
  shift = directory - offset;
  return DONE;
}
