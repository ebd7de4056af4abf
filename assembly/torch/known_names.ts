// What the core knows by name: the classes and functions that it understands (shared/known.ts), and those that
// torch.load(weights_only=True) lets through (reference §5.3: 144 names in 2.15). The user's own list joins them here.
//
// A line of NAMES is a sign (`+` on the weights-only list, `.` not), a number, a module and its names. The names are
// known by consecutive numbers from there on, or, where the number is 0, only listed.
import { grown } from "../base/arena";
import { unpacked, wordEnd } from "../base/lists";
import { stable } from "../base/stable";
import { fillSlot, findSlot, hashText, makeTable, nextSlot, sameText, slotRow, tableRoom } from "../base/table";
import { NONE } from "../shared/status";

const NAMES: string = `+ 1 torch._utils _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state
+ 6 torch._tensor _rebuild_from_type_v2
+ 7 torch Tensor
+ 8 torch.nn.parameter Parameter
+ 9 collections OrderedDict
+ 10 torch Size
+ 11 collections Counter
+ 12 builtins set
. 13 builtins frozenset
. 14 torch.autograd.variable Variable
. 14 torch.autograd Variable
+ 0 builtins bytearray complex
+ 0 _codecs encode
+ 0 torch device
+ 0 torch.serialization _get_layout
+ 0 torch._utils _rebuild_qtensor _rebuild_sparse_tensor _rebuild_meta_tensor_no_storage _rebuild_wrapper_subclass _rebuild_device_tensor_from_numpy _rebuild_device_tensor_from_cpu_tensor
+ 0 torch per_tensor_affine per_tensor_symmetric per_channel_affine per_channel_symmetric per_channel_affine_float_qparams
+ 51 torch DoubleTensor FloatTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor CharTensor ByteTensor BoolTensor
+ 51 torch.cuda DoubleTensor FloatTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor CharTensor ByteTensor BoolTensor
+ 0 torch.sparse ByteTensor CharTensor DoubleTensor FloatTensor IntTensor LongTensor ShortTensor HalfTensor BFloat16Tensor
+ 0 torch.cuda.sparse ByteTensor CharTensor DoubleTensor FloatTensor IntTensor LongTensor ShortTensor HalfTensor BFloat16Tensor
+ 100 torch.storage UntypedStorage
. 100 torch UntypedStorage
+ 0 torch.storage TypedStorage
+ 101 torch DoubleStorage FloatStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage ByteStorage BoolStorage ComplexDoubleStorage ComplexFloatStorage QInt8Storage QUInt8Storage QInt32Storage QUInt4x2Storage QUInt2x4Storage
+ 101 torch.cuda DoubleStorage FloatStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage ByteStorage BoolStorage ComplexDoubleStorage ComplexFloatStorage
+ 201 torch float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex128 complex64 qint8 quint8 qint32 quint4x2 quint2x4 complex32 bcomplex32 uint16 uint32 uint64 float8_e5m2 float8_e4m3fn float8_e5m2fnuz float8_e4m3fnuz float8_e8m0fnu float4_e2m1fn_x2 bits8 bits16 bits1x8 bits2x4 bits4x2 int1 int2 int3 int4 int5 int6 int7 uint1 uint2 uint3 uint4 uint5 uint6 uint7`;

/** In the answer of `lookUp`: torch's list has the name. The low 16 bits are its number in shared/known.ts, or 0. */
export const LISTED: u32 = 0x10000;
/** In the answer of `lookUp`: the user's list has it. */
export const LISTED_BY_USER: u32 = 0x20000;

const ROW: usize = 12; // u32 address, length, and what `lookUp` answers
const table: usize = memory.data(16, 8);
const scratch: usize = memory.data(256);
let rows: usize = 0;
let count: u32 = 0;
let room: u32 = 0;

/** Makes the table ready. False: no memory. */
export function beginKnown(): bool {
  if (count != 0) return true;
  let p = unpacked(NAMES);
  if (p == 0 || !makeTable(table, 256)) return false;
  for (; load<u8>(p) != 0; p++) {
    const sign: u32 = load<u8>(p) == 43 ? LISTED : 0;
    let number: u32 = 0;
    for (p += 2; load<u8>(p) != 32; p++) number = number * 10 + <u32>load<u8>(p) - 48;
    const module = p + 1;
    const moduleEnd = wordEnd(module);
    const step: u32 = number != 0 ? 1 : 0;
    p = moduleEnd;
    while (load<u8>(p) != 10) {
      const name = p + 1;
      p = wordEnd(name);
      const n = join(module, <u32>(moduleEnd - module), name, <u32>(p - name), scratch);
      if (!enlist(scratch, n, sign | number)) return false;
      number += step;
    }
  }
  return true;
}

/** Writes "module.name" to `to`, and answers its length. */
export function join(module: usize, moduleLength: u32, name: usize, nameLength: u32, to: usize): u32 {
  memory.copy(to, module, moduleLength);
  store<u8>(to + moduleLength, 46);
  memory.copy(to + moduleLength + 1, name, nameLength);
  return moduleLength + 1 + nameLength;
}

/** What is known of "module.name": 0 for nothing. */
export function lookUp(at: usize, n: u32): u32 {
  const row = find(at, n);
  return row == NONE ? 0 : load<u32>(rows + <usize>row * ROW, 8);
}

function find(at: usize, n: u32): u32 {
  const hash = hashText(at, n);
  let slot = findSlot(table, hash);
  while (slot != 0) {
    const row = slotRow(slot);
    if (row == NONE) return NONE;
    const known = rows + <usize>row * ROW;
    if (sameText(<usize>load<u32>(known), load<u32>(known, 4), at, n)) return row;
    slot = nextSlot(table, hash, slot);
  }
  return NONE;
}

/** Adds `bits` to what is known of a name, which is copied. False: no memory. */
export function enlist(at: usize, n: u32, bits: u32): bool {
  const known = find(at, n);
  if (known != NONE) {
    const row = rows + <usize>known * ROW;
    store<u32>(row, load<u32>(row, 8) | bits, 8);
    return true;
  }
  if ((count == room && !grow()) || !tableRoom(table)) return false;
  const text = stable(n);
  if (text == 0) return false;
  memory.copy(text, at, n);
  const row = rows + <usize>count * ROW;
  store<u32>(row, <u32>text);
  store<u32>(row, n, 4);
  store<u32>(row, bits, 8);
  const hash = hashText(at, n);
  let slot = findSlot(table, hash);
  while (slot != 0 && slotRow(slot) != NONE) slot = nextSlot(table, hash, slot);
  if (slot == 0) return false;
  fillSlot(table, slot, hash, count++);
  return true;
}

function grow(): bool {
  const more = room == 0 ? 256 : room << 1;
  const to = grown(rows, <usize>count * ROW, <usize>more * ROW);
  if (to == 0) return false;
  rows = to;
  room = more;
  return true;
}
