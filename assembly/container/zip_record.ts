// The content of one record.
//
//   50 4B 03 04 │ u16 needed │ u16 flags │ u16 method │ u32 time, date │ u32 crc │ u32 packed │ u32 size │
//   u16 name │ u16 extra │ name … │ extra … │ content …                                                  30 bytes + …
//
// Of the local header only the two lengths count, as for torch: they say where the content begins. Everything else is
// the directory's word (reference §2.3, §2.14).
import { openCursor, skip, takeU16, takeU32 } from "../base/cursor";
import { fault, faultWith } from "../base/fault";
import { E_FLAGS, E_HEADER, E_METHOD, E_NAME_LENGTH, E_PACKED, E_SIZE } from "../shared/columns";
import { F_ZIP_BAD_LOCAL, F_ZIP_ENCRYPTED, F_ZIP_ENTRY_BOUNDS, F_ZIP_METHOD } from "../shared/faults";
import { MAX_DEFLATE_RATIO } from "../shared/limits";
import { DEFLATE, DONE, NONE, RAW } from "../shared/status";
import { entryAt } from "./zip_directory";
import { nextThing } from "./zip_order";
import { held, inflatedAt, want, wantInflated } from "./ranges";

const LOCAL: u32 = 0x04034b50;
const LOCAL_BYTES: u64 = 30;
/** Encrypted, patch data, strongly encrypted, masked headers. */
const REFUSED_FLAGS: u32 = 0x1 | 0x20 | 0x40 | 0x2000;
/** The longest extra, and a data descriptor. */
const SLACK: u64 = 65535 + 24;
const SMALL: u64 = 4096;

let inflated: u32 = NONE; // the row whose inflated content was asked for last
let content: usize = 0;

export function beginRecords(): void {
  inflated = NONE;
}

export function sizeOf(row: u32): u64 {
  return load<u64>(entryAt(row), E_SIZE << 2);
}

export function headerOf(row: u32): u64 {
  return load<u64>(entryAt(row), E_HEADER << 2);
}

export function isStored(row: u32): bool {
  return load<u32>(entryAt(row), E_METHOD << 2) == <u32>RAW;
}

/** Can this record be read? Checked for those that are used, not for all. */
export function checkRecord(row: u32): i32 {
  const at = entryAt(row);
  const header = load<u64>(at, E_HEADER << 2);
  if ((load<u32>(at, E_FLAGS << 2) & REFUSED_FLAGS) != 0) return fault(F_ZIP_ENCRYPTED, header, <u64>row);
  const method = load<u32>(at, E_METHOD << 2);
  if (method != <u32>RAW && method != <u32>DEFLATE) return faultWith(F_ZIP_METHOD, header, <u64>row, <u64>method);
  const size = load<u64>(at, E_SIZE << 2);
  const packed = load<u64>(at, E_PACKED << 2);
  // packed is below the size of the source, and size / RATIO cannot overflow.
  const honest = method == <u32>RAW ? size == packed : size / <u64>MAX_DEFLATE_RATIO <= packed;
  return honest ? DONE : fault(F_ZIP_ENTRY_BOUNDS, header, <u64>row);
}

/** One past the last byte that the record can reach: where its extra is as long as can be, or the next thing begins. */
export function reachOf(row: u32): u64 {
  const at = entryAt(row);
  const head = LOCAL_BYTES + <u64>load<u32>(at, E_NAME_LENGTH << 2);
  return min(headerOf(row) + head + load<u64>(at, E_PACKED << 2) + SLACK, nextThing(row));
}

/** Brings the content of a checked record into memory. NEED until it is there, then `contentAt` has it. */
export function openRecord(row: u32): i32 {
  const header = headerOf(row);
  const local = held(header, LOCAL_BYTES);
  if (local == 0) {
    // A small record comes whole, a large one after its header, which tells exactly where it is.
    const whole = isStored(row) && sizeOf(row) <= SMALL;
    return want(header, whole ? reachOf(row) : header + LOCAL_BYTES);
  }
  openCursor(local, <u32>LOCAL_BYTES, 0);
  if (takeU32() != LOCAL) return fault(F_ZIP_BAD_LOCAL, header, <u64>row);
  skip(22);
  const nameLength = <u64>takeU16();
  const extraLength = <u64>takeU16();
  const start = header + LOCAL_BYTES + nameLength + extraLength;
  const packed = load<u64>(entryAt(row), E_PACKED << 2);
  const next = nextThing(row);
  if (start > next || packed > next - start) return fault(F_ZIP_ENTRY_BOUNDS, header, <u64>row);
  const size = sizeOf(row);
  if (isStored(row)) {
    content = held(start, size);
    return content == 0 ? want(start, start + size) : DONE;
  }
  if (size == 0) {
    content = held(start, 0);
    return DONE;
  }
  if (inflated == row) {
    content = inflatedAt();
    return DONE;
  }
  inflated = row;
  return wantInflated(start, start + packed, size);
}

export function contentAt(): usize {
  return content;
}
