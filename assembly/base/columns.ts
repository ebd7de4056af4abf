// The columns: growable arrays of fixed-width rows that the host reads in place (shared/columns.ts numbers them).
//
//   table row c:   u32 address    u32 count    u32 capacity    u32 bytes a row
//
// The code that fills a column may keep its address in a global of its own, and must fetch it again after `reserve`.
import { claim, giveBack } from "./arena";
import { COLUMNS } from "../shared/columns";

const table: usize = memory.data(15 * 16, 8);

/** Address of the table. */
export function columnTable(): usize {
  return table;
}

export function columnAt(c: u32): usize {
  return <usize>load<u32>(table + (<usize>c << 4));
}

export function columnCount(c: u32): u32 {
  return load<u32>(table + (<usize>c << 4), 4);
}

export function columnCapacity(c: u32): u32 {
  return load<u32>(table + (<usize>c << 4), 8);
}

export function setColumnCount(c: u32, count: u32): void {
  store<u32>(table + (<usize>c << 4), count, 4);
}

/** Gives column c rows of `width` bytes and room for `capacity` of them; forgets what it held. False: no memory. */
export function makeColumn(c: u32, width: u32, capacity: u32): bool {
  if (c >= <u32>COLUMNS) return false;
  const row = table + (<usize>c << 4);
  giveBack(<usize>load<u32>(row), <usize>load<u32>(row, 8) * <usize>load<u32>(row, 12));
  store<u32>(row, 0);
  store<u32>(row, 0, 4);
  store<u32>(row, 0, 8);
  store<u32>(row, width, 12);
  return reserve(c, capacity);
}

/** Makes room for `more` rows behind those that column c holds. False: no memory, and nothing has changed. */
export function reserve(c: u32, more: u32): bool {
  return widen(table + (<usize>c << 4), more, 64);
}

/** A new row at the end of column c, whose words the caller fills: its address, or 0 where memory is spent. */
export function addRow(c: u32): usize {
  const row = table + (<usize>c << 4);
  const count = load<u32>(row, 4);
  if (count == load<u32>(row, 8) && !widen(row, 1, 64)) return 0;
  store<u32>(row, count + 1, 4);
  return <usize>load<u32>(row) + <usize>count * <usize>load<u32>(row, 12);
}

/** The same for any block that has such a row; `spare` is what it grows by at least, where there is memory. */
export function widen(row: usize, more: u32, spare: u64): bool {
  const count = <u64>load<u32>(row, 4);
  const capacity = <u64>load<u32>(row, 8);
  const width = <u64>load<u32>(row, 12);
  const wanted = count + <u64>more;
  if (wanted <= capacity) return true;
  let roomy = capacity + (capacity >> 1) + spare;
  if (roomy < wanted) roomy = wanted;
  let at: usize = 0;
  if (roomy * width < 0x3fffff00) at = claim(<usize>(roomy * width));
  if (at == 0) {
    roomy = wanted;
    if (roomy * width >= 0x3fffff00) return false;
    at = claim(<usize>(roomy * width));
    if (at == 0) return false;
  }
  const old = <usize>load<u32>(row);
  if (count != 0) memory.copy(at, old, <usize>(count * width));
  giveBack(old, <usize>(capacity * width));
  store<u32>(row, <u32>at);
  store<u32>(row, <u32>roomy, 8);
  return true;
}
