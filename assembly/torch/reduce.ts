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
import { noMemory, put8, putBytes, putLong, putMade, putMemo, SLACK, want } from "../pickle/encode_out";
import { IN_TENSOR, push } from "../pickle/encode_stack";
import { putStorage } from "./persistent_id";

// "negconj": torch keeps them in that order
const metadata: usize = memory.data<u8>([110, 101, 103, 99, 111, 110, 106]);

/** The row of a tensor node; 0 where it names none. Tensors come and go before a pickle is written, so it stays there. */
export function tensorOf(n: u32): usize {
  const row = aOf(n);
  return row < columnCount(C_TENSORS) ? columnAt(C_TENSORS) + <usize>row * (T_WORDS * 4) : 0;
}

/** The function that rebuilds a tensor: FN_DENSE is v2, or v3 for the dtypes without a storage class. */
export function functionOf(row: usize): u32 {
  const fn = load<u32>(row, T_FN * 4);
  if (fn == FN_DENSE) return load<u32>(row, T_DTYPE * 4) >= <u32>COMPLEX32 ? FN_V3 : FN_V2;
  const attributed = fn == FN_PARAMETER && load<u32>(row, T_STATE * 4) != NONE && !isWrapped(row);
  return attributed ? FN_PARAMETER_WITH_STATE : fn;
}

/** Is it inside a call that gives it a class? */
export function isWrapped(row: usize): bool {
  return (load<u32>(row, T_FLAGS * 4) & TENSOR_FROM_TYPE) != 0;
}

/** Is it written without a frame: nothing in it is a node of the user's? */
function isPlain(row: usize): bool {
  return load<u32>(row, T_FN * 4) < <u32>FN_PARAMETER && !isWrapped(row);
}

/** A tensor node that is not in the memo yet. */
export function saveTensor(n: u32): i32 {
  const row = tensorOf(n);
  if (row == 0) return unwritable(n);
  if (isPlain(row)) {
    if (putPlain(row, n) == FAULT) return FAULT;
    remember(n);
    return DONE;
  }
  if (functionOf(row) == FN_PARAMETER && !isWrapped(row)) {
    const data = plainData(row);
    if (data != 0) return saveParameter(n, row, data);
  }
  if (begin(n) == FAULT) return FAULT;
  return push(IN_TENSOR, n);
}

/** The row of a parameter's data, where that is a plain tensor; or 0. */
export function plainData(row: usize): usize {
  const data = load<u32>(row, T_DATA * 4);
  if (data >= nodeCount() || kindOf(data) != K_TENSOR) return 0;
  const own = tensorOf(data);
  return own != 0 && isPlain(own) ? own : 0;
}

/** A parameter without attributes, in one go. */
function saveParameter(n: u32, row: usize, data: usize): i32 {
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
export function putFresh(row: usize, node: u32): i32 {
  if (putPlain(row, node) == FAULT) return FAULT;
  putMemo();
  return DONE;
}

/** The call, up to and with REDUCE. */
function putPlain(row: usize, node: u32): i32 {
  if (!want(SLACK)) return noMemory(SLACK);
  const fn = functionOf(row);
  putKnown(REBUILD + fn);
  if (putArguments(row, fn, node) == FAULT) return FAULT;
  put8(REDUCE);
  return DONE;
}

/** The arguments of a dense tensor, as a tuple in the memo. SLACK is free behind them. */
export function putArguments(row: usize, fn: u32, node: u32): i32 {
  const dtype = load<u32>(row, T_DTYPE * 4);
  const storage = load<u32>(row, T_STORAGE * 4);
  const ndim = load<u32>(row, T_NDIM * 4);
  const dims = load<u32>(row, T_DIMS * 4);
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
  putInt(load<i64>(row, T_OFFSET * 4));
  const size = columnAt(C_DIMS) + (<usize>dims << 3);
  putInts(size, ndim);
  putInts(size + (<usize>ndim << 3), ndim);
  if (fn == FN_V1) {
    putTuple(4);
    return DONE;
  }
  putGradAndHooks(row);
  if (fn == FN_V3) putKnown(DTYPE + dtype);
  putMetadata(load<u32>(row, T_FLAGS * 4));
  putTuple(6);
  return DONE;
}

/** requires_grad, and the hooks: torch drops them, and writes an empty OrderedDict. */
export function putGradAndHooks(row: usize): void {
  putBool((load<u32>(row, T_FLAGS * 4) & TENSOR_REQUIRES_GRAD) != 0);
  putKnown(ORDERED_DICT);
  put8(EMPTY_TUPLE);
  putMade(REDUCE);
}

/** {"neg": True, "conj": True}, of those that are; nothing where neither is. */
function putMetadata(flags: u32): void {
  const neg = (flags & TENSOR_NEG) != 0;
  const conj = (flags & TENSOR_CONJ) != 0;
  if (!neg && !conj) return;
  putMade(EMPTY_DICT);
  if (neg && conj) put8(MARK);
  if (neg) putTrue(metadata, 3);
  if (conj) putTrue(metadata + 3, 4);
  put8(neg && conj ? SETITEMS : SETITEM);
}

function putTrue(key: usize, n: u32): void {
  putLong(BINUNICODE, n);
  putBytes(key, n);
  putMemo();
  put8(NEWTRUE);
}
