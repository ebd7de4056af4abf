// The stream's list of keys, and where the bytes of each storage stand: behind the list, one storage after the other, in
// the list's order. They become rows of ENTRIES (stream_entry.ts).
//
// Every storage has to be listed once, and every key to be met: torch leaves memory as it was where a key lacks.
import { columnAt, columnCount, makeColumn } from "../base/columns";
import { fault, memorySpent } from "../base/fault";
import { aOf, edge, kindOf } from "../base/graph";
import { setFact, setFact64 } from "../container/facts";
import { sourceSize } from "../container/ranges";
import { C_ENTRIES, C_STORAGES, E_WORDS, S_ENTRY, S_NBYTES, S_WORDS } from "../shared/columns";
import { FACT_DIRECTORY, FACT_FLAGS, FACTS_ASCENDING } from "../shared/facts";
import {
  F_STREAM_END, F_STREAM_KEY_MISSING, F_STREAM_KEY_TWICE, F_STREAM_KEY_UNMET, F_STREAM_KEYS,
} from "../shared/faults";
import { K_INT, K_LIST, SEG_HEAD, SEG_ITEMS } from "../shared/kinds";
import { DONE, MORE, NONE } from "../shared/status";
import { findStorage, isTextKind, isView } from "./storages";
import { addStreamEntry, COUNT_BYTES } from "./stream_entry";

/** A look-up costs about as much as decoding this many bytes. */
const COST: u32 = 32;

let listed: u64 = 0; // where the list stands in the source
let place: u64 = 0; // where the next storage begins
let segment: u32 = 0;
let index: u32 = 0; // in the segment
let keys: u32 = 0; // taken so far
let row: u32 = 0; // of STORAGES, once all keys are taken

/** Begins with the list at node `list`, which stands at byte `from` of the source; the storages begin at byte `start`. */
export function beginKeys(list: u32, from: u64, start: u64): i32 {
  listed = from;
  place = start;
  keys = 0;
  row = 0;
  index = 0;
  if (kindOf(list) != K_LIST) return fault(F_STREAM_KEYS, from, kindOf(list));
  segment = aOf(list);
  const most = columnCount(C_STORAGES); // a key more is one too many
  if (!makeColumn(C_ENTRIES, E_WORDS << 2, most)) return memorySpent(from, <u64>most * (E_WORDS << 2));
  setFact(FACT_FLAGS, FACTS_ASCENDING);
  return DONE;
}

/** Places about budget / 32 storages: DONE, MORE or FAULT. */
export function takeKeys(budget: u32): i32 {
  let steps = budget / COST + 1;
  while (segment != 0) {
    if (edge(segment) != SEG_ITEMS) return fault(F_STREAM_KEYS, listed, K_LIST);
    if (index == edge(segment + 1)) {
      segment = edge(segment + 2);
      index = 0;
      continue;
    }
    if (steps-- == 0) return MORE;
    const status = takeKey(edge(segment + SEG_HEAD + index));
    if (status != DONE) return status;
    index++;
  }
  setFact64(FACT_DIRECTORY, place);
  for (; row < columnCount(C_STORAGES); row++) {
    if (steps-- == 0) return MORE;
    const at = columnAt(C_STORAGES) + <usize>row * (S_WORDS << 2);
    if (!isView(row) && load<u32>(at, S_ENTRY << 2) == NONE) return fault(F_STREAM_KEY_MISSING, listed, row);
  }
  return DONE;
}

function takeKey(key: u32): i32 {
  if (!isTextKind(kindOf(key)) && kindOf(key) != K_INT) return fault(F_STREAM_KEYS, listed, kindOf(key));
  const found = findStorage(key);
  if (found == NONE || isView(found)) return fault(F_STREAM_KEY_UNMET, listed, keys);
  const storage = columnAt(C_STORAGES) + <usize>found * (S_WORDS << 2);
  if (load<u32>(storage, S_ENTRY << 2) != NONE) return fault(F_STREAM_KEY_TWICE, listed, found);
  const bytes = load<u64>(storage, S_NBYTES << 2);
  const there = sourceSize() - place;
  if (there < COUNT_BYTES || there - COUNT_BYTES < bytes) return fault(F_STREAM_END, place, bytes + COUNT_BYTES, there);
  if (!addStreamEntry(found, place)) return memorySpent(place, E_WORDS << 2); // each row is found once: the column has room
  keys++;
  place += COUNT_BYTES + bytes;
  return DONE;
}
