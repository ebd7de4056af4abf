// Persistent ids: the tuples by which a pickle names the bytes of a tensor, and the rows of STORAGES they become.
//
//   ("storage", <class>, key, location, numel)          zip; a sixth item, None, from the C++ pickler of 1.3 and 1.4
//   ("storage", <class>, key, location, numel, None)    stream; or (key of its own, offset, size), in elements, in place
//                                                       of None: a view of the storage, up to torch 0.3
//
// sources.ts has the stream's other kind, which carries a class and its source.
//
// Every id is checked wholly: the class by its name, numel · element size in 64 bits. Ids of one key are one storage;
// the first class and size count, as in torch. reference/torch-serialization.md §3.5, §4.1.
import { grown } from "../base/arena";
import { decimalBefore } from "../base/decimal";
import { columnAt, columnCapacity, columnCount, reserve, setColumnCount } from "../base/columns";
import { fault, memorySpent } from "../base/fault";
import { aOf, bOf, edge, intOf, kindOf, node, textOf } from "../base/graph";
import { fillSlot, findSlot, hashText, makeTable, nextSlot, sameText, slotRow, tableRoom } from "../base/table";
import {
  C_STORAGES, GLOBAL_IN_PID_ONLY, S_CLASS, S_DTYPE, S_ENTRY, S_FLAGS, S_KEY, S_LOCATION, S_NBYTES, S_NUMBER, S_NUMEL,
  S_OFFSET, S_ROOT, S_VIEW_AT, S_VIEW_KEY, S_WORDS, STORAGE_CONFLICT, STORAGE_VIEW,
} from "../shared/columns";
import {
  F_LIMIT_COLLISIONS, F_LIMIT_NAME, F_PID, F_PID_CLASS, F_STORAGE_NUMEL, F_STORAGE_VIEW,
} from "../shared/faults";
import {
  K_ASCII, K_BYTES, K_BYTESTR, K_GLOBAL, K_INT, K_NONE, K_STORAGE, K_TEXT, K_TUPLE, N_NONE, N_STORAGE,
} from "../shared/kinds";
import { KNOWN_DTYPE, KNOWN_STORAGE } from "../shared/known";
import { MAX_NAME } from "../shared/limits";
import { NONE } from "../shared/status";
import { itemSize } from "./dtypes";
import { globalFlags, knownOf, setGlobalFlags } from "./globals";

const table: usize = memory.data(16, 8);
/** What persistent ids look like: those of a zip, of a stream, of a legacy tar. */
export const IDS_ZIP: u32 = 0;
export const IDS_STREAM: u32 = 1;
export const IDS_TAR: u32 = 2;

let numbers: usize = 0; // row + 1 of each storage whose key is a small number, 0: none
let numberRoom: u32 = 0;
let numberBound: u32 = 0;
let tag: u32 = NONE;
let form: u32 = IDS_ZIP;
const digits: usize = memory.data(24); // an int key, in decimal
const ownDigits: usize = memory.data(24); // that of a row it is compared with

/** Forgets the storages of an earlier pickle; the next one has n bytes. False: no memory. */
export function beginStorages(n: u32): bool {
  tag = NONE;
  numberBound = n / 8 + 1024; // a storage takes more than 8 bytes of pickle
  if (numbers != 0) memory.fill(numbers, 0, <usize>numberRoom << 2);
  return makeTable(table, 32);
}

/** Says which persistent ids are well-formed from now on: IDS_*. */
export function expectIds(which: u32): void {
  form = which;
}

export function expectedIds(): u32 {
  return form;
}

/** The node that is the literal "storage" of the persistent ids, or NONE where there is none. */
export function storageTag(): u32 {
  return tag;
}

/**
 * The number that a key spells in decimal, as torch names storages 0, 1, 2 …; NONE for other keys, and for numbers
 * beyond what so short a pickle can count to. These need no hash, and neighbours lie side by side.
 */
function smallNumber(text: usize, n: u32): u32 {
  if (n == 0 || n > 9 || (n > 1 && load<u8>(text) == 48)) return NONE;
  let value: u32 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const digit = <u32>load<u8>(text + i) - 48;
    if (digit > 9) return NONE;
    value = value * 10 + digit;
  }
  return value < numberBound ? value : NONE;
}

function growNumbers(atLeast: u32): bool {
  const room = max(numberRoom << 1, max(atLeast + 1, 1024));
  const to = grown(numbers, <usize>numberRoom << 2, <usize>room << 2);
  if (to == 0) return false;
  memory.fill(to + (<usize>numberRoom << 2), 0, <usize>(room - numberRoom) << 2);
  numbers = to;
  numberRoom = room;
  return true;
}

let keyLength: u32 = 0;

/** Where the text of a key stands, its length in `keyLength`; an int is written in decimal into `into`. */
function keyText(key: u32, into: usize): usize {
  if (kindOf(key) != K_INT) {
    keyLength = bOf(key);
    return textOf(key);
  }
  const at = decimalBefore(into + 24, intOf(key));
  keyLength = <u32>(into + 24 - at);
  return at;
}

/** The address of the text of a storage's key; `storageKeyLength` has its length. A view has a key of its own. */
export function storageKey(row: u32): usize {
  const at = rowAt(row);
  return keyText(isView(row) ? load<u32>(at, S_VIEW_KEY << 2) : load<u32>(at, S_KEY << 2), ownDigits);
}

export function storageKeyLength(): u32 {
  return keyLength;
}

/** Does a row look at the bytes of another one? */
export function isView(row: u32): bool {
  return (load<u32>(rowAt(row), S_FLAGS << 2) & STORAGE_VIEW) != 0;
}

function rowAt(row: u32): usize {
  return columnAt(C_STORAGES) + <usize>row * (S_WORDS << 2);
}

export function isTextKind(kind: u32): bool {
  return kind == K_ASCII || kind == K_TEXT || kind == K_BYTESTR;
}

function wrong(where: u32, found: u32): u32 {
  fault(F_PID, where, kindOf(found));
  return NONE;
}

/** The K_STORAGE node for a persistent id, or NONE with the fault noted. `where` is the opcode's offset. */
export function storageNode(pid: u32, where: u32): u32 {
  if (kindOf(pid) != K_TUPLE) return wrong(where, pid);
  const count = bOf(pid);
  const items = aOf(pid);
  const ofStream = form == IDS_STREAM;
  const view = count == 6 ? edge(items + 5) : N_NONE;
  if (ofStream ? count != 6 : (count != 5 && count != 6) || kindOf(view) != K_NONE) return wrong(where, pid);
  if (!isStorageTag(edge(items))) return wrong(where, edge(items));
  const cls = edge(items + 1);
  const known = storageClass(cls, where);
  if (known == NONE) return NONE;
  const key = edge(items + 2);
  if (!isTextKind(kindOf(key)) && kindOf(key) != K_INT) return wrong(where, key);
  const location = edge(items + 3);
  if (!isTextKind(kindOf(location))) return wrong(where, location);
  const numel = edge(items + 4);
  if (kindOf(numel) != K_INT) return wrong(where, numel);
  if (tag == NONE) tag = edge(items);
  let row = findOrAdd(key, location, aOf(cls), known - KNOWN_STORAGE, intOf(numel), where);
  if (row != NONE && ofStream) row = kindOf(view) == K_NONE ? wholeRow(row, where) : viewRow(row, view, known - KNOWN_STORAGE, where);
  if (row == NONE) return NONE;
  // Until the walk from the root meets the class as a value. torch looks UntypedStorage up as it does any other global.
  if (known != KNOWN_STORAGE) setGlobalFlags(aOf(cls), globalFlags(aOf(cls)) | GLOBAL_IN_PID_ONLY);
  const made = node(K_STORAGE, row, where);
  if (made == NONE) memorySpent(where, 9);
  return made;
}

/** The known number of a storage's class, KNOWN_STORAGE + dtype; NONE with the fault noted where it is something else. */
function storageClass(cls: u32, where: u32): u32 {
  if (kindOf(cls) != K_GLOBAL) return noClass(where, cls);
  const known = knownOf(aOf(cls));
  return known < <u32>KNOWN_STORAGE || known >= <u32>KNOWN_DTYPE ? noClass(where, cls) : known;
}

/** The row of a storage whose key is known to be new, NONE with the fault noted; for files that list theirs. */
export function listedStorage(key: u32, location: u32, cls: u32, numel: i64, where: u32): u32 {
  const known = storageClass(cls, where);
  if (known == NONE) return NONE;
  if (known == KNOWN_STORAGE) return noClass(where, cls); // torch has no class without a dtype there
  return newRow(key, location, aOf(cls), known - KNOWN_STORAGE, numel, where);
}

/** The same for a view of the storage of row `root`: `size` elements from element `offset` on. */
export function listedView(root: u32, key: u32, offset: u64, size: u64, where: u32): u32 {
  const from = rowAt(root);
  if (!viewFits(root, offset, size, where)) return NONE;
  const dtype = load<u32>(from, S_DTYPE << 2);
  const row = newRow(key, load<u32>(from, S_LOCATION << 2), load<u32>(from, S_CLASS << 2), dtype, <i64>size, where);
  if (row != NONE) becomeView(row, root, key, offset * <u64>itemSize(dtype));
  return row;
}

/** A storage that is no view, or NONE. */
function wholeRow(row: u32, where: u32): u32 {
  return isView(row) ? wrongView(where, load<u64>(rowAt(row), S_NUMEL << 2), load<u64>(rowAt(row), S_NUMEL << 2)) : row;
}

/** The row of a view: (key, offset, size) in elements of its root. A key once seen names the same view again. */
function viewRow(root: u32, view: u32, dtype: u32, where: u32): u32 {
  if (kindOf(view) != K_TUPLE || bOf(view) != 3) return wrong(where, view);
  const items = aOf(view);
  const key = edge(items);
  if (!isTextKind(kindOf(key)) && kindOf(key) != K_INT) return wrong(where, key);
  if (kindOf(edge(items + 1)) != K_INT) return wrong(where, edge(items + 1));
  if (kindOf(edge(items + 2)) != K_INT) return wrong(where, edge(items + 2));
  const offset = <u64>intOf(edge(items + 1));
  const size = <u64>intOf(edge(items + 2));
  const whole = load<u64>(rowAt(root), S_NUMEL << 2); // below 2^59
  if (load<u32>(rowAt(root), S_DTYPE << 2) != dtype) return wrongView(where, offset + size, whole);
  if (!viewFits(root, offset, size, where)) return NONE;
  const known = columnCount(C_STORAGES);
  const location = load<u32>(rowAt(root), S_LOCATION << 2);
  const row = findOrAdd(key, location, load<u32>(rowAt(root), S_CLASS << 2), dtype, <i64>size, where);
  if (row == NONE) return NONE;
  const at = rowAt(row);
  const begin = offset * <u64>itemSize(dtype);
  if (row == known) {
    becomeView(row, root, key, begin);
    return row;
  }
  const same = isView(row) && load<u32>(at, S_ROOT << 2) == root && load<u64>(at, S_VIEW_AT << 2) == begin &&
    load<u64>(at, S_NUMEL << 2) == size;
  return same ? row : wrongView(where, offset + size, whole);
}

/** Does a view lie inside its root, which is the root itself? A view of a view is nothing that torch wrote. */
function viewFits(root: u32, offset: u64, size: u64, where: u32): bool {
  const whole = load<u64>(rowAt(root), S_NUMEL << 2); // below 2^59
  if (!isView(root) && offset <= whole && size <= whole - offset) return true;
  wrongView(where, offset + size, whole);
  return false;
}

function becomeView(row: u32, root: u32, key: u32, begin: u64): void {
  const at = rowAt(row);
  store<u32>(at, load<u32>(rowAt(root), S_KEY << 2), S_KEY << 2);
  store<u32>(at, STORAGE_VIEW, S_FLAGS << 2);
  store<u32>(at, root, S_ROOT << 2);
  store<u32>(at, key, S_VIEW_KEY << 2);
  store<u64>(at, begin, S_VIEW_AT << 2);
}

function wrongView(where: u32, end: u64, whole: u64): u32 {
  fault(F_STORAGE_VIEW, where, end, whole);
  return NONE;
}

/** The row of a storage's key, or NONE where no persistent id named it. */
export function findStorage(key: u32): u32 {
  const text = keyText(key, digits);
  const length = keyLength;
  const number = smallNumber(text, length);
  if (number != NONE) return number < numberRoom ? load<u32>(numbers + (<usize>number << 2)) - 1 : NONE;
  const hash = hashText(text, length);
  let slot = findSlot(table, hash);
  while (slot != 0) {
    const row = slotRow(slot);
    if (row == NONE) return NONE;
    const own = storageKey(row);
    if (sameText(own, keyLength, text, length)) return row;
    slot = nextSlot(table, hash, slot);
  }
  return NONE;
}

/** "storage", as a str or (from Python 2) as bytes. */
function isStorageTag(tag: u32): bool {
  const kind = kindOf(tag);
  if (kind != K_ASCII && kind != K_BYTESTR && kind != K_BYTES) return false;
  return sameText(textOf(tag), bOf(tag), textOf(N_STORAGE), 7);
}

function noClass(where: u32, found: u32): u32 {
  fault(F_PID_CLASS, where, found);
  return NONE;
}

/** Is there room for a row of so many elements? False with the fault noted. */
function roomFor(numel: i64, where: u32): bool {
  if (<u64>numel >> 59 != 0) { // negative, or past 64 bits when multiplied by an element's 16 bytes
    fault(F_STORAGE_NUMEL, where, <u64>numel);
    return false;
  }
  if (columnCount(C_STORAGES) < columnCapacity(C_STORAGES) || reserve(C_STORAGES, 1)) return true;
  spent(where);
  return false;
}

function newRow(key: u32, location: u32, cls: u32, dtype: u32, numel: i64, where: u32): u32 {
  return roomFor(numel, where) ? add(key, location, cls, dtype, <u64>numel, where) : NONE;
}

function findOrAdd(key: u32, location: u32, cls: u32, dtype: u32, numel: i64, where: u32): u32 {
  if (!roomFor(numel, where)) return NONE;
  const text = keyText(key, digits);
  const length = keyLength;
  const number = smallNumber(text, length);
  if (number == NONE) return findHashed(text, length, key, location, cls, dtype, numel, where);
  if (number >= numberRoom && !growNumbers(number)) return spent(where);
  const at = numbers + (<usize>number << 2);
  const row = load<u32>(at) - 1;
  if (row != NONE) return agree(row, dtype, numel);
  const added = add(key, location, cls, dtype, <u64>numel, where);
  store<u32>(at, added + 1);
  return added;
}

/** Notes that a storage was named with another class or size than the first time. */
function agree(row: u32, dtype: u32, numel: i64): u32 {
  const at = rowAt(row);
  if (load<u32>(at, S_DTYPE << 2) != dtype || load<i64>(at, S_NUMEL << 2) != numel) {
    store<u32>(at, load<u32>(at, S_FLAGS << 2) | STORAGE_CONFLICT, S_FLAGS << 2);
  }
  return row;
}

function spent(where: u32): u32 {
  memorySpent(where, S_WORDS << 2);
  return NONE;
}

/** The row of a key that is no small number. */
function findHashed(
  text: usize, length: u32, key: u32, location: u32, cls: u32, dtype: u32, numel: i64, where: u32,
): u32 {
  if (length > <u32>MAX_NAME) {
    fault(F_LIMIT_NAME, where, length, MAX_NAME);
    return NONE;
  }
  if (!tableRoom(table)) return spent(where);
  const hash = hashText(text, length);
  let slot = findSlot(table, hash);
  while (slot != 0) {
    const row = slotRow(slot);
    if (row == NONE) {
      const added = add(key, location, cls, dtype, <u64>numel, where);
      fillSlot(table, slot, hash, added);
      return added;
    }
    const own = storageKey(row);
    if (sameText(own, keyLength, text, length)) return agree(row, dtype, numel);
    slot = nextSlot(table, hash, slot);
  }
  fault(F_LIMIT_COLLISIONS, where, columnCount(C_STORAGES));
  return NONE;
}

function add(key: u32, location: u32, cls: u32, dtype: u32, numel: u64, where: u32): u32 {
  const row = columnCount(C_STORAGES);
  const at = rowAt(row);
  store<u32>(at, key, S_KEY << 2);
  store<u32>(at, location, S_LOCATION << 2);
  store<u32>(at, dtype, S_DTYPE << 2);
  store<u32>(at, cls, S_CLASS << 2);
  store<u64>(at, numel, S_NUMEL << 2);
  store<u64>(at, numel * <u64>itemSize(dtype), S_NBYTES << 2);
  store<u32>(at, NONE, S_ENTRY << 2);
  store<u32>(at, where, S_OFFSET << 2);
  store<u32>(at, NONE, S_NUMBER << 2);
  store<u32>(at, 0, S_FLAGS << 2);
  store<u32>(at, NONE, S_ROOT << 2);
  store<u32>(at, NONE, S_VIEW_KEY << 2);
  store<u64>(at, 0, S_VIEW_AT << 2);
  setColumnCount(C_STORAGES, row + 1);
  return row;
}
