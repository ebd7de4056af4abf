// A storage in the pickle is only its name, a persistent id (reference 3.5):
//
//   MARK  "storage"  class  key  location  numel  TUPLE  place in the memo  BINPERSID
//
// The id is written again at every reference; the key is one str for each storage, and the literal "storage" one for
// all. So is the location where it is "cpu", "mps" or "meta": the graph says which object. Any other location is a new
// str each time, as torch makes it.
//
// Kept for each row of STORAGES:   u32 key's place    u32 dtype seen, plus one    u32 LABEL_*    u32 its text's node
import { C_STORAGES, S_DTYPE, S_LOCATION, S_NBYTES, S_NUMBER, S_WORDS } from "../shared/columns";
import { QUINT2X4, UINT8, UNTYPED } from "../shared/dtypes";
import { F_TWO_DTYPES } from "../shared/faults";
import { K_ASCII, K_TEXT, N_CPU, N_META, N_STORAGE } from "../shared/kinds";
import { BINPERSID, BINUNICODE, MARK, TUPLE } from "../shared/opcodes";
import { DONE, FAULT, NONE } from "../shared/status";
import { claim, giveBack } from "../base/arena";
import { columnAt, columnCount } from "../base/columns";
import { decimalBefore } from "../base/decimal";
import { fault } from "../base/fault";
import { bOf, kindOf, nodeCount, textOf } from "../base/graph";
import { sameText } from "../base/table";
import { putInt, putText, saveText } from "../pickle/encode_atoms";
import { putKnown, STORAGE } from "../pickle/encode_global";
import { unwritable } from "../pickle/encode_memo";
import { getMemo, noMemory, outSoFar, put32, put8, putMemo, SLACK, want } from "../pickle/encode_out";

const ROW: usize = 16;
const DTYPE_SEEN: usize = 4;
const digits: usize = memory.data(24); // a number, in decimal
const LABEL: usize = 8;
const TEXT: usize = 12;
const LABEL_UNKNOWN: u32 = 0;
const LABEL_LITERAL: u32 = 1;
const LABEL_NEW: u32 = 2;
/** No bytes that could be seen as anything. */
const ANY_DTYPE: u32 = 0xffffffff;
// Bytes of an element, of the dtypes that have a storage class; UNTYPED counts bytes.
const itemSizes: usize = memory.data<u8>([1, 8, 4, 2, 2, 8, 4, 2, 1, 1, 1, 16, 8, 1, 1, 4, 1, 1]);

let rows: usize = 0;
let rowBytes: usize = 0;
let numbers: usize = 0; // number → row of STORAGES
let numbersBytes: usize = 0;
let met: u32 = 0;

/** Forgets every storage's number. False: no memory. */
export function beginStorages(): bool {
  giveBack(rows, rowBytes);
  giveBack(numbers, numbersBytes);
  const count = columnCount(C_STORAGES);
  rowBytes = <usize>count * ROW;
  numbersBytes = <usize>count << 2;
  rows = claim(rowBytes);
  numbers = claim(numbersBytes);
  if (rows == 0 || numbers == 0) return false;
  memory.fill(rows, 0, rowBytes);
  met = 0;
  const at = columnAt(C_STORAGES);
  for (let i: u32 = 0; i < count; i++) store<u32>(at + <usize>(i * S_WORDS + S_NUMBER) * 4, NONE);
  return true;
}

/** How many storages the pickle names. */
export function storagesMet(): u32 {
  return met;
}

/** The row of the storage whose key is `number`. */
export function storageNumbered(number: u32): u32 {
  return load<u32>(numbers + (<usize>number << 2));
}

/** A node that is a storage by itself. */
export function saveStorage(row: u32, node: u32): i32 {
  if (row >= columnCount(C_STORAGES)) return unwritable(node);
  return putStorage(row, load<u32>(columnAt(C_STORAGES) + <usize>(row * S_WORDS + S_DTYPE) * 4), node);
}

/** The persistent id of a storage that exists, seen as `dtype`; `node` is named where it cannot be written. */
export function putStorage(row: u32, dtype: u32, node: u32): i32 {
  const storage = columnAt(C_STORAGES) + <usize>row * (S_WORDS * 4);
  const own = rows + <usize>row * ROW;
  if (dtype > <u32>QUINT2X4) return unwritable(node);
  const bytes = load<u64>(storage, S_NBYTES * 4);
  const unknown = load<u32>(own, LABEL) == LABEL_UNKNOWN;
  if (unknown && findLabel(own, load<u32>(storage, S_LOCATION * 4)) == FAULT) return FAULT;
  if (checkDtype(row, own, dtype, bytes) == FAULT) return FAULT;
  if (!want(SLACK * 2)) return noMemory(SLACK);
  put8(MARK);
  if (saveText(N_STORAGE) == FAULT) return FAULT;
  putKnown(STORAGE + dtype);
  putKey(storage, own, row);
  const label = load<u32>(own, TEXT);
  if (load<u32>(own, LABEL) == LABEL_LITERAL) {
    if (saveText(label) == FAULT) return FAULT;
  } else {
    if (!putText(textOf(label), bOf(label))) return noMemory(bOf(label));
    putMemo();
  }
  putInt(<i64>(bytes / <u64>load<u8>(itemSizes + <usize>dtype)));
  put8(TUPLE);
  putMemo();
  put8(BINPERSID);
  return DONE;
}

/** torch numbers storages in the order in which it meets them. */
function putKey(storage: usize, own: usize, row: u32): void {
  const place = load<u32>(own);
  if (place != 0) {
    getMemo(place);
    return;
  }
  const number = met++;
  store<u32>(storage, number, S_NUMBER * 4);
  store<u32>(numbers + (<usize>number << 2), row);
  const end = digits + 24;
  let at = decimalBefore(end, number);
  put8(BINUNICODE);
  put32(<u32>(end - at));
  for (; at < end; at++) put8(load<u8>(at)); // few: a copy would cost more
  store<u32>(own, putMemo());
}

/** Which kind of text the location is. */
function findLabel(own: usize, node: u32): i32 {
  if (node == NONE) node = N_CPU;
  if (node >= nodeCount() || (kindOf(node) != K_ASCII && kindOf(node) != K_TEXT)) return unwritable(node);
  store<u32>(own, LABEL_NEW, LABEL);
  for (let literal: u32 = N_CPU; literal <= <u32>N_META; literal++) {
    if (!sameText(textOf(node), bOf(node), textOf(literal), bOf(literal))) continue;
    store<u32>(own, LABEL_LITERAL, LABEL);
    if (literal == N_META) store<u32>(own, ANY_DTYPE, DTYPE_SEEN);
  }
  store<u32>(own, node, TEXT);
  return DONE;
}

/** torch refuses bytes that are seen as two types, unless there are none (as on meta). Untyped bytes count as uint8. */
function checkDtype(row: u32, own: usize, dtype: u32, bytes: u64): i32 {
  const before = load<u32>(own, DTYPE_SEEN);
  if (bytes == 0 || before == ANY_DTYPE) return DONE;
  const seen = (dtype == UNTYPED ? UINT8 : dtype) + 1;
  if (before != 0 && before != seen) return fault(F_TWO_DTYPES, <u64>outSoFar(), <u64>row);
  store<u32>(own, seen, DTYPE_SEEN);
  return DONE;
}
