// Which strs are objects of their own. Pickle writes a str once and refers to it afterwards, by identity; a host that has
// plain strings must be told where two of one text are two objects. Of several nodes with one text the first stands for
// the plain string, or the literal of torch's own that has that text, and the others are marked in VISIBLE.
//
// As in same_names.ts, what cannot have a double is left out in one pass: in most files all of them.
import { columnAt, columnCount } from "../base/columns";
import { anyDouble, beginDoubles, endDoubles, mayBeDouble, noteHash } from "../base/doubles";
import { fault, memorySpent } from "../base/fault";
import { bOf, kindOf, nodeCount, textOf } from "../base/graph";
import { fillSlot, findSlot, hashText, makeTable, nextSlot, sameText, slotRow, tableRoom } from "../base/table";
import { C_STORAGES, C_VISIBLE, S_LOCATION, S_WORDS, VISIBLE_OWN_TEXT } from "../shared/columns";
import { F_LIMIT_COLLISIONS } from "../shared/faults";
import { K_ASCII, K_BYTESTR, K_TEXT, N_CPU, N_FIRST, N_META } from "../shared/kinds";
import { DONE, FAULT, NONE } from "../shared/status";
import { storageTag } from "./storages";

const table: usize = memory.data(16, 8);

/** Marks the strs of their own among the visible nodes, once the listing is done; hosts that only list need not. DONE or FAULT. */
export function markOwnTexts(): i32 {
  const nodes = nodeCount();
  if (beginDoubles(nodes) == FAULT) return FAULT;
  const visible = columnAt(C_VISIBLE);
  const tag = storageTag();
  if (tag != NONE) note(tag);
  noteLocations();
  for (let n: u32 = N_FIRST; n < nodes; n++) {
    if (load<u8>(visible + n) != 0 && isText(n) && n != tag) note(n);
  }
  const answer = anyDouble() ? compareSuspects(visible, nodes, tag) : DONE;
  endDoubles();
  return answer;
}

function isText(n: u32): bool {
  const kind = kindOf(n);
  return kind == K_ASCII || kind == K_TEXT || kind == K_BYTESTR;
}

function note(n: u32): void {
  noteHash(hashText(textOf(n), bOf(n)));
}

/** A location that is a literal of torch's: its first node stands for the plain string. NONE: it is no literal. */
function literalLocation(storage: u32): u32 {
  const n = load<u32>(columnAt(C_STORAGES) + <usize>(storage * S_WORDS + S_LOCATION) * 4);
  if (n >= nodeCount() || !isText(n)) return NONE;
  for (let literal: u32 = N_CPU; literal <= <u32>N_META; literal++) {
    if (sameText(textOf(n), bOf(n), textOf(literal), bOf(literal))) return n;
  }
  return NONE;
}

function noteLocations(): void {
  let last = NONE;
  for (let row: u32 = 0; row < columnCount(C_STORAGES); row++) {
    const n = literalLocation(row);
    if (n == NONE || n == last) continue;
    last = n;
    note(n);
  }
}

function compareSuspects(visible: usize, nodes: u32, tag: u32): i32 {
  if (!makeTable(table, 64)) return memorySpent(0);
  if (tag != NONE && compare(visible, tag, false) == FAULT) return FAULT;
  let last = NONE;
  for (let row: u32 = 0; row < columnCount(C_STORAGES); row++) {
    const n = literalLocation(row);
    if (n == NONE || n == last) continue;
    last = n;
    if (compare(visible, n, false) == FAULT) return FAULT;
  }
  for (let n: u32 = N_FIRST; n < nodes; n++) {
    if (load<u8>(visible + n) != 0 && isText(n) && compare(visible, n, true) == FAULT) return FAULT;
  }
  return DONE;
}

/** Enters a text in the table; where another node has it already, marks this one. */
function compare(visible: usize, n: u32, mark: bool): i32 {
  const hash = hashText(textOf(n), bOf(n));
  if (!mayBeDouble(hash)) return DONE;
  if (!tableRoom(table)) return memorySpent(0);
  let slot = findSlot(table, hash);
  while (slot != 0) {
    const first = slotRow(slot);
    if (first == NONE) {
      fillSlot(table, slot, hash, n);
      return DONE;
    }
    if (sameText(textOf(first), bOf(first), textOf(n), bOf(n))) {
      if (first != n && mark) store<u8>(visible + n, VISIBLE_OWN_TEXT);
      return DONE;
    }
    slot = nextSlot(table, hash, slot);
  }
  return fault(F_LIMIT_COLLISIONS, 0, n);
}
