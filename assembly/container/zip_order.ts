// Records in the order in which they lie in the source, to refuse those that lie over each other: a byte that belongs
// to two records is how a small archive claims to hold more than it has room for, and how one reader is shown a header
// where another sees data. Nearly every directory is written in that order, and then there is nothing to do.
//
// Else the rows are sorted by header: byte by byte, from the lowest, each pass stable.
import { claim, giveBack } from "../base/arena";
import { fault, memorySpent } from "../base/fault";
import { E_HEADER, E_NAME_LENGTH, E_PACKED } from "../shared/columns";
import { F_ZIP_OVERLAP } from "../shared/faults";
import { DONE, MORE } from "../shared/status";
import { entries, entryAt, isAscending } from "./zip_directory";
import { directoryStart } from "./zip_end";

const starts: usize = memory.data(256 * 4, 8);
let rows: usize = 0;
let sorted: usize = 0;
let shift: u32 = 0;

/** Starts on the order of the entries. */
export function beginOrder(): i32 {
  if (isAscending()) return DONE;
  const n = entries();
  shift = 0;
  rows = claim(<usize>n << 2);
  sorted = claim(<usize>n << 2);
  if (rows == 0 || sorted == 0) return memorySpent(directoryStart(), <u64>n << 3);
  for (let i: u32 = 0; i < n; i++) store<u32>(rows + (<usize>i << 2), i);
  return DONE;
}

/** One pass over all entries a call. */
export function order(): i32 {
  if (isAscending()) return DONE;
  if (shift < 64 && directoryStart() >>> <u64>shift != 0) {
    pass();
    shift += 8;
    return MORE;
  }
  const status = disjoint();
  giveBack(rows, <usize>entries() << 2);
  giveBack(sorted, <usize>entries() << 2);
  return status;
}

function digit(row: u32): usize {
  return (<usize>(load<u64>(entryAt(row), E_HEADER << 2) >>> <u64>shift) & 0xff) << 2;
}

function pass(): void {
  const n = entries();
  memory.fill(starts, 0, 1024);
  for (let i: u32 = 0; i < n; i++) {
    const slot = starts + digit(i);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  let sum: u32 = 0;
  for (let d: usize = 0; d < 1024; d += 4) {
    const count = load<u32>(starts + d);
    store<u32>(starts + d, sum);
    sum += count;
  }
  for (let i: u32 = 0; i < n; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    const slot = starts + digit(row);
    const to = load<u32>(slot);
    store<u32>(slot, to + 1);
    store<u32>(sorted + (<usize>to << 2), row);
  }
  const swap = rows;
  rows = sorted;
  sorted = swap;
}

function disjoint(): i32 {
  const n = entries();
  let end: u64 = 0;
  let before: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    const at = entryAt(row);
    const header = load<u64>(at, E_HEADER << 2);
    if (header < end) return fault(F_ZIP_OVERLAP, header, <u64>before, <u64>row);
    end = header + 30 + <u64>load<u32>(at, E_NAME_LENGTH << 2) + load<u64>(at, E_PACKED << 2);
    before = row;
  }
  return DONE;
}

/** Where the next thing begins behind the record of `row`: another header, or the directory. */
export function nextThing(row: u32): u64 {
  const n = entries();
  if (isAscending()) return row + 1 < n ? load<u64>(entryAt(row + 1), E_HEADER << 2) : directoryStart();
  const own = load<u64>(entryAt(row), E_HEADER << 2);
  let next = directoryStart();
  for (let i: u32 = 0; i < n; i++) {
    const header = load<u64>(entryAt(i), E_HEADER << 2);
    if (header > own && header < next) next = header;
  }
  return next;
}
