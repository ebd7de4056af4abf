// Which tensors share a name. Their names are hashed while they are listed, and compared once, at the end: those whose
// hashes are their own are left out, and the few others go through a table.
import { claim, giveBack, grown } from "../base/arena";
import { columnAt, columnCount } from "../base/columns";
import { anyDouble, beginDoubles, endDoubles, mayBeDouble, noteHash } from "../base/doubles";
import { fault, memorySpent } from "../base/fault";
import { fillSlot, findSlot, hashText, makeTable, nextSlot, sameText, slotRow, tableRoom } from "../base/table";
import { C_LISTING, L_FLAGS, L_NAME, L_NAME_LENGTH, L_TENSOR, L_WORDS, LISTED_SAME_NAME } from "../shared/columns";
import { F_LIMIT_COLLISIONS } from "../shared/faults";
import { DONE, FAULT, NONE } from "../shared/status";

const table: usize = memory.data(16, 8);
let hashes: usize = 0; // u32 for each row of LISTING; rows without a name are not looked at
let room: u32 = 0;

/** Begins with an empty LISTING of about so many rows. False: no memory. */
export function beginSameNames(rows: u32): bool {
  if (room >= rows && room != 0) return true;
  giveBack(hashes, <usize>room << 2);
  room = max(rows, 64);
  hashes = claim(<usize>room << 2);
  return hashes != 0;
}

/** Notes the name of a row. False: no memory. */
export function noteName(row: u32, name: usize, length: u32): bool {
  if (row >= room) {
    const more = max(row + 1, room << 1);
    const to: usize = more > 0xfffffff ? 0 : grown(hashes, <usize>room << 2, <usize>more << 2);
    if (to == 0) return false;
    hashes = to;
    room = more;
  }
  store<u32>(hashes + (<usize>row << 2), hashText(name, length));
  return true;
}

/** Flags the rows that share a name with another tensor. DONE or FAULT. */
export function markSameNames(): i32 {
  const count = columnCount(C_LISTING);
  if (count < 2) return DONE;
  if (beginDoubles(<u64>count << 4) == FAULT) return FAULT;
  for (let row: u32 = 0; row < count; row++) {
    if (isNamed(row)) noteHash(load<u32>(hashes + (<usize>row << 2)));
  }
  const answer = anyDouble() ? compareSuspects(count) : DONE;
  endDoubles();
  return answer;
}

function rowAt(row: u32): usize {
  return columnAt(C_LISTING) + <usize>row * (L_WORDS << 2);
}

/** Rows that got no name are flagged from the start. */
function isNamed(row: u32): bool {
  return (load<u32>(rowAt(row), L_FLAGS << 2) & LISTED_SAME_NAME) == 0;
}

function compareSuspects(count: u32): i32 {
  if (!makeTable(table, 64)) return memorySpent(0);
  for (let row: u32 = 0; row < count; row++) {
    const hash = load<u32>(hashes + (<usize>row << 2));
    if (!mayBeDouble(hash) || !isNamed(row)) continue;
    if (!tableRoom(table)) return memorySpent(0);
    if (compare(row, hash) == FAULT) return FAULT;
  }
  return DONE;
}

function compare(row: u32, hash: u32): i32 {
  const own = rowAt(row);
  let slot = findSlot(table, hash);
  while (slot != 0) {
    const first = slotRow(slot);
    if (first == NONE) {
      fillSlot(table, slot, hash, row);
      return DONE;
    }
    const other = rowAt(first);
    const same = sameText(
      <usize>load<u32>(other, L_NAME << 2), load<u32>(other, L_NAME_LENGTH << 2),
      <usize>load<u32>(own, L_NAME << 2), load<u32>(own, L_NAME_LENGTH << 2),
    );
    if (same) {
      if (load<u32>(other, L_TENSOR << 2) != load<u32>(own, L_TENSOR << 2)) {
        flag(other);
        flag(own);
      }
      return DONE;
    }
    slot = nextSlot(table, hash, slot);
  }
  return fault(F_LIMIT_COLLISIONS, 0, row);
}

function flag(row: usize): void {
  store<u32>(row, load<u32>(row, L_FLAGS << 2) | LISTED_SAME_NAME, L_FLAGS << 2);
}
