// Each storage and the record that holds its bytes: `data/<key>` in the archive's folder. The record's size must be what
// the persistent id claims, in both directions: a shorter one would be read past its end, a longer one is not what torch
// writes. reference/torch-serialization.md §3.5, §12.
import { columnAt, columnCount } from "../base/columns";
import { fault, faultWith } from "../base/fault";
import { findRecord } from "../container/zip_read";
import { C_ENTRIES, C_STORAGES, E_SIZE, E_WORDS, S_ENTRY, S_NBYTES, S_OFFSET, S_WORDS } from "../shared/columns";
import { F_STORAGE_MISSING, F_STORAGE_SIZE } from "../shared/faults";
import { MAX_NAME } from "../shared/limits";
import { DONE, MORE, NONE } from "../shared/status";
import { storageKey, storageKeyLength } from "./storages";

/** A look-up costs about as much as decoding this many bytes. */
const COST: u32 = 32;
/** "data/" and the key, which storages.ts keeps below MAX_NAME. */
const name: usize = memory.data(5 + 4096, 8);

let row: u32 = 0;
let linked: bool = false;

/** Begins with the first storage. */
export function beginLink(): void {
  row = 0;
  linked = false;
  store<u32>(name, 0x61746164); // "data"
  store<u8>(name, 47, 4);
}

/** Links about budget / 32 storages: DONE, MORE or FAULT. */
export function link(budget: u32): i32 {
  if (linked) return DONE;
  const count = columnCount(C_STORAGES);
  for (let steps = budget / COST + 1; steps != 0 && row < count; steps--, row++) {
    const length = min(<u32>MAX_NAME, keyOf(row));
    const key = storageKey(row);
    for (let i: u32 = 0; i < length; i++) store<u8>(name + 5 + i, load<u8>(key + i)); // short: a call would cost more
    const at = columnAt(C_STORAGES) + <usize>row * (S_WORDS << 2);
    const claimed = load<u64>(at, S_NBYTES << 2);
    const where = <u64>load<u32>(at, S_OFFSET << 2);
    const entry = findRecord(name, 5 + length);
    if (entry == NONE) {
      if (claimed != 0) return fault(F_STORAGE_MISSING, where, row);
      continue;
    }
    const there = load<u64>(columnAt(C_ENTRIES) + <usize>entry * (E_WORDS << 2), E_SIZE << 2);
    if (there != claimed) return faultWith(F_STORAGE_SIZE, where, claimed, there);
    store<u32>(at, entry, S_ENTRY << 2);
  }
  linked = row >= count;
  return linked ? DONE : MORE;
}

function keyOf(row: u32): u32 {
  storageKey(row);
  return storageKeyLength();
}
