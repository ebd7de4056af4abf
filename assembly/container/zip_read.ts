// Reading a zip checkpoint, up to where its pickle stands in memory:
//
//   end records → directory → index of names → order of records → data.pkl and the small records → their text
//
// In a file that torch wrote this takes one to three reads: the tail, the directory where the tail does not hold it,
// and the front, where data.pkl and most small records lie next to each other (reference §2.14).
import { fault, faultWith } from "../base/fault";
import {
  F_LIMIT_INFLATED, F_LIMIT_PICKLE, F_ZIP_BYTEORDER, F_ZIP_NO_PICKLE, F_ZIP_SMALL_RECORD, F_ZIP_VERSION,
} from "../shared/faults";
import {
  FACT_ALIGNMENT, FACT_BYTEORDER, FACT_DIRECTORY, FACT_FLAGS, FACT_FOLDER, FACT_FOLDER_LENGTH, FACT_FORMAT_VERSION,
  FACT_PICKLE_AT, FACT_PICKLE_ENTRY, FACT_PICKLE_HEADER, FACT_PICKLE_LENGTH, FACT_PREFIX, FACT_VERSION, FACTS_ASCENDING,
  FACTS_DEFLATED, FACTS_LATE_BYTEORDER, FACTS_PREFIXED, FACTS_TORCHSCRIPT, FACTS_WITH_ID, FACTS_WITHOUT_CRC,
} from "../shared/facts";
import { MAX_INFLATED, MAX_PICKLE, MAX_SMALL_RECORD } from "../shared/limits";
import { DONE, NONE } from "../shared/status";
import { setFact, setFact64 } from "./facts";
import { held, want } from "./ranges";
import {
  beginDirectory, directory, folderAt, folderLength, hasDeflated, isAscending, isWithoutCrc,
} from "./zip_directory";
import { directoryBytes, directoryStart, findEnd, prefix } from "./zip_end";
import { beginIndex, clearIndex, index, knownRecord } from "./zip_index";
import {
  R_ALIGNMENT, R_BYTEORDER, R_CONSTANTS, R_DATA_VERSION, R_FORMAT_VERSION, R_ID, R_PICKLE, R_VERSION,
} from "./zip_known";
import { beginOrder, order } from "./zip_order";
import { beginRecords, checkRecord, contentAt, headerOf, isStored, openRecord, reachOf, sizeOf } from "./zip_record";
import { byteorderOf, leadingNumber } from "./zip_text";

export { findEntry, findRecord } from "./zip_index";
export { checkRecord } from "./zip_record";

const AT_END: u32 = 0;
const AT_DIRECTORY: u32 = 1;
const IN_DIRECTORY: u32 = 2;
const IN_INDEX: u32 = 3;
const IN_ORDER: u32 = 4;
const AT_FRONT: u32 = 5;
const AT_SMALL: u32 = 6;
const AT_PICKLE: u32 = 7;
const READY: u32 = 8;

/** What is read before the directory along with it: `version` and the id lie there, with padding. */
const BEFORE_DIRECTORY: u64 = 16384;
/** Records this near to each other are one read. */
const NEAR: u64 = 65536;
/** The front is read at once up to here; past it, header and content are read apart. */
const MAX_FRONT: u64 = 536870912;
const LOCAL_BYTES: u64 = 30;

// The rows of the records to be read: data.pkl, then the small ones in the order in which their text is taken.
const SMALL: u32 = 4;
const reads: usize = memory.data(5 * 4, 8);

let phase: u32 = 0;
let small: u32 = 0; // index in `reads` of the record whose text is next

export function beginZip(): void {
  phase = AT_END;
  clearIndex();
  beginRecords();
}

/** Goes on until the pickle is in memory (DONE: the facts say where), the budget is spent, or bytes are wanted. */
export function zip(budget: u32): i32 {
  while (phase != READY) {
    const status = advance(budget);
    if (status != DONE) return status;
    phase++;
  }
  return DONE;
}

/** One phase. DONE leads to the next one. */
function advance(budget: u32): i32 {
  if (phase == AT_END) return findEnd();
  if (phase == AT_DIRECTORY) return openDirectory();
  if (phase == IN_DIRECTORY) {
    const status = directory(budget);
    return status == DONE ? beginIndex() : status;
  }
  if (phase == IN_INDEX) {
    const status = index(budget);
    return status == DONE ? beginOrder() : status;
  }
  if (phase == IN_ORDER) {
    const status = order();
    return status == DONE ? chooseRecords() : status;
  }
  if (phase == AT_FRONT) return readFront();
  if (phase == AT_SMALL) return readSmall();
  return openPickle();
}

function openDirectory(): i32 {
  const from = directoryStart();
  const n = directoryBytes();
  const at = held(from, n);
  if (at == 0) return want(from > BEFORE_DIRECTORY ? from - BEFORE_DIRECTORY : 0, from + n);
  setFact64(FACT_DIRECTORY, from);
  setFact64(FACT_PREFIX, prefix());
  return beginDirectory(at);
}

function chosen(i: u32): u32 {
  return load<u32>(reads + (<usize>i << 2));
}

/** Finds the records that are to be read, and notes what their being there tells. */
function chooseRecords(): i32 {
  setFact(FACT_FOLDER, <u32>folderAt());
  setFact(FACT_FOLDER_LENGTH, folderLength());
  const pickle = knownRecord(R_PICKLE);
  const byteorder = knownRecord(R_BYTEORDER);
  let version = knownRecord(R_DATA_VERSION);
  if (version == NONE) version = knownRecord(R_VERSION);
  let flags: u32 = 0;
  if (knownRecord(R_CONSTANTS) != NONE) flags |= FACTS_TORCHSCRIPT;
  if (prefix() != 0) flags |= FACTS_PREFIXED;
  if (hasDeflated()) flags |= FACTS_DEFLATED;
  if (isWithoutCrc()) flags |= FACTS_WITHOUT_CRC;
  if (isAscending()) flags |= FACTS_ASCENDING;
  if (knownRecord(R_ID) != NONE) flags |= FACTS_WITH_ID;
  if (byteorder != NONE && version != NONE && headerOf(byteorder) > headerOf(version)) flags |= FACTS_LATE_BYTEORDER;
  setFact(FACT_FLAGS, flags);
  setFact(FACT_PICKLE_ENTRY, pickle);
  if (pickle == NONE) return fault(F_ZIP_NO_PICKLE, directoryStart());
  store<u32>(reads, pickle);
  store<u32>(reads, version, 4);
  store<u32>(reads, byteorder, 8);
  store<u32>(reads, knownRecord(R_FORMAT_VERSION), 12);
  store<u32>(reads, knownRecord(R_ALIGNMENT), 16);
  small = 1;
  return checkRecords(pickle);
}

function checkRecords(pickle: u32): i32 {
  const header = headerOf(pickle);
  const n = sizeOf(pickle);
  if (n > <u64>MAX_PICKLE) return faultWith(F_LIMIT_PICKLE, header, n, <u64>MAX_PICKLE);
  if (!isStored(pickle) && n > <u64>MAX_INFLATED) return faultWith(F_LIMIT_INFLATED, header, n, <u64>MAX_INFLATED);
  for (let i: u32 = 0; i <= SMALL; i++) {
    const row = chosen(i);
    if (row == NONE) continue;
    const status = checkRecord(row);
    if (status != DONE) return status;
    if (i != 0 && sizeOf(row) > <u64>MAX_SMALL_RECORD) {
      return faultWith(F_ZIP_SMALL_RECORD, headerOf(row), <u64>row, sizeOf(row));
    }
  }
  setFact64(FACT_PICKLE_HEADER, header);
  setFact(FACT_PICKLE_LENGTH, <u32>n);
  return DONE;
}

/** Where the bytes that are wanted of a record end: of a deflated one only its header is. */
function wantedEnd(row: u32): u64 {
  return isStored(row) ? reachOf(row) : headerOf(row) + LOCAL_BYTES;
}

/** Asks for data.pkl and all small records that lie near it in one range, unless memory has them. */
function readFront(): i32 {
  const pickle = chosen(0);
  let from = headerOf(pickle);
  let to = wantedEnd(pickle);
  if (held(from, to - from) != 0 || to - from > MAX_FRONT) return DONE;
  let again = true;
  while (again) {
    again = false; // each round but the last takes one of four records in
    for (let i: u32 = 1; i <= SMALL; i++) {
      const row = chosen(i);
      if (row == NONE) continue;
      const start = headerOf(row);
      const end = wantedEnd(row);
      if (start >= from && end <= to) continue;
      if (start > to + NEAR || end + NEAR < from) continue;
      if (held(start, end - start) != 0) continue;
      from = min(from, start);
      to = max(to, end);
      again = true;
    }
  }
  return want(from, to);
}

/** Takes the text of the small records, one after the other. */
function readSmall(): i32 {
  for (; small <= SMALL; small++) {
    const row = chosen(small);
    if (row == NONE) continue;
    const status = openRecord(row);
    if (status != DONE) return status;
    const taken = takeText(row, <u32>sizeOf(row));
    if (taken != DONE) return taken;
  }
  return DONE;
}

function takeText(row: u32, n: u32): i32 {
  const at = contentAt();
  if (small == 2) {
    const byteorder = byteorderOf(at, n);
    setFact(FACT_BYTEORDER, byteorder);
    return byteorder == 0 ? fault(F_ZIP_BYTEORDER, headerOf(row), <u64>row) : DONE;
  }
  const value = leadingNumber(at, n);
  setFact(small == 1 ? FACT_VERSION : small == 3 ? FACT_FORMAT_VERSION : FACT_ALIGNMENT, value);
  return small == 1 && (value < 1 || value > 10) ? fault(F_ZIP_VERSION, headerOf(row), <u64>value) : DONE;
}

function openPickle(): i32 {
  const status = openRecord(chosen(0));
  if (status == DONE) setFact(FACT_PICKLE_AT, <u32>contentAt());
  return status;
}
