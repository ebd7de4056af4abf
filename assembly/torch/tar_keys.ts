// Keys of the legacy tar: integers, once addresses, by which records name storages and tensors, and by which the pickle
// does, in decimal. All of them are of one table: its rows are edges, a key's node and behind it the node of what it names.
import { fault, faultWith } from "../base/fault";
import { bOf, edge, intOf, kindOf, newEdges, setEdge, textOf } from "../base/graph";
import { fact } from "../container/facts";
import { fillSlot, findSlot, hashText, makeTable, nextSlot, slotRow, tableRoom } from "../base/table";
import { FACT_PICKLE_HEADER } from "../shared/facts";
import { F_LIMIT_COLLISIONS, F_MEMORY, F_PID, F_TAR_KEY_TWICE, F_TAR_KEY_UNMET } from "../shared/faults";
import { K_INT, K_TUPLE } from "../shared/kinds";
import { NONE } from "../shared/status";
import { sourceNode } from "./sources";
import { isTextKind } from "./storages";

const table: usize = memory.data(16, 8);
const number: usize = memory.data(8, 8);
let slot: usize = 0;
let hash: u32 = 0;

/** Forgets all keys. False: no memory. */
export function beginTarKeys(): bool {
  return makeTable(table, 32);
}

/** What the key names, or NONE; `slot` is then the empty one where it belongs, 0 after too many. */
function find(key: i64): u32 {
  store<i64>(number, key);
  hash = hashText(number, 8);
  slot = findSlot(table, hash);
  while (slot != 0) {
    const row = slotRow(slot);
    if (row == NONE) return NONE;
    if (intOf(edge(row)) == key) return edge(row + 1);
    slot = nextSlot(table, hash, slot);
  }
  return NONE;
}

/** Notes what the key at node `key`, a K_INT, names. False with the fault noted; `where` is an offset in the source. */
export function addTarKey(key: u32, value: u32, where: u64): bool {
  const room = tableRoom(table);
  if (find(intOf(key)) != NONE) return refused(F_TAR_KEY_TWICE, where, <u64>intOf(key));
  if (room && slot == 0) return refused(F_LIMIT_COLLISIONS, where, 0);
  const row = room ? newEdges(2) : 0;
  if (row == 0) return refused(F_MEMORY, where, 8);
  setEdge(row, key);
  setEdge(row + 1, value);
  fillSlot(table, slot, hash, row);
  return true;
}

/** What the key at node `key` names: a node of `kind`. NONE with the fault noted. */
export function tarValue(key: u32, kind: u32, where: u64): u32 {
  const found = kindOf(key) == K_INT ? find(intOf(key)) : NONE;
  if (found != NONE && kindOf(found) == kind) return found;
  faultWith(F_TAR_KEY_UNMET, where, kindOf(key) == K_INT ? <u64>intOf(key) : 0, 0);
  return NONE;
}

/** The node for a persistent id: a key in decimal, or a class with its source. NONE with the fault noted. */
export function tarNode(pid: u32, where: u32): u32 {
  if (kindOf(pid) == K_TUPLE) return sourceNode(pid, 0, where);
  if (!isTextKind(kindOf(pid)) || !takeDecimal(textOf(pid), bOf(pid))) {
    fault(F_PID, where, kindOf(pid));
    return NONE;
  }
  const found = find(decimal);
  // In the source, as faults of containers count.
  const start = (<u64>fact(FACT_PICKLE_HEADER + 1) << 32) | <u64>fact(FACT_PICKLE_HEADER);
  if (found == NONE) faultWith(F_TAR_KEY_UNMET, start + where, <u64>decimal, 1);
  return found;
}

let decimal: i64 = 0;

/** Decimal as Python's str writes an int of 64 bits, into `decimal`. */
function takeDecimal(text: usize, n: u32): bool {
  const negative = n > 1 && load<u8>(text) == 45;
  const first: u32 = negative ? 1 : 0;
  if (n == first || n - first > 19 || (n - first > 1 && load<u8>(text + first) == 48)) return false;
  let value: u64 = 0; // 19 digits are below 2^64
  for (let i: usize = first; i < <usize>n; i++) {
    const digit = <u64>load<u8>(text + i) - 48;
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  if (value >> 63 != 0) return false;
  decimal = negative ? -(<i64>value) : <i64>value;
  return true;
}

function refused(code: i32, where: u64, x: u64): bool {
  fault(code, where, x);
  return false;
}
