// Tensors that a class or a device made something else than a view of a storage, and those that old releases made by a call
// of their class (reference §4.3, §4.6). reduce_tensors.ts is the way back.
//
//   _rebuild_from_type_v2                      (function, class, its arguments, state)
//   _rebuild_from_type                         (function, class, its arguments, __dict__)          1.7 to 1.9
//     around nested_tensor._rebuild_njt        ({values, offsets, lengths, _ragged_idx, _metadata_cache, requires_grad},)
//     around nested_tensor.NestedTensor        (values, offsets), and the rest in the state         up to 2.4
//   _rebuild_wrapper_subclass                  (class, dtype, size, stride, offset, layout, device, requires_grad)
//   _rebuild_device_tensor_from_cpu_tensor     (tensor, dtype, device, requires_grad)
//   _rebuild_device_tensor_from_numpy          (array, dtype, device, requires_grad)               up to 2.5; also _rebuild_xla_tensor
//   torch.FloatTensor                          ()                                                  a state may have made more of it
//   torch.sparse.FloatTensor                   (indices, values, size)
//   torch.nn.parameter.Parameter               () or (data [, requires_grad])
import { NDArray } from "../numpy/ndarray.js";
import { Global, PyObject } from "../python/object.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { Device, device as deviceOf } from "../torch/device.js";
import { DeviceTensor } from "../torch/device_tensor.js";
import { DType } from "../torch/dtype.js";
import { JaggedTensor, type JaggedPickled } from "../torch/jagged.js";
import { Layout } from "../torch/layout.js";
import { Parameter } from "../torch/parameter.js";
import { SparseTensor } from "../torch/sparse.js";
import { Storage } from "../torch/storage.js";
import { SubclassTensor } from "../torch/subclass.js";
import { Tensor } from "../torch/tensor.js";
import { WrapperTensor } from "../torch/wrapper.js";
import { isPlainDict, numbers, rebuildTensor } from "./rebuild_tensors.js";
import { JAGGED, JAGGED_CLASS } from "./reduce_tensors.js";

type Fail = (message: string) => Error;
/** What of a call may not be filled yet: items of lists, keys and values in turn of dicts. */
interface Unfilled {
  /** Of argument `i`. */
  items(i: number): Value[];
  /** Of item `j` of the tuple that is argument `i`. */
  within(i: number, j: number): Value[];
}

/** The element types of `torch.FloatTensor` and its like. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ["Tensor", "float32"], ["DoubleTensor", "float64"], ["FloatTensor", "float32"], ["HalfTensor", "float16"], ["BFloat16Tensor", "bfloat16"],
  ["LongTensor", "int64"], ["IntTensor", "int32"], ["ShortTensor", "int16"], ["CharTensor", "int8"], ["ByteTensor", "uint8"], ["BoolTensor", "bool"],
]);

/** The tensor of a call that the core has no row for; undefined where the function makes none. */
export function rebuildTensors(callable: Global, args: Tuple<Value>, unfilled: Unfilled, fail: Fail): Value | undefined {
  return rebuildTensor(callable, args, unfilled.within, fail) ?? rebuildClass(callable, args, unfilled, fail);
}

function rebuildClass(callable: Global, args: Tuple<Value>, unfilled: Unfilled, fail: Fail): Value | undefined {
  const { module, name } = callable;
  switch (module) {
    case "torch._utils":
      if (name === "_rebuild_wrapper_subclass") return wrapperOf(args, fail);
      if (name === "_rebuild_device_tensor_from_cpu_tensor") return deviceTensorOf(args, fail);
      if (name === "_rebuild_device_tensor_from_numpy" || name === "_rebuild_xla_tensor") return deviceTensorOf(args, fail);
      return undefined;
    case "torch._tensor": case "torch.tensor":
      if (name === "_rebuild_from_type_v2" || name === "_rebuild_from_type") return ofType(callable, args, unfilled, fail);
      return undefined;
    case "torch": case "torch.cuda":
      return args.length === 0 ? emptyOf(name) : undefined;
    case "torch.sparse": case "torch.cuda.sparse": return sparseOf(name, args, fail);
    case "torch.nn.parameter": return name === "Parameter" ? parameterOf(args) : undefined;
    default: return undefined;
  }
}

/** A tensor with a class, or with attributes; undefined where a function makes it that brine does not know. */
function ofType(rebuild: Global, args: Tuple<Value>, unfilled: Unfilled, fail: Fail): Value | undefined {
  const [made, cls, inner, state] = args;
  if (args.length !== 4 || !(made instanceof Global) || !(inner instanceof Tuple)) return undefined;
  if (!(cls instanceof Global) && !(cls instanceof PyObject)) return undefined;
  if (cls instanceof Global && cls.equals(JAGGED_CLASS)) {
    if (made.equals(JAGGED)) return jaggedOf(inner, state, unfilled, fail);
    return made.equals(JAGGED_CLASS) ? earlyJaggedOf(inner, state, unfilled, fail) : undefined;
  }
  const base = made.fullName === "torch._utils._rebuild_wrapper_subclass" ? wrapperOf(inner, fail) : rebuildTensor(made, inner, () => {
    throw fail("The scales of a quantizer are no tensors");
  }, fail);
  if (!(base instanceof Tensor)) return undefined;
  const isOwn = cls instanceof Global && (cls.fullName === "torch.Tensor" || base instanceof Parameter && cls.fullName === "torch.nn.parameter.Parameter");
  if (!isOwn) return subclassOf(base, cls, state, rebuild);
  if (rebuild.name === "_rebuild_from_type" || state === null) return base; // torch lets the dict go there too
  if (!isPlainDict(state)) return undefined;
  base.attributes = state;
  return base;
}

/** A tensor of a class. Its state may not be filled yet. */
export function subclassOf(base: Tensor, cls: Global | PyObject, state: Value, rebuild?: Global): SubclassTensor {
  const first = state instanceof Tuple && state.length === 2 ? state[0] : state;
  const attributes = isPlainDict(first) ? first : null;
  return new SubclassTensor(base, { cls, rebuild, attributes, state: state === null || state === attributes ? undefined : state });
}

/** What the dict of keywords is to hold is known before it is filled. */
function jaggedOf(inner: Tuple<Value>, state: Value, unfilled: Unfilled, fail: Fail): Value {
  const [keywords] = inner;
  if (inner.length !== 1 || !isPlainDict(keywords) || !isPlainDict(state)) throw fail("The arguments of _rebuild_njt are not what torch writes");
  const named = pairsOf(unfilled.within(2, 0));
  const { values, offsets, lengths, _ragged_idx: raggedIdx, requires_grad: requiresGrad = false } = named;
  return jaggedTensor({ values, offsets, lengths, raggedIdx, requiresGrad }, { keywords, attributes: state }, fail);
}

function earlyJaggedOf(inner: Tuple<Value>, state: Value, unfilled: Unfilled, fail: Fail): Value {
  const [values, offsets] = inner;
  if (inner.length !== 2 || !isPlainDict(state)) throw fail("The arguments of a jagged tensor are not what torch writes");
  const { _lengths: lengths, _ragged_idx: raggedIdx } = pairsOf(unfilled.items(3));
  return jaggedTensor({ values, offsets, lengths, raggedIdx, requiresGrad: false }, { keywords: null, attributes: state }, fail);
}

/** Values by names, which are a file's: no prototype is behind them. */
function pairsOf(flat: readonly Value[]): Record<string, Value | undefined> {
  const named = Object.create(null) as Record<string, Value | undefined>; // empty
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, value] = [flat[i], flat[i + 1]];
    if (typeof name === "string") named[name] = value;
  }
  return named;
}

function jaggedTensor(parts: Record<string, Value | undefined>, pickled: JaggedPickled, fail: Fail): JaggedTensor {
  const { values, offsets, lengths = null, raggedIdx = 1, requiresGrad } = parts;
  const isTensors = values instanceof Tensor && offsets instanceof Tensor && (lengths === null || lengths instanceof Tensor);
  if (!isTensors || typeof raggedIdx !== "number" || typeof requiresGrad !== "boolean") throw fail("A jagged tensor is made of something else than torch writes");
  return new JaggedTensor({ values, offsets, lengths, raggedIdx, requiresGrad }, pickled);
}

function wrapperOf(args: Tuple<Value>, fail: Fail): Value {
  const [cls, dtype, size, stride, storageOffset, layout, device, requiresGrad] = args;
  const isClass = cls instanceof Global || cls instanceof PyObject;
  if (args.length !== 8 || !isClass || !(dtype instanceof DType) || !(layout instanceof Layout) || !(device instanceof Device) || typeof storageOffset !== "number") {
    throw fail("The arguments of _rebuild_wrapper_subclass are not what torch writes");
  }
  return new WrapperTensor({
    cls, dtype, shape: numbers(size, fail), stride: numbers(stride, fail), storageOffset, layout, device, requiresGrad: requiresGrad === true,
  });
}

function deviceTensorOf(args: Tuple<Value>, fail: Fail): Value {
  const [source, dtype, label, requiresGrad] = args;
  if (args.length !== 4 || !(dtype instanceof DType) || typeof label !== "string" || typeof requiresGrad !== "boolean") {
    throw fail("The arguments of a device's tensor are not what torch writes");
  }
  deviceOf(label);
  if (source instanceof NDArray) return new DeviceTensor(ofArray(source, fail).to(dtype), label, requiresGrad);
  if (!(source instanceof Tensor) || source.type !== dtype) throw fail("A device's tensor is made of something else than its elements");
  return new DeviceTensor(source, label, requiresGrad);
}

/** A tensor of NumPy's elements, as torch.from_numpy makes it; they are copied where a file may have them unaligned. */
function ofArray(array: NDArray, fail: Fail): Tensor {
  const { dtype, shape, bytes, fortranOrder } = array;
  const name = NUMPY_TYPES.get(`${dtype.kind}${dtype.itemsize}`);
  if (name === undefined || dtype.str.startsWith(">")) throw fail(`torch has no type for NumPy's ${dtype.str}`);
  const stride = new Array<number>(shape.length);
  let step = 1;
  for (let i = 0; i < shape.length; i++) {
    const d = fortranOrder ? i : shape.length - 1 - i;
    stride[d] = step;
    step *= Math.max(shape[d], 1);
  }
  return new Tensor(new Storage(bytes.slice(), { dtype: name }), { shape, stride });
}

/** By kind and itemsize. */
const NUMPY_TYPES: ReadonlyMap<string, string> = new Map([
  ["b1", "bool"], ["i1", "int8"], ["i2", "int16"], ["i4", "int32"], ["i8", "int64"], ["u1", "uint8"], ["f2", "float16"], ["f4", "float32"],
  ["f8", "float64"], ["c8", "complex64"], ["c16", "complex128"],
]);

function emptyOf(name: string): Value | undefined {
  const dtype = CLASSES.get(name);
  return dtype === undefined ? undefined : new Tensor(new Storage(new Uint8Array(0), { dtype }), { shape: [0] });
}

/** With a size: torch finds one itself where it is not given, which means reading the indices. */
function sparseOf(name: string, args: Tuple<Value>, fail: Fail): Value | undefined {
  const [indices, values, size] = args;
  if (args.length !== 3 || !(indices instanceof Tensor) || !(values instanceof Tensor) || values.dtype !== CLASSES.get(name)) return undefined;
  return new SparseTensor({ layout: "sparse_coo", indices, values, shape: numbers(size, fail) });
}

/** A parameter of a tensor that the core has no row for, or of none. */
function parameterOf(args: Tuple<Value>): Value | undefined {
  const [data = emptyOf("Tensor"), requiresGrad = true] = args;
  if (args.length > 2 || !(data instanceof Tensor) || data instanceof Parameter || typeof requiresGrad !== "boolean") return undefined;
  return new Parameter(data, { requiresGrad });
}
