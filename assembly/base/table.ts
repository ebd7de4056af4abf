// A hash table from texts to rows: open addressing, at most half full. The table knows only hashes; the caller compares
// the texts of a row whose hash agrees, and walks on where they differ.
//
//   table   u32 address of slots    u32 mask    u32 used    u32 zero        TABLE bytes, static
//   slot    u32 hash                u32 row + 1, 0: empty
//
// Who writes the file chooses the texts, and may choose colliding ones. A walk past PROBES slots, which no honest file
// comes near at this load, answers 0, so that a lookup has a bound.
import { claim, giveBack } from "./arena";

export const TABLE = 16;
const SLOT: usize = 8;
const PROBES: u32 = 256;

/** A hash of n bytes at `at`, going on from `seed`. */
export function hashText(at: usize, n: u32, seed: u32 = 0): u32 {
  let h = (<u64>seed ^ <u64>n) * 0x9e3779b97f4a7c15;
  const end = at + n;
  if (n >= 8) {
    for (; at + 8 < end; at += 8) h = mix(h ^ load<u64>(at));
    h = mix(h ^ load<u64>(end - 8));
  } else if (n >= 4) {
    h = mix(h ^ (<u64>load<u32>(at) | (<u64>load<u32>(end - 4) << 32)));
  } else if (n != 0) {
    h = mix(h ^ (<u64>load<u8>(at) | (<u64>load<u8>(at + (n >> 1)) << 8) | (<u64>load<u8>(end - 1) << 16)));
  }
  return <u32>(h >> 32);
}

function mix(x: u64): u64 {
  x *= 0xd6e8feb86659fd93;
  x ^= x >> 32;
  return x * 0xd6e8feb86659fd93;
}

/** Are two texts the same bytes? */
export function sameText(a: usize, aLength: u32, b: usize, bLength: u32): bool {
  if (aLength != bLength) return false;
  if (a == b) return true;
  const end = a + aLength;
  for (; a + 8 <= end; a += 8, b += 8) if (load<u64>(a) != load<u64>(b)) return false;
  for (; a < end; a++, b++) if (load<u8>(a) != load<u8>(b)) return false;
  return true;
}

/** Empties a table and gives it room for `rows` rows. False: no memory. */
export function makeTable(table: usize, rows: u32): bool {
  let slots: u32 = 64;
  while (<u64>slots < <u64>rows << 1) slots <<= 1;
  giveBack(<usize>load<u32>(table), load<u32>(table) == 0 ? 0 : (<usize>load<u32>(table, 4) + 1) * SLOT);
  const at = claim(<usize>slots * SLOT);
  store<u32>(table, <u32>at);
  store<u32>(table, slots - 1, 4);
  store<u32>(table, 0, 8);
  if (at == 0) return false;
  memory.fill(at, 0, <usize>slots * SLOT);
  return true;
}

/** Makes sure that one more row fits. Slots found earlier are void after it. False: no memory. */
export function tableRoom(table: usize): bool {
  const used = load<u32>(table, 8);
  const mask = load<u32>(table, 4);
  if (used << 1 <= mask) return true;
  const slots = (<usize>mask + 1) << 1;
  if (slots > 0x7ffffff) return false;
  const old = <usize>load<u32>(table);
  const at = claim(slots * SLOT);
  if (at == 0) return false;
  memory.fill(at, 0, slots * SLOT);
  store<u32>(table, <u32>at);
  store<u32>(table, <u32>slots - 1, 4);
  for (let from = old; from < old + (<usize>mask + 1) * SLOT; from += SLOT) {
    if (load<u32>(from, 4) == 0) continue;
    let i = <usize>load<u32>(from) & (slots - 1);
    while (load<u32>(at + i * SLOT, 4) != 0) i = (i + 1) & (slots - 1);
    store<u64>(at + i * SLOT, load<u64>(from));
  }
  giveBack(old, (<usize>mask + 1) * SLOT);
  return true;
}

/** The first slot that has this hash or is empty; 0 after too many. */
export function findSlot(table: usize, hash: u32): usize {
  return walk(table, hash, hash & load<u32>(table, 4));
}

/** The next such slot behind `slot`. */
export function nextSlot(table: usize, hash: u32, slot: usize): usize {
  const at = <usize>load<u32>(table);
  return walk(table, hash, (<u32>((slot - at) / SLOT) + 1) & load<u32>(table, 4));
}

function walk(table: usize, hash: u32, from: u32): usize {
  const at = <usize>load<u32>(table);
  const mask = load<u32>(table, 4);
  const home = hash & mask;
  for (let i = from; ((i - home) & mask) < PROBES; i = (i + 1) & mask) {
    const slot = at + <usize>i * SLOT;
    if (load<u32>(slot, 4) == 0 || load<u32>(slot) == hash) return slot;
    if (((i + 1) & mask) == home) return 0;
  }
  return 0;
}

/** The row in a slot, or NONE where it is empty. */
export function slotRow(slot: usize): u32 {
  return load<u32>(slot, 4) - 1;
}

/** Fills an empty slot. */
export function fillSlot(table: usize, slot: usize, hash: u32, row: u32): void {
  store<u32>(slot, hash);
  store<u32>(slot, row + 1, 4);
  store<u32>(table, load<u32>(table, 8) + 1, 8);
}
