// The memo: what PUT, BINPUT and MEMOIZE stored, by index. A file may store at any 32-bit index, so only indexes near
// the number of things stored (all that a pickler ever writes) live in an array:
//
//   array   u32 node + 1, 0: nothing
//
// and the others in a crit-bit tree, where each costs one 16-byte row and no lookup takes more than 32 steps, whatever
// indexes an attacker picks:
//
//   row     u32 index    u32 node + 1    u32 left    u32 right     the row is a leaf, and an inner node of the tree
//
// An index that once went to the tree may fit the array later; what the array holds is newer.
import { claim, grown } from "../base/arena";
import { NONE } from "../shared/status";

const FIRST: usize = 1024;
const ROW: usize = 16;
const LEAF: u32 = 0x80000000; // a link to a leaf; without it, to an inner node

let array: usize = 0;
let room: u32 = 0; // indexes that the array holds
let stored: u32 = 0;
let tree: usize = 0;
let rows: u32 = 0;
let rowRoom: u32 = 0;
let root: u32 = 0;

/** Empties the memo. False: no memory. */
export function beginMemo(): bool {
  if (array == 0) {
    array = claim(FIRST << 2);
    if (array == 0) return false;
    room = <u32>FIRST;
  }
  memory.fill(array, 0, <usize>room << 2);
  stored = 0;
  rows = 0;
  return true;
}

export function memoArray(): usize {
  return array;
}

export function memoRoom(): u32 {
  return room;
}

/** Is every index that was stored in the array? Then a free slot of the array is a free index. */
export function memoIsFlat(): bool {
  return rows == 0;
}

/** Counts n free slots of the array that a caller has filled itself. */
export function memoFilled(n: u32): void {
  stored += n;
}

/** How many indexes are taken: where MEMOIZE stores next. */
export function memoCount(): u32 {
  return stored;
}

/** The node at an index, or NONE. */
export function memoGet(index: u32): u32 {
  if (index < room) {
    const held = load<u32>(array + (<usize>index << 2));
    if (held != 0) return held - 1;
  }
  return rows == 0 ? NONE : treeGet(index);
}

/** False: no memory. */
export function memoPut(index: u32, node: u32): bool {
  if (index >= room) {
    if (<u64>index > (<u64>stored << 1) + 1024) return treePut(index, node);
    if (!grow(index)) return false;
  }
  const at = array + (<usize>index << 2);
  if (load<u32>(at) == 0 && (rows == 0 || treeGet(index) == NONE)) stored++;
  store<u32>(at, node + 1);
  return true;
}

function grow(index: u32): bool {
  let more = <u64>room << 1;
  if (more <= <u64>index) more = <u64>index + 1;
  if (more > 0xfffffff) return false;
  const to = grown(array, <usize>room << 2, <usize>more << 2);
  if (to == 0) return false;
  memory.fill(to + (<usize>room << 2), 0, <usize>(more - room) << 2);
  array = to;
  room = <u32>more;
  return true;
}

function rowAt(row: u32): usize {
  return tree + <usize>row * ROW;
}

// Row r is leaf r, and for r > 0 also the inner node that was made when leaf r came. Its bit is kept in no column: it
// is the highest bit in which its two sides differ, and every leaf of a side agrees above it. A link to an inner node
// carries the bit: link = bit << 26 | row, so a tree holds 2^26 rows at most.
function treeLeaf(index: u32): u32 {
  let link = root;
  while ((link & LEAF) == 0) {
    const bit = link >> 26;
    link = load<u32>(rowAt(link & 0x3ffffff) + (<usize>((index >> bit) & 1) << 2), 8);
  }
  return link & 0x3ffffff;
}

function treeGet(index: u32): u32 {
  const row = rowAt(treeLeaf(index));
  return load<u32>(row) == index ? load<u32>(row, 4) - 1 : NONE;
}

function treePut(index: u32, node: u32): bool {
  let bit: u32 = 0;
  if (rows != 0) {
    const leaf = rowAt(treeLeaf(index));
    const differs = load<u32>(leaf) ^ index;
    if (differs == 0) {
      store<u32>(leaf, node + 1, 4);
      return true;
    }
    bit = 31 - clz(differs);
  }
  const row = newRow(index, node);
  if (row == NONE) return false;
  stored++;
  if (row == 0) {
    root = LEAF;
    return true;
  }
  // Walk down to the first link whose bit is lower, and put the new inner node there.
  let from: usize = 0;
  let link = root;
  while ((link & LEAF) == 0 && link >> 26 > bit) {
    from = rowAt(link & 0x3ffffff) + 8 + (<usize>((index >> (link >> 26)) & 1) << 2);
    link = load<u32>(from);
  }
  const side = <usize>((index >> bit) & 1) << 2;
  store<u32>(rowAt(row) + 8 + side, LEAF | row);
  store<u32>(rowAt(row) + 8 + (4 - side), link);
  if (from == 0) root = (bit << 26) | row;
  else store<u32>(from, (bit << 26) | row);
  return true;
}

function newRow(index: u32, node: u32): u32 {
  if (rows == rowRoom) {
    const more = rowRoom == 0 ? 256 : rowRoom << 1;
    if (more > 0x2000000) return NONE;
    const to = grown(tree, <usize>rows * ROW, <usize>more * ROW);
    if (to == 0) return NONE;
    tree = to;
    rowRoom = more;
  }
  const row = rowAt(rows);
  store<u32>(row, index);
  store<u32>(row, node + 1, 4);
  return rows++;
}
