// The contents of many small records out of one read that holds them all, side by side:
//
//   read   … │ header │ name │ extra │ content 0 │ descriptor │ header │ name │ extra │ content 1 │ …
//   out    content 0 │ room │ content 1 │ room │ …                       each at a multiple of 16
//
// A file may hold 100,000 records of 64 bytes; a host that took them one by one would spend its time on calls.
import { openCursor, seek, takeU16, takeU32 } from "../base/cursor";
import { crc32 } from "../base/crc32";
import { fault } from "../base/fault";
import { E_CRC } from "../shared/columns";
import { F_ORDER, F_ZIP_BAD_LOCAL, F_ZIP_CRC, F_ZIP_ENTRY_BOUNDS } from "../shared/faults";
import { DONE, FAULT } from "../shared/status";
import { entries, entryAt } from "./zip_directory";
import { nextThing } from "./zip_order";
import { checkRecord, headerOf, isStored, sizeOf } from "./zip_record";

const LOCAL: u32 = 0x04034b50;
const LOCAL_BYTES: u64 = 30;

/**
 * Takes the contents of `count` rows of ENTRIES (u32 at `rows`, all stored) out of the `length` bytes at `at`, which are
 * the source's from `from` on. With `check`, a content that has not the CRC-32 of its entry, where that is not 0, is a fault.
 */
export function takeContents(
  at: usize, length: u32, from: u64, rows: usize, count: u32, out: usize, room: u32, check: bool,
): i32 {
  openCursor(at, length, 0);
  let taken: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    if (row >= entries() || !isStored(row)) return fault(F_ORDER, from, row);
    if (checkRecord(row) == FAULT) return FAULT;
    const header = headerOf(row);
    const size = sizeOf(row);
    const local = header - from;
    // In 64 bits: a header before `from` makes `local` large.
    if (local > <u64>length || <u64>length - local < LOCAL_BYTES) return fault(F_ZIP_ENTRY_BOUNDS, header, row);
    seek(<u32>local);
    if (takeU32() != LOCAL) return fault(F_ZIP_BAD_LOCAL, header, row);
    seek(<u32>local + 26);
    const start = local + LOCAL_BYTES + <u64>takeU16() + <u64>takeU16();
    if (size > <u64>length || start > <u64>length - size || from + start + size > nextThing(row)) {
      return fault(F_ZIP_ENTRY_BOUNDS, header, row);
    }
    if (taken + size > <u64>room) return fault(F_ORDER, from, row);
    const content = at + <usize>start;
    const crc = load<u32>(entryAt(row), E_CRC << 2);
    if (check && crc != 0 && crc32(content, <u32>size, 0) != crc) return fault(F_ZIP_CRC, header, row);
    memory.copy(out + <usize>taken, content, <usize>size);
    taken += (size + 15) & ~15;
  }
  return DONE;
}
