// Tensors as calls of torch's rebuild functions (reference 4.2 to 4.5): from the row of a tensor, its arguments.
//
//   v1   (storage, offset, size, stride)
//   v2   (storage, offset, size, stride, requires_grad, hooks [, metadata])
//   v3   (storage, offset, size, stride, requires_grad, hooks, dtype [, metadata])
//
// Everything here is new at every reference, as it is in torch: the tuples, the hooks' empty OrderedDict, the metadata.
// A tensor whose parts are all of that sort is written in one go; the others get a frame (reduce_steps.ts).
import {
  C_DIMS, C_STORAGES, C_TENSORS, FN_DENSE, FN_PARAMETER, FN_PARAMETER_WITH_STATE, FN_V1, FN_V2, FN_V3, T_DATA, T_DIMS,
  T_DTYPE, T_FLAGS, T_FN, T_NDIM, T_OFFSET, T_STATE, T_STORAGE, T_WORDS, TENSOR_CONJ, TENSOR_FROM_TYPE, TENSOR_NEG,
  TENSOR_REQUIRES_GRAD,
} from "../shared/columns";
import { COMPLEX32, DTYPES, QUINT2X4, UNTYPED } from "../shared/dtypes";
import { K_TENSOR } from "../shared/kinds";
import { BINUNICODE, EMPTY_DICT, EMPTY_TUPLE, MARK, NEWTRUE, REDUCE, SETITEM, SETITEMS } from "../shared/opcodes";
import { DONE, FAULT, NONE } from "../shared/status";
import { columnAt, columnCount } from "../base/columns";
import { aOf, kindOf, nodeCount } from "../base/graph";
import { putBool, putInt, putInts, putTuple } from "../pickle/encode_atoms";
import { DTYPE, ORDERED_DICT, putKnown, REBUILD } from "../pickle/encode_global";
import { begin, remember, unwritable } from "../pickle/encode_memo";
import { noMemory, put32, put8, putBytes, putMemo, SLACK, want } from "../pickle/encode_out";
import { IN_TENSOR, push } from "../pickle/encode_stack";
import { putStorage } from "./persistent_id";

// "negconj": torch keeps them in that order
const metadata: usize = memory.data<u8>([110, 101, 103, 99, 111, 110, 106]);

/** A word of a tensor's row. */
export function tensorWord(row: u32, t: u32): u32 {
  return load<u32>(columnAt(C_TENSORS) + <usize>(row * T_WORDS + t) * 4);
}

/** The function that rebuilds a tensor: FN_DENSE is v2, or v3 for the dtypes without a storage class. */
export function functionOf(row: u32): u32 {
  const fn = tensorWord(row, T_FN);
  if (fn == FN_DENSE) return tensorWord(row, T_DTYPE) >= <u32>COMPLEX32 ? FN_V3 : FN_V2;
  const attributed = fn == FN_PARAMETER && tensorWord(row, T_STATE) != NONE &&
    (tensorWord(row, T_FLAGS) & TENSOR_FROM_TYPE) == 0;
  return attributed ? FN_PARAMETER_WITH_STATE : fn;
}

/** Is it written without a frame: nothing in it is a node of the user's? */
export function isPlain(row: u32): bool {
  return tensorWord(row, T_FN) < <u32>FN_PARAMETER && (tensorWord(row, T_FLAGS) & TENSOR_FROM_TYPE) == 0;
}

/** A tensor node that is not in the memo yet. */
export function saveTensor(n: u32): i32 {
  const row = aOf(n);
  if (row >= columnCount(C_TENSORS)) return unwritable(n);
  if (isPlain(row)) {
    if (putPlain(row, n) == FAULT) return FAULT;
    remember(n);
    return DONE;
  }
  if (functionOf(row) == FN_PARAMETER && (tensorWord(row, T_FLAGS) & TENSOR_FROM_TYPE) == 0) {
    const data = plainData(row);
    if (data != NONE) return saveParameter(n, row, data);
  }
  if (begin(n) == FAULT) return FAULT;
  return push(IN_TENSOR, n);
}

/** The row of a parameter's data, where that is a plain tensor; or NONE. */
export function plainData(row: u32): u32 {
  const data = tensorWord(row, T_DATA);
  if (data >= nodeCount() || kindOf(data) != K_TENSOR) return NONE;
  const dataRow = aOf(data);
  return dataRow < columnCount(C_TENSORS) && isPlain(dataRow) ? dataRow : NONE;
}

/** A parameter without attributes, in one go. */
function saveParameter(n: u32, row: u32, data: u32): i32 {
  putKnown(REBUILD + FN_PARAMETER);
  if (putFresh(data, n) == FAULT) return FAULT;
  if (!want(SLACK)) return noMemory(SLACK);
  putGradAndHooks(row);
  putTuple(3);
  put8(REDUCE);
  remember(n);
  return DONE;
}

/** A plain tensor that is a new object at every reference, as `parameter.data` is: the memo never gives it back. */
export function putFresh(row: u32, node: u32): i32 {
  if (putPlain(row, node) == FAULT) return FAULT;
  putMemo();
  return DONE;
}

/** The call, up to and with REDUCE. */
function putPlain(row: u32, node: u32): i32 {
  if (!want(SLACK)) return noMemory(SLACK);
  const fn = functionOf(row);
  putKnown(REBUILD + fn);
  if (putArguments(row, fn, node) == FAULT) return FAULT;
  put8(REDUCE);
  return DONE;
}

/** The arguments of a dense tensor, as a tuple in the memo. SLACK is free behind them. */
export function putArguments(row: u32, fn: u32, node: u32): i32 {
  const dtype = tensorWord(row, T_DTYPE);
  const storage = tensorWord(row, T_STORAGE);
  const ndim = tensorWord(row, T_NDIM);
  const dims = tensorWord(row, T_DIMS);
  const allDims = columnCount(C_DIMS);
  if (
    dtype >= <u32>DTYPES || dtype == UNTYPED || fn < <u32>FN_V1 || fn > <u32>FN_V3 ||
    (fn != FN_V3 && dtype > <u32>QUINT2X4) || storage >= columnCount(C_STORAGES) ||
    ndim > allDims >> 1 || dims > allDims - (ndim << 1)
  ) return unwritable(node);
  if (!want(SLACK)) return noMemory(SLACK);
  put8(MARK);
  if (putStorage(storage, fn == FN_V3 ? UNTYPED : dtype, node) == FAULT) return FAULT;
  if (ndim > 0x1000000 || !want(ndim * 22 + SLACK * 2)) return noMemory(ndim);
  const at = columnAt(C_TENSORS) + <usize>row * (T_WORDS * 4);
  putInt(load<i64>(at, T_OFFSET * 4));
  const size = columnAt(C_DIMS) + (<usize>dims << 3);
  putInts(size, ndim);
  putInts(size + (<usize>ndim << 3), ndim);
  if (fn == FN_V1) {
    putTuple(4);
    return DONE;
  }
  putGradAndHooks(row);
  if (fn == FN_V3) putKnown(DTYPE + dtype);
  putMetadata(load<u32>(at, T_FLAGS * 4));
  putTuple(6);
  return DONE;
}

/** requires_grad, and the hooks: torch drops them, and writes an empty OrderedDict. */
export function putGradAndHooks(row: u32): void {
  putBool((tensorWord(row, T_FLAGS) & TENSOR_REQUIRES_GRAD) != 0);
  putKnown(ORDERED_DICT);
  put8(EMPTY_TUPLE);
  put8(REDUCE);
  putMemo();
}

/** {"neg": True, "conj": True}, of those that are; nothing where neither is. */
function putMetadata(flags: u32): void {
  const neg = (flags & TENSOR_NEG) != 0;
  const conj = (flags & TENSOR_CONJ) != 0;
  if (!neg && !conj) return;
  put8(EMPTY_DICT);
  putMemo();
  if (neg && conj) put8(MARK);
  if (neg) putTrue(metadata, 3);
  if (conj) putTrue(metadata + 3, 4);
  put8(neg && conj ? SETITEMS : SETITEM);
}

function putTrue(key: usize, n: u32): void {
  put8(BINUNICODE);
  put32(n);
  putBytes(key, n);
  putMemo();
  put8(NEWTRUE);
}
