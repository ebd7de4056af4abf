// Look-up of zip records by name: a table of slots, half of them free, searched from the one that the hash names on.
//
//   slot:   8 bits of the hash │ 24 bits: row of ENTRIES       NONE: free
//
// The 8 bits spare nearly every look at a row that is another's: rows lie all over memory. Case does not count in the
// hash, so one search serves the exact look-up and torch's. Searches are short: where one grows beyond MAX_SEARCH all
// names are hashed anew under another seed, and names that no seed can part are refused. Two records whose names differ
// in nothing but case are one record to torch, which then takes either: refused, if it is a record that is used.
import { claim } from "../base/arena";
import { fault, memorySpent } from "../base/fault";
import { E_NAME, E_NAME_LENGTH } from "../shared/columns";
import { F_LIMIT_COLLISIONS, F_ZIP_DUPLICATE } from "../shared/faults";
import { MAX_SEARCH } from "../shared/limits";
import { DONE, MORE, NONE } from "../shared/status";
import { directoryStart } from "./zip_end";
import { entries, entryAt, folderAt, folderLength } from "./zip_directory";
import { hashName, sameBytes, sameName } from "./zip_names";
import { isUsedRecord, knownLength, knownName } from "./zip_known";

const SEEDS: u32 = 4;
const ROW_BITS: u32 = 0xffffff;
const MAX_NAME: u32 = 65535;
const AHEAD: u32 = 32;
const hashes: usize = memory.data(32 * 8, 8);

let slots: usize = 0;
let mask: u32 = 0;
let row: u32 = 0;
let touched: u32 = 0;
let seedNumber: u32 = 0;
let seed: u64 = 0;
let scratch: usize = 0; // the folder, its slash, and room for a record's name
let folderBytes: u32 = 0;
let lastFound: u32 = 0;

/** Starts on the index of the entries that were read. */
export function beginIndex(): i32 {
  let size: u32 = 16;
  while (size < entries() << 1) size <<= 1;
  mask = size - 1;
  slots = claim(<usize>size << 2);
  if (slots == 0) return memorySpent(directoryStart(), <u64>size << 2);
  folderBytes = folderLength() + 1;
  scratch = claim(<usize>folderBytes + MAX_NAME);
  if (scratch == 0) return memorySpent(directoryStart(), <u64>folderBytes + MAX_NAME);
  memory.copy(scratch, folderAt(), folderBytes);
  seedNumber = 0;
  lastFound = 0;
  start();
  return DONE;
}

/** No index: nothing is found. */
export function clearIndex(): void {
  slots = 0;
}

function start(): void {
  seed = <u64>(seedNumber + 1) * 0x9e3779b97f4a7c15;
  row = 0;
  memory.fill(slots, 0xff, (<usize>mask + 1) << 2);
}

/** Adds entries, counting 64 of the budget for each. */
export function index(budget: u32): i32 {
  const total = entries();
  const stop = min(<u64>total, <u64>row + <u64>(budget >> 6) + 1);
  while (<u64>row < stop) {
    const ahead = row % AHEAD;
    if (ahead == 0) lookAhead(min(row + AHEAD, total));
    const status = add(row, load<u64>(hashes + (<usize>ahead << 3)));
    if (status == MORE) {
      if (++seedNumber == SEEDS) return fault(F_LIMIT_COLLISIONS, directoryStart(), <u64>MAX_SEARCH);
      start();
      return MORE;
    }
    if (status != DONE) return status;
    row++;
  }
  return row < total ? MORE : DONE;
}

/**
 * Hashes the rows up to `end`, and touches the slots that they will ask for: the waits for memory, which are most of
 * the time of a large index, then fall together. What it reads of the slots serves nothing but that.
 */
function lookAhead(end: u32): void {
  let touch: u32 = 0;
  for (let i = row; i < end; i++) {
    const to = entryAt(i);
    const hash = hashName(<usize>load<u32>(to, E_NAME << 2), load<u32>(to, E_NAME_LENGTH << 2), seed);
    store<u64>(hashes + (<usize>(i % AHEAD) << 3), hash);
    touch ^= slotAt(<u32>hash & mask);
  }
  touched = touch;
}

/** The 8 bits that go with a row: never all set, so that no slot looks free. */
function tagOf(hash: u64): u32 {
  const tag = <u32>(hash >>> 56);
  return tag == 0xff ? 0xfe : tag;
}

/** Adds entry i. MORE: it would stand too far from its place under this seed. */
function add(i: u32, hash: u64): i32 {
  const to = entryAt(i);
  const name = <usize>load<u32>(to, E_NAME << 2);
  const n = load<u32>(to, E_NAME_LENGTH << 2);
  const tag = tagOf(hash);
  let place = <u32>hash & mask;
  let steps: u32 = 0;
  for (let slot = slotAt(place); slot != NONE; slot = slotAt(place)) {
    if (slot >>> 24 == tag) {
      const other = entryAt(slot & ROW_BITS);
      const otherName = <usize>load<u32>(other, E_NAME << 2);
      if (load<u32>(other, E_NAME_LENGTH << 2) == n && sameName(name, otherName, n)) {
        if (isUsedRecord(name + folderBytes, n - folderBytes)) {
          return fault(F_ZIP_DUPLICATE, directoryStart(), <u64>(slot & ROW_BITS), <u64>i);
        }
        // Of records that nobody uses the first one counts, and a later one is not to be found.
        if (sameBytes(name, otherName, n)) return DONE;
      }
    }
    if (++steps > <u32>MAX_SEARCH) return MORE;
    place = (place + 1) & mask;
  }
  store<u32>(slots + (<usize>place << 2), (tag << 24) | i);
  return DONE;
}

function slotAt(place: u32): u32 {
  return load<u32>(slots + (<usize>place << 2));
}

/** The entry of a full name: exactly so, or else with letters of either case. NONE: no such entry. */
export function findEntry(name: usize, n: u32): u32 {
  if (slots == 0 || n > MAX_NAME) return NONE;
  const hash = hashName(name, n, seed);
  const tag = tagOf(hash);
  let found = NONE;
  let place = <u32>hash & mask;
  let steps: u32 = 0;
  for (let slot = slotAt(place); slot != NONE && steps <= <u32>MAX_SEARCH; slot = slotAt(place)) {
    if (slot >>> 24 == tag) {
      const i = slot & ROW_BITS;
      const other = entryAt(i);
      if (load<u32>(other, E_NAME_LENGTH << 2) == n) {
        const otherName = <usize>load<u32>(other, E_NAME << 2);
        if (sameBytes(name, otherName, n)) return i;
        if (found == NONE && sameName(name, otherName, n)) found = i;
      }
    }
    place = (place + 1) & mask;
    steps++;
  }
  return found;
}

/** The entry of `<folder>/<name>`, or NONE. Records are mostly asked for in their order, so the next is tried first. */
export function findRecord(name: usize, n: u32): u32 {
  if (slots == 0 || n > MAX_NAME) return NONE;
  const guess = lastFound + 1;
  if (guess < entries()) {
    const to = entryAt(guess);
    if (
      load<u32>(to, E_NAME_LENGTH << 2) == folderBytes + n &&
      sameBytes(<usize>load<u32>(to, E_NAME << 2) + folderBytes, name, n)
    ) {
      lastFound = guess;
      return guess;
    }
  }
  memory.copy(scratch + folderBytes, name, n);
  const found = findEntry(scratch, folderBytes + n);
  if (found != NONE) lastFound = found;
  return found;
}

/** The entry of a record that has a meaning (zip_known.ts numbers them), or NONE. */
export function knownRecord(r: u32): u32 {
  return findRecord(knownName(r), knownLength(r));
}
