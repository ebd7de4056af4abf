// Classes and functions. Python has one object for each, so the memo knows them by their name and not by the node that
// names them: `collections OrderedDict` of a user's object and of a tensor's hooks share a place. A row of the table:
//
//   u32 module, length, name, length   the key: the name in protocol 2, so that both spellings of a class are one
//   u32 module, length, name, length   what is written
//   u32 place in the memo, plus one; 0: not stored
//
// A nested class, `Outer.Inner`, has no opcode before protocol 4: CPython writes getattr(Outer, "Inner") as a call.
import { BINUNICODE, GLOBAL, REDUCE } from "../shared/opcodes";
import { DONE, NONE } from "../shared/status";
import { grown } from "../base/arena";
import { unpacked, wordEnd } from "../base/lists";
import {
  fillSlot, findSlot, hashText, makeTable, nextSlot, sameText, slotRow, tableRoom,
} from "../base/table";
import {
  beginNames, oldModuleAt, oldModuleLength, oldName, oldNameAt, oldNameLength, oldNameMerged,
} from "../torch/names";
import { putTuple } from "./encode_atoms";
import { progressed, unwritable } from "./encode_memo";
import { getMemo, noMemory, put32, put8, putBytes, putMemo, SLACK, want } from "./encode_out";

// The globals that the core itself writes, by their row. Their order is that of the names below, of which each line
// has the module first.
export const PY_SET: u32 = 0;
export const PY_FROZENSET: u32 = 1;
export const PY_BYTES: u32 = 2;
export const PY_BYTEARRAY: u32 = 3;
export const PY_GETATTR: u32 = 4;
export const CODECS_ENCODE: u32 = 5;
export const ORDERED_DICT: u32 = 6;
export const PARTIAL: u32 = 7;
export const TENSOR: u32 = 8;
export const FROM_TYPE: u32 = 9;
/** REBUILD + FN_V1 … FN_PARAMETER_WITH_STATE. */
export const REBUILD: u32 = 9;
/** STORAGE + dtype: the class of a storage, for the dtypes that have one. */
export const STORAGE: u32 = 15;
/** DTYPE + dtype, from FLOAT64 on. */
export const DTYPE: u32 = 32;
const KNOWN: string = `__builtin__ set frozenset bytes bytearray getattr
_codecs encode
collections OrderedDict
functools partial
torch Tensor
torch._tensor _rebuild_from_type_v2
torch._utils _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter
torch._utils _rebuild_parameter_with_state
torch.storage UntypedStorage
torch DoubleStorage FloatStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage
torch ByteStorage BoolStorage ComplexDoubleStorage ComplexFloatStorage QInt8Storage QUInt8Storage
torch QInt32Storage QUInt4x2Storage QUInt2x4Storage float64 float32 float16 bfloat16 int64 int32 int16 int8
torch uint8 bool complex128 complex64 qint8 quint8 qint32 quint4x2 quint2x4 complex32 bcomplex32 uint16 uint32
torch uint64 float8_e5m2 float8_e4m3fn float8_e5m2fnuz float8_e4m3fnuz float8_e8m0fnu float4_e2m1fn_x2 bits8
torch bits16 bits1x8 bits2x4 bits4x2 int1 int2 int3 int4 int5 int6 int7 uint1 uint2 uint3 uint4 uint5 uint6
torch uint7`;

const ROW: usize = 36;
const OUT: usize = 16; // what is written begins here
const PLACE: usize = 32;
/** No class is nested deeper; a name of a million dots would cost its square. */
const MAX_NESTING: u32 = 64;
const levels: usize = memory.data((64 + 1) * 4, 4);
const table: usize = memory.data(16, 8); // base/table.ts

let known: usize = 0;
let rows: usize = 0;
let count: u32 = 0;
let capacity: u32 = 0;

/** Empties the table but for the known ones. False: no memory. */
export function beginGlobals(): bool {
  if (!beginNames()) return false;
  if (known == 0) known = unpacked(KNOWN);
  if (known == 0 || !makeTable(table, 256)) return false;
  count = 0;
  for (let module = known; load<u8>(module) != 0; module++) {
    const moduleEnd = wordEnd(module);
    let p = moduleEnd;
    while (load<u8>(p) != 10) {
      const name = p + 1;
      p = wordEnd(name);
      if (internGlobal(module, <u32>(moduleEnd - module), name, <u32>(p - name)) == <u32>NONE) return false;
    }
    module = p;
  }
  return true;
}

/** The row of a global, by its Python 3 or Python 2 name; NONE where memory is spent. */
export function internGlobal(module: usize, moduleLength: u32, name: usize, nameLength: u32): u32 {
  let keyModule = module;
  let keyModuleLength = moduleLength;
  let keyName = name;
  let keyNameLength = nameLength;
  const nested = dots(name, nameLength) != 0;
  if (!nested) {
    oldName(module, moduleLength, name, nameLength);
    if (!oldNameMerged()) {
      keyModule = oldModuleAt();
      keyModuleLength = oldModuleLength();
      keyName = oldNameAt();
      keyNameLength = oldNameLength();
    }
  }
  if (!tableRoom(table)) return <u32>NONE;
  const hash = hashText(keyName, keyNameLength, hashText(keyModule, keyModuleLength));
  let slot = findSlot(table, hash);
  while (slot != 0 && slotRow(slot) != <u32>NONE) {
    const row = rows + <usize>slotRow(slot) * ROW;
    if (
      sameText(<usize>load<u32>(row), load<u32>(row, 4), keyModule, keyModuleLength) &&
      sameText(<usize>load<u32>(row, 8), load<u32>(row, 12), keyName, keyNameLength)
    ) return slotRow(slot);
    slot = nextSlot(table, hash, slot);
  }
  if (count == capacity && !widen()) return <u32>NONE;
  // A flood of names that collide leaves the table: each is then written as if it were new.
  if (slot != 0) fillSlot(table, slot, hash, count);
  const row = rows + <usize>count * ROW;
  store<u32>(row, <u32>keyModule);
  store<u32>(row, keyModuleLength, 4);
  store<u32>(row, <u32>keyName, 8);
  store<u32>(row, keyNameLength, 12);
  store<u32>(row, <u32>(nested ? module : oldModuleAt()), OUT);
  store<u32>(row, nested ? moduleLength : oldModuleLength(), OUT + 4);
  store<u32>(row, <u32>(nested ? name : oldNameAt()), OUT + 8);
  store<u32>(row, nested ? nameLength : oldNameLength(), OUT + 12);
  store<u32>(row, 0, PLACE);
  return count++;
}

function widen(): bool {
  const wider = capacity == 0 ? 256 : capacity << 1;
  const to = grown(rows, <usize>count * ROW, <usize>wider * ROW);
  if (to == 0) return false;
  rows = to;
  capacity = wider;
  return true;
}

/** How many globals the table holds. */
export function globalRows(): u32 {
  return count;
}

/** How many dots stand between names. */
function dots(name: usize, n: u32): u32 {
  let found: u32 = 0;
  for (let i: usize = 0; i < <usize>n; i++) found += <u32>(load<u8>(name + i) == 46);
  return found;
}

function oneLine(at: usize, n: u32): bool {
  for (let i: usize = 0; i < <usize>n; i++) if (load<u8>(at + i) == 10) return false;
  return true;
}

/** A global of the core's own: it has no dots, and SLACK holds it twice. */
export function putKnown(row: u32): void {
  const at = rows + <usize>row * ROW;
  const place = load<u32>(at, PLACE);
  if (place != 0) getMemo(place);
  else putGlobal(at);
}

function putGlobal(at: usize): void {
  put8(GLOBAL);
  putBytes(<usize>load<u32>(at, OUT), load<u32>(at, OUT + 4));
  put8(10);
  putBytes(<usize>load<u32>(at, OUT + 8), load<u32>(at, OUT + 12));
  put8(10);
  store<u32>(at, putMemo(), PLACE);
  progressed();
}

/** Any global; `node` is named where it cannot be written. */
export function saveGlobal(row: u32, node: u32): i32 {
  const at = rows + <usize>row * ROW;
  const place = load<u32>(at, PLACE);
  if (place != 0) {
    getMemo(place);
    return DONE;
  }
  const moduleLength = load<u32>(at, OUT + 4);
  const nameLength = load<u32>(at, OUT + 12);
  const name = <usize>load<u32>(at, OUT + 8);
  const depth = dots(name, nameLength);
  if (depth > MAX_NESTING || !oneLine(<usize>load<u32>(at, OUT), moduleLength) || !oneLine(name, nameLength)) {
    return unwritable(node);
  }
  const n = <u64>moduleLength + <u64>nameLength + <u64>depth * 64 + <u64>SLACK * 2;
  if (n > 0x3fffff00 || !want(<u32>n)) return noMemory(nameLength);
  if (depth != 0) return saveNested(row, depth);
  putGlobal(at);
  return DONE;
}

/** `A.B.C`: getattr(getattr(A, "B"), "C"), from the innermost class that the memo knows. */
function saveNested(row: u32, depth: u32): i32 {
  const whole = rows + <usize>row * ROW;
  const module = <usize>load<u32>(whole, OUT);
  const moduleLength = load<u32>(whole, OUT + 4);
  const name = <usize>load<u32>(whole, OUT + 8);
  let level = depth;
  let length = load<u32>(whole, OUT + 12);
  let inner = row;
  store<u32>(levels + (<usize>level << 2), length);
  while (level != 0 && load<u32>(rows + <usize>inner * ROW, PLACE) == 0) {
    putKnown(PY_GETATTR);
    while (load<u8>(name + <usize>(length - 1)) != 46) length -= 1;
    length -= 1; // the dot
    level -= 1;
    store<u32>(levels + (<usize>level << 2), length);
    inner = internGlobal(module, moduleLength, name, length);
    if (inner == <u32>NONE) return noMemory(<u32>ROW);
  }
  putKnown(inner);
  while (level < depth) {
    const from = load<u32>(levels + (<usize>level << 2)) + 1;
    level += 1;
    const to = load<u32>(levels + (<usize>level << 2));
    put8(BINUNICODE);
    put32(to - from);
    putBytes(name + <usize>from, to - from);
    putMemo();
    putTuple(2);
    put8(REDUCE);
    inner = level == depth ? row : internGlobal(module, moduleLength, name, to);
    if (inner == <u32>NONE) return noMemory(<u32>ROW);
    store<u32>(rows + <usize>inner * ROW, putMemo(), PLACE);
    progressed();
  }
  return DONE;
}
