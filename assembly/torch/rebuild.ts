// Calls of torch's rebuild functions become rows of TENSORS. The arguments, as torch writes them (reference §4.3):
//
//   _rebuild_tensor                 storage offset size stride
//   _rebuild_tensor_v2              storage offset size stride requires_grad hooks [metadata]
//   _rebuild_tensor_v3              storage offset size stride requires_grad hooks dtype [metadata]
//   _rebuild_parameter              data requires_grad hooks
//   _rebuild_parameter_with_state   data requires_grad hooks state
//   _rebuild_from_type_v2           function type arguments state        around one of the above
//
// How torch made tensors before it had such functions is in build.ts.
//
// What is not a dense tensor (a sparse one, its parameter) stays an object, as does every other function.
// Nothing else is lenient: a wrong count, kind or number is a fault.
import { addRow, columnAt, columnCapacity, columnCount, reserve, setColumnCount } from "../base/columns";
import { failed, fault, memorySpent } from "../base/fault";
import { aOf, bOf, edge, intOf, kindOf, node, textOf, turnInto } from "../base/graph";
import { sameText } from "../base/table";
import {
  C_DIMS, C_OBJECTS, C_STORAGES, C_TENSORS, FN_PARAMETER, FN_PARAMETER_WITH_STATE, FN_V1, O_ARGS, O_CALLABLE, O_WORDS,
  S_DTYPE, S_NBYTES, S_WORDS, T_DATA, T_DIMS, T_DTYPE, T_FLAGS, T_FN, T_HOOKS, T_LISTED, T_NDIM, T_NODE, T_NUMEL,
  T_OFFSET, T_STATE, T_STORAGE, T_TYPE, T_WORDS, TENSOR_CONJ, TENSOR_FROM_TYPE, TENSOR_NEG, TENSOR_REQUIRES_GRAD,
} from "../shared/columns";
import { UINT8, UNTYPED } from "../shared/dtypes";
import { F_LIMIT_NDIM, F_REBUILD } from "../shared/faults";
import {
  K_ASCII, K_BYTESTR, K_DICT, K_GLOBAL, K_INT, K_LIST, K_OBJECT, K_STORAGE, K_TENSOR, K_TUPLE, N_FALSE, N_NONE, N_TRUE,
  SEG_HEAD,
} from "../shared/kinds";
import {
  KNOWN_DTYPE, PARAMETER_CLASS, REBUILD_FROM_TYPE_V2, REBUILD_PARAMETER, REBUILD_PARAMETER_WITH_STATE, REBUILD_TENSOR,
  REBUILD_TENSOR_V2, REBUILD_TENSOR_V3, SIZE, TENSOR_CLASS, UNKNOWN,
} from "../shared/known";
import { MAX_NDIM } from "../shared/limits";
import { NONE } from "../shared/status";
import { itemSize } from "./dtypes";
import { fits, numelOf } from "./geometry";
import { knownOf } from "./globals";

/** As the argument number of F_REBUILD: there are too few or too many. */
const COUNT: u32 = NONE;

/** Pairs of a metadata dict: there are two keys, but nothing keeps a file from repeating them. */
const MAX_METADATA: u32 = 16;

// "conj", "neg"
const metadataKeys: usize = memory.data<u8>([99, 111, 110, 106, 110, 101, 103]);

/**
 * The K_TENSOR node for a call of the known function `fn`. NONE: it stays an object, or, where `failed()`, is refused.
 * `args` is a tuple, `where` the opcode's offset.
 */
export function rebuild(fn: u32, args: u32, where: u32): u32 {
  if (fn == <u32>REBUILD_FROM_TYPE_V2) return fromType(args, where);
  return fn < <u32>REBUILD_PARAMETER ? dense(fn, args, where, NONE) : parameter(fn, args, where);
}

function refuse(fn: u32, argument: u32, where: u32): u32 {
  fault(F_REBUILD, where, fn, argument);
  return NONE;
}

export function spent(where: u32): u32 {
  memorySpent(where, T_WORDS << 2);
  return NONE;
}

/** A view of a storage. `target`: the node that becomes it; NONE for a new one. */
export function dense(fn: u32, args: u32, where: u32, target: u32): u32 {
  const count = bOf(args);
  const least: u32 = fn == REBUILD_TENSOR ? 4 : fn == REBUILD_TENSOR_V2 ? 6 : 7;
  if (count < least || count > least + (fn == REBUILD_TENSOR ? 0 : 1)) return refuse(fn, COUNT, where);
  const at = aOf(args);
  const storage = edge(at);
  if (kindOf(storage) == K_OBJECT) return NONE; // bytes of a legacy stream: plain pickle writes storages so
  if (kindOf(storage) != K_STORAGE) return refuse(fn, 0, where);
  const offset = edge(at + 1);
  if (kindOf(offset) != K_INT) return refuse(fn, 1, where);
  const sizes = sequence(edge(at + 2));
  if (sizes == NONE) return refuse(fn, 2, where);
  const strides = sequence(edge(at + 3));
  if (strides == NONE || lengthOf(strides) != lengthOf(sizes)) return refuse(fn, 3, where);
  const ndim = lengthOf(sizes);
  if (ndim > <u32>MAX_NDIM) {
    fault(F_LIMIT_NDIM, where, ndim, MAX_NDIM);
    return NONE;
  }
  const dims = columnCount(C_DIMS);
  if (columnCapacity(C_DIMS) - dims < ndim << 1 && !reserve(C_DIMS, ndim << 1)) return spent(where);
  const dimsAt = columnAt(C_DIMS) + (<usize>dims << 3);
  if (!takeInts(sizes, dimsAt)) return refuse(fn, 2, where);
  if (!takeInts(strides, dimsAt + (<usize>ndim << 3))) return refuse(fn, 3, where);

  let flags: u32 = 0;
  let hooks: u32 = NONE;
  const row = columnAt(C_STORAGES) + <usize>aOf(storage) * (S_WORDS << 2);
  let dtype = load<u32>(row, S_DTYPE << 2);
  if (dtype == UNTYPED) dtype = UINT8;
  if (fn != REBUILD_TENSOR) {
    const grad = edge(at + 4);
    if (grad == N_TRUE) flags = TENSOR_REQUIRES_GRAD;
    else if (grad != N_FALSE) return refuse(fn, 4, where);
    hooks = edge(at + 5);
    if (fn == REBUILD_TENSOR_V3) {
      const named = edge(at + 6);
      const known = kindOf(named) == K_GLOBAL ? knownOf(aOf(named)) : 0;
      if (known <= <u32>KNOWN_DTYPE) return refuse(fn, 6, where);
      dtype = known - KNOWN_DTYPE;
    }
    if (count > least) {
      const metadata = metadataFlags(edge(at + least));
      if (metadata == NONE) return refuse(fn, least, where);
      flags |= metadata;
    }
  }
  if (!fits(dimsAt, ndim, intOf(offset), itemSize(dtype), load<u64>(row, S_NBYTES << 2), where)) return NONE;
  setColumnCount(C_DIMS, dims + (ndim << 1));

  const t = newRow(FN_V1 + fn - REBUILD_TENSOR, flags, hooks, where, target);
  if (t == 0) return spent(where);
  store<u32>(t, dtype, T_DTYPE << 2);
  store<u32>(t, aOf(storage), T_STORAGE << 2);
  store<u32>(t, ndim, T_NDIM << 2);
  store<u32>(t, dims, T_DIMS << 2);
  store<i64>(t, intOf(offset), T_OFFSET << 2);
  store<u64>(t, numelOf(), T_NUMEL << 2);
  return load<u32>(t, T_NODE << 2);
}

/**
 * The K_TENSOR node of a tensor that is listed with its geometry, not pickled: at `dims` stand ndim sizes and ndim strides;
 * `where` is an offset for the fault. NONE with that noted.
 */
export function listedTensor(storage: u32, ndim: u32, dims: usize, offset: i64, where: u64): u32 {
  const row = columnAt(C_STORAGES) + <usize>storage * (S_WORDS << 2);
  const dtype = load<u32>(row, S_DTYPE << 2);
  if (!fits(dims, ndim, offset, itemSize(dtype), load<u64>(row, S_NBYTES << 2), where)) return NONE;
  const first = columnCount(C_DIMS);
  if (columnCapacity(C_DIMS) - first < ndim << 1 && !reserve(C_DIMS, ndim << 1)) return spent(0);
  memory.copy(columnAt(C_DIMS) + (<usize>first << 3), dims, <usize>ndim << 4);
  setColumnCount(C_DIMS, first + (ndim << 1));
  const t = newRow(FN_V1, 0, NONE, 0, NONE);
  if (t == 0) return spent(0);
  store<u32>(t, dtype, T_DTYPE << 2);
  store<u32>(t, storage, T_STORAGE << 2);
  store<u32>(t, ndim, T_NDIM << 2);
  store<u32>(t, first, T_DIMS << 2);
  store<i64>(t, offset, T_OFFSET << 2);
  store<u64>(t, numelOf(), T_NUMEL << 2);
  return load<u32>(t, T_NODE << 2);
}

/** A new row of TENSORS with its node, which is `target` unless that is NONE: the row's address, or 0 where memory is spent. */
function newRow(fn: u32, flags: u32, hooks: u32, where: u32, target: u32): usize {
  const row = columnCount(C_TENSORS);
  const t = addRow(C_TENSORS);
  if (t == 0) return 0;
  const made = target == NONE ? node(K_TENSOR, row, where) : target;
  if (made == NONE) return 0;
  if (target != NONE) turnInto(target, K_TENSOR, row, where);
  store<u32>(t, made, T_NODE << 2);
  store<u32>(t, fn, T_FN << 2);
  store<u32>(t, flags, T_FLAGS << 2);
  store<u32>(t, NONE, T_DATA << 2);
  store<u32>(t, NONE, T_STATE << 2);
  store<u32>(t, NONE, T_TYPE << 2);
  store<u32>(t, NONE, T_LISTED << 2);
  store<u32>(t, hooks, T_HOOKS << 2);
  return t;
}

function parameter(fn: u32, args: u32, where: u32): u32 {
  const withState = fn == REBUILD_PARAMETER_WITH_STATE;
  if (bOf(args) != (withState ? 4 : 3)) return refuse(fn, COUNT, where);
  const at = aOf(args);
  const data = edge(at);
  const grad = edge(at + 1);
  if (kindOf(data) == K_OBJECT) return NONE;
  if (kindOf(data) != K_TENSOR) return refuse(fn, 0, where);
  if (grad != N_TRUE && grad != N_FALSE) return refuse(fn, 1, where);
  if (withState && !isState(edge(at + 3))) return refuse(fn, 3, where);
  const t = sameView(data, withState ? FN_PARAMETER_WITH_STATE : FN_PARAMETER, grad == N_TRUE, edge(at + 2), where, NONE);
  if (t == 0) return spent(where);
  store<u32>(t, data, T_DATA << 2);
  if (withState) store<u32>(t, edge(at + 3), T_STATE << 2);
  return load<u32>(t, T_NODE << 2);
}

/** A row over the view that the tensor `data` has: its address, or 0 where memory is spent. */
export function sameView(data: u32, fn: u32, requiresGrad: bool, hooks: u32, where: u32, target: u32): usize {
  const t = newRow(fn, 0, hooks, where, target);
  if (t == 0) return 0;
  const from = columnAt(C_TENSORS) + <usize>aOf(data) * (T_WORDS << 2);
  store<u32>(t, load<u32>(from, T_DTYPE << 2), T_DTYPE << 2);
  store<u32>(t, load<u32>(from, T_STORAGE << 2), T_STORAGE << 2);
  store<u32>(t, load<u32>(from, T_NDIM << 2), T_NDIM << 2);
  store<u32>(t, load<u32>(from, T_DIMS << 2), T_DIMS << 2);
  store<u64>(t, load<u64>(from, T_OFFSET << 2), T_OFFSET << 2);
  store<u64>(t, load<u64>(from, T_NUMEL << 2), T_NUMEL << 2);
  let flags = load<u32>(from, T_FLAGS << 2) & (TENSOR_CONJ | TENSOR_NEG);
  if (requiresGrad) flags |= TENSOR_REQUIRES_GRAD;
  store<u32>(t, flags, T_FLAGS << 2);
  return t;
}

/** A function, the type of its result, its arguments, and its state. A type of the user's is a name, and has any state. */
function fromType(args: u32, where: u32): u32 {
  const fn = <u32>REBUILD_FROM_TYPE_V2;
  if (bOf(args) != 4) return refuse(fn, COUNT, where);
  const at = aOf(args);
  const inner = edge(at);
  const type = edge(at + 1);
  const state = edge(at + 3);
  if (kindOf(inner) != K_GLOBAL || kindOf(type) != K_GLOBAL) return NONE;
  const known = knownOf(aOf(inner));
  const cls = knownOf(aOf(type));
  const isTensor = known >= <u32>REBUILD_TENSOR && known <= <u32>REBUILD_TENSOR_V3 && (cls == TENSOR_CLASS || cls == UNKNOWN);
  const isParameter = known == REBUILD_PARAMETER && cls == PARAMETER_CLASS;
  if (!isTensor && !isParameter) return NONE;
  if (kindOf(edge(at + 2)) != K_TUPLE) return refuse(fn, 2, where);
  if (!isState(state)) return cls == UNKNOWN ? NONE : refuse(fn, 3, where);
  const made = rebuild(known, edge(at + 2), where);
  if (made == NONE || failed()) return NONE;
  const t = columnAt(C_TENSORS) + <usize>aOf(made) * (T_WORDS << 2);
  store<u32>(t, load<u32>(t, T_FLAGS << 2) | TENSOR_FROM_TYPE, T_FLAGS << 2);
  store<u32>(t, type, T_TYPE << 2);
  store<u32>(t, state, T_STATE << 2);
  return made;
}

/** None, a dict, or a pair of such: what torch takes as attributes. */
function isState(state: u32): bool {
  if (kindOf(state) != K_TUPLE) return isAttributes(state);
  return bOf(state) == 2 && isAttributes(edge(aOf(state))) && isAttributes(edge(aOf(state) + 1));
}

function isAttributes(state: u32): bool {
  return state == N_NONE || kindOf(state) == K_DICT || kindOf(state) == K_OBJECT;
}

/** TENSOR_CONJ and TENSOR_NEG as a metadata dict says; NONE where it says anything else. */
function metadataFlags(metadata: u32): u32 {
  if (metadata == N_NONE) return 0;
  if (kindOf(metadata) != K_DICT) return NONE;
  let flags: u32 = 0;
  let pairs: u32 = 0;
  for (let s = aOf(metadata); s != 0; s = edge(s + 2)) {
    const n = edge(s + 1);
    pairs += n >> 1;
    if (pairs > MAX_METADATA) return NONE;
    for (let i: u32 = 0; i < n; i += 2) {
      const key = edge(s + SEG_HEAD + i);
      if (edge(s + SEG_HEAD + i + 1) != N_TRUE) return NONE;
      if (kindOf(key) != K_ASCII && kindOf(key) != K_BYTESTR) return NONE;
      if (sameText(textOf(key), bOf(key), metadataKeys, 4)) flags |= TENSOR_CONJ;
      else if (sameText(textOf(key), bOf(key), metadataKeys + 4, 3)) flags |= TENSOR_NEG;
      else return NONE;
    }
  }
  return flags;
}

/** The K_TUPLE or K_LIST of a size or stride, which may also be a torch.Size; NONE where it is neither. */
function sequence(given: u32): u32 {
  const kind = kindOf(given);
  if (kind == K_TUPLE || kind == K_LIST) return given;
  if (kind != K_OBJECT) return NONE;
  const row = columnAt(C_OBJECTS) + <usize>aOf(given) * (O_WORDS << 2);
  const callable = load<u32>(row, O_CALLABLE << 2);
  const args = load<u32>(row, O_ARGS << 2);
  if (kindOf(callable) != K_GLOBAL || knownOf(aOf(callable)) != SIZE) return NONE;
  if (kindOf(args) != K_TUPLE || bOf(args) > 1) return NONE;
  if (bOf(args) == 0) return args; // torch.Size()
  const inner = edge(aOf(args));
  return kindOf(inner) == K_TUPLE || kindOf(inner) == K_LIST ? inner : NONE;
}

/** Stops counting past MAX_NDIM, since one list can be named again and again. */
function lengthOf(sequence: u32): u32 {
  if (kindOf(sequence) == K_TUPLE) return bOf(sequence);
  let n: u32 = 0;
  for (let s = aOf(sequence); s != 0 && n <= <u32>MAX_NDIM; s = edge(s + 2)) n += edge(s + 1);
  return n;
}

/** Writes the ints of a sequence as i64. False where one is no int. */
function takeInts(sequence: u32, to: usize): bool {
  if (kindOf(sequence) == K_TUPLE) return takeEdges(aOf(sequence), bOf(sequence), to);
  for (let s = aOf(sequence); s != 0; s = edge(s + 2)) {
    if (!takeEdges(s + SEG_HEAD, edge(s + 1), to)) return false;
    to += <usize>edge(s + 1) << 3;
  }
  return true;
}

function takeEdges(first: u32, n: u32, to: usize): bool {
  for (let i: u32 = 0; i < n; i++) {
    const item = edge(first + i);
    if (kindOf(item) != K_INT) return false;
    store<i64>(to + (<usize>i << 3), intOf(item));
  }
  return true;
}
