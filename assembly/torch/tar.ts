// Reading the tar of torch 0.1.9 and before, up to where each storage stands (reference §1.5). Its members, once
// container/tar_read.ts has found them, in the order in which they build on each other:
//
//   storages   count │ (key, location, class) i64 elements, content │ … │ [(key, key of its root, offset, size), …]
//   tensors    count │ (key, key of its storage, class) i32 dimensions, 4 bytes, i64 sizes, i64 strides, i64 offset │ …
//   pickle     the object
//
// Counts, tuples and lists are pickles of their own, which join one graph. Contents are passed over: they become rows of
// ENTRIES, as a stream's do, and tensors become rows of TENSORS, so that nobody behind this sees another container.
import { columnAt, columnCapacity, columnCount, makeColumn, reserve } from "../base/columns";
import { openCursor, takeU32, takeU64 } from "../base/cursor";
import { failed, fault, memorySpent } from "../base/fault";
import { aOf, bOf, edge, intOf, kindOf, node, textOf } from "../base/graph";
import { sameText } from "../base/table";
import { setFact, setFact64 } from "../container/facts";
import { beginWindow, boundWindow, keepWindow, openWindow, windowAt, windowEnd, windowLength } from "../container/legacy_read";
import { sourceSize } from "../container/ranges";
import { beginTar, readTar, tarBytes, TAR_PICKLE, TAR_STORAGES, TAR_TENSORS, tarFrom } from "../container/tar_read";
import { decodeConsumed, decodeRoot } from "../pickle/decode";
import { C_ENTRIES, C_GLOBALS, C_STORAGES, E_WORDS, S_NBYTES, S_WORDS } from "../shared/columns";
import { FACT_DIRECTORY, FACT_FLAGS, FACT_PICKLE_AT, FACT_PICKLE_LENGTH, FACTS_ASCENDING } from "../shared/facts";
import { F_LIMIT_NDIM, F_STREAM_END, F_TAR_END, F_TAR_POLICY, F_TAR_RECORD } from "../shared/faults";
import { K_GLOBAL, K_INT, K_LIST, K_STORAGE, K_TUPLE, SEG_HEAD, SEG_ITEMS } from "../shared/kinds";
import { MAX_NDIM, MAX_PICKLE, MAX_TAR_RECORD } from "../shared/limits";
import { DONE, FAULT, MORE, NONE, WEIGHTS_ONLY } from "../shared/status";
import { notePickle } from "./pickle_facts";
import { isDecoding, pickleEnd, pickleStart, readPickle, seekPickle } from "./pickles";
import { listedTensor } from "./rebuild";
import { expectIds, IDS_TAR, isTextKind, listedStorage, listedView } from "./storages";
import { addStreamEntry, COUNT_BYTES } from "./stream_entry";
import { addTarKey, beginTarKeys, tarValue } from "./tar_keys";

const AT_MEMBERS: u32 = 0;
const AT_COUNT: u32 = 1; // of storages
const AT_STORAGE: u32 = 2; // its tuple
const IN_STORAGE: u32 = 3; // its elements
const AT_VIEWS: u32 = 4;
const IN_VIEWS: u32 = 5;
const AT_TENSOR_COUNT: u32 = 6;
const AT_TENSOR: u32 = 7; // its tuple
const IN_TENSOR: u32 = 8; // its geometry
const AT_OBJECT: u32 = 9;
const OVER: u32 = 10;

/** Bytes of the first window of a record: most fit, and little of a content comes with it. */
const RECORD: u64 = 512;
/** What a record costs beyond its bytes, in bytes of budget. */
const COST: u32 = 128;

let stage: u32 = 0;
let policy: u32 = 0;
let left: u64 = 0; // records
let place: u64 = 0; // what follows the last pickle
let location: u32 = NONE; // the node of the last storage's location: most have the same
let classes: u32 = 0; // rows of GLOBALS
let key: u32 = 0; // of the record at work: its nodes
let second: u32 = 0;
let third: u32 = 0;
let segment: u32 = 0; // of the list of views
let index: u32 = 0;

/** Begins with the first `head` bytes of the source in memory. */
export function beginTarball(head: u64, flags: u32): void {
  stage = AT_MEMBERS;
  policy = flags;
  location = NONE;
  classes = 0;
  beginWindow(head);
  beginTar();
  expectIds(IDS_TAR);
}

/** Goes on until the object is read: DONE, MORE, NEED or FAULT. */
export function tarball(budget: u32): i32 {
  let spent: u32 = 0;
  let status = DONE;
  while (status == DONE && stage != OVER) {
    if (spent > budget) return MORE;
    const pickled = atPickle();
    status = stage == AT_MEMBERS ? readTar() : pickled ? readPickle(budget, 0) : DONE;
    if (stage == AT_OBJECT && isDecoding() && (status == DONE || status == FAULT)) noteObject();
    if (status != DONE) return status;
    spent += COST + (pickled ? decodeConsumed() : 0);
    status = goOn();
  }
  return status;
}

function atPickle(): bool {
  return stage != AT_MEMBERS && stage != IN_STORAGE && stage != IN_VIEWS && stage != IN_TENSOR;
}

function goOn(): i32 {
  switch (stage) {
    case AT_MEMBERS: return beginStorages();
    case AT_COUNT: return takeCount(AT_STORAGE, AT_VIEWS);
    case AT_STORAGE: return takeTuple(K_TUPLE, IN_STORAGE);
    case IN_STORAGE: return takeStorage();
    case AT_VIEWS: return beginViews();
    case IN_VIEWS: return takeViews();
    case AT_TENSOR_COUNT: return takeCount(AT_TENSOR, AT_OBJECT);
    case AT_TENSOR: return takeTuple(K_TUPLE, IN_TENSOR);
    case IN_TENSOR: return takeTensor();
    default:
      stage = OVER;
      return DONE;
  }
}

function noteObject(): void {
  notePickle();
  setFact(FACT_PICKLE_AT, <u32>windowAt());
  setFact(FACT_PICKLE_LENGTH, failed() ? windowLength() : decodeConsumed());
}

function beginStorages(): i32 {
  if ((policy & WEIGHTS_ONLY) != 0) return fault(F_TAR_POLICY, 0);
  if (!makeColumn(C_ENTRIES, E_WORDS << 2, 0) || !beginTarKeys()) return memorySpent(0, E_WORDS << 2);
  setFact(FACT_FLAGS, FACTS_ASCENDING);
  setFact64(FACT_DIRECTORY, sourceSize());
  stage = AT_COUNT;
  enter(TAR_STORAGES);
  seekPickle(tarFrom(TAR_STORAGES), false, 1, MAX_TAR_RECORD);
  return DONE;
}

/** Windows lie in this member from now on. */
function enter(member: u32): void {
  boundWindow(tarFrom(member) + tarBytes(member), RECORD);
}

/** The pickle at byte `at` of the member is the next record. */
function seekRecord(at: u64): void {
  seekPickle(at, true, 1, MAX_TAR_RECORD);
}

/** The pickle at byte `at` goes on to the member's end, about. */
function seekRest(at: u64): void {
  seekPickle(at, true, windowEnd() - at, MAX_PICKLE);
}

function wrong(found: u32, part: u32): i32 {
  return fault(F_TAR_RECORD, pickleStart(), kindOf(found), part);
}

/** The number of records: the first of them is next, or, where there is none, what follows them all. */
function takeCount(some: u32, none: u32): i32 {
  const count = decodeRoot();
  // No record has less than 4 bytes, so a larger count is a lie.
  if (kindOf(count) != K_INT || <u64>intOf(count) > (windowEnd() - pickleEnd()) >> 2) return wrong(count, 0);
  left = <u64>intOf(count);
  stage = left != 0 ? some : none;
  if (stage == AT_OBJECT) return beginObject();
  if (stage == AT_VIEWS) seekRest(pickleEnd());
  else seekRecord(pickleEnd());
  return DONE;
}

/** A tuple of three, the first of which is a key. */
function takeTuple(kind: u32, then: u32): i32 {
  const tuple = decodeRoot();
  if (kindOf(tuple) != kind || bOf(tuple) != 3) return wrong(tuple, 1);
  key = edge(aOf(tuple));
  second = edge(aOf(tuple) + 1);
  third = edge(aOf(tuple) + 2);
  if (kindOf(key) != K_INT) return wrong(key, 2);
  if (kindOf(third) != K_GLOBAL) return wrong(third, 4);
  if (columnCount(C_GLOBALS) != classes) {
    classes = columnCount(C_GLOBALS);
    keepWindow(); // the class's name stands in it
  }
  place = pickleEnd();
  stage = then;
  return DONE;
}

/** What follows the tuple: `bytes` of it are in memory once DONE. */
function following(bytes: u64): i32 {
  const there = windowEnd() - place;
  return there < bytes ? fault(F_TAR_END, place, bytes, there) : openWindow(place, bytes);
}

function takeStorage(): i32 {
  // Before the window may move: the location's text stands in it.
  if (!isTextKind(kindOf(second))) return wrong(second, 3);
  if (location == NONE || !sameText(textOf(location), bOf(location), textOf(second), bOf(second))) {
    location = second;
    keepWindow();
  }
  const status = following(COUNT_BYTES);
  if (status != DONE) return status;
  openCursor(windowAt(), windowLength(), 0);
  const numel = <i64>takeU64();
  const row = listedStorage(key, location, third, numel, 0);
  if (row == NONE) return FAULT;
  const bytes = load<u64>(columnAt(C_STORAGES) + <usize>row * (S_WORDS << 2), S_NBYTES << 2);
  const there = windowEnd() - place;
  if (there - COUNT_BYTES < bytes) return fault(F_STREAM_END, place, bytes + COUNT_BYTES, there);
  const made = node(K_STORAGE, row, 0);
  if (made == NONE || !addEntry(row)) return memorySpent(place, E_WORDS << 2);
  if (!addTarKey(key, made, pickleStart())) return FAULT;
  const next = place + COUNT_BYTES + bytes;
  stage = --left != 0 ? AT_STORAGE : AT_VIEWS;
  if (stage == AT_STORAGE) seekRecord(next);
  else seekRest(next);
  return DONE;
}

/** The place of a storage's content, as a row of ENTRIES. */
function addEntry(row: u32): bool {
  if (columnCount(C_ENTRIES) == columnCapacity(C_ENTRIES) && !reserve(C_ENTRIES, 1)) return false;
  return addStreamEntry(row, place);
}

function beginViews(): i32 {
  const list = decodeRoot();
  if (kindOf(list) != K_LIST) return wrong(list, 5);
  segment = aOf(list);
  index = 0;
  stage = IN_VIEWS;
  return DONE;
}

/** One view, or the end of their list. */
function takeViews(): i32 {
  while (segment != 0 && index == edge(segment + 1)) {
    segment = edge(segment + 2);
    index = 0;
  }
  if (segment == 0) {
    stage = AT_TENSOR_COUNT;
    enter(TAR_TENSORS);
    seekRecord(tarFrom(TAR_TENSORS));
    return DONE;
  }
  const tuple = edge(segment + SEG_HEAD + index++);
  if (edge(segment) != SEG_ITEMS || kindOf(tuple) != K_TUPLE || bOf(tuple) != 4) return wrong(tuple, 6);
  const items = aOf(tuple);
  for (let i: u32 = 0; i < 4; i++) if (kindOf(edge(items + i)) != K_INT) return wrong(edge(items + i), 6);
  const root = tarValue(edge(items + 1), K_STORAGE, pickleStart());
  if (root == NONE) return FAULT;
  const offset = <u64>intOf(edge(items + 2));
  const size = <u64>intOf(edge(items + 3));
  const row = listedView(aOf(root), edge(items), offset, size, 0);
  if (row == NONE) return FAULT;
  const made = node(K_STORAGE, row, 0);
  if (made == NONE) return memorySpent(pickleStart(), 9);
  return addTarKey(edge(items), made, pickleStart()) ? DONE : FAULT;
}

function takeTensor(): i32 {
  let status = following(COUNT_BYTES);
  if (status != DONE) return status;
  openCursor(windowAt(), windowLength(), 0);
  const ndim = takeU32();
  if (ndim > <u32>MAX_NDIM) return fault(F_LIMIT_NDIM, place, ndim, MAX_NDIM);
  const bytes = COUNT_BYTES + (<u64>ndim << 4) + 8;
  status = following(bytes);
  if (status != DONE) return status;
  const storage = tarValue(second, K_STORAGE, pickleStart());
  if (storage == NONE) return FAULT;
  // At `following` bytes, all of which are in memory: sizes, strides, offset.
  const dims = windowAt() + <usize>COUNT_BYTES;
  const made = listedTensor(aOf(storage), ndim, dims, load<i64>(dims + (<usize>ndim << 4)), decodeConsumed());
  if (made == NONE || !addTarKey(key, made, pickleStart())) return FAULT;
  stage = --left != 0 ? AT_TENSOR : AT_OBJECT;
  if (stage == AT_OBJECT) return beginObject();
  seekRecord(place + bytes);
  return DONE;
}

function beginObject(): i32 {
  stage = AT_OBJECT;
  enter(TAR_PICKLE);
  keepWindow();
  seekRest(tarFrom(TAR_PICKLE));
  return DONE;
}
