// Tensors that are no view of one storage, or not only that, from the calls that pickles make of them (reference §4.3).
// The core leaves these calls as objects; here they become values. reduce_tensors.ts is the way back.
//
//   _rebuild_tensor, _v2, _v3          as the core knows them, where it left them: the storage is no persistent id (a plain
//                                      pickle's), or the class of the tensor no member of a module
//   _rebuild_qtensor                   (storage, offset, size, stride, (qscheme, scale, zero point), requires_grad, hooks)
//   _rebuild_sparse_tensor             (layout, (indices, values, size [, is_coalesced]))
//   _rebuild_nested_tensor             (buffer, sizes, strides, offsets)
//   _rebuild_meta_tensor_no_storage    (dtype, size, stride, requires_grad)
//
// Classes of tensors, devices without storages and the calls of old releases are in rebuild_classes.ts.
import { Dict } from "../python/dict.js";
import { Global } from "../python/object.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { DType } from "../torch/dtype.js";
import { Layout, QScheme } from "../torch/layout.js";
import { tensor as makeTensor } from "../torch/make.js";
import { MetaTensor } from "../torch/meta.js";
import { NestedTensor } from "../torch/nested.js";
import { Parameter } from "../torch/parameter.js";
import { QuantizedTensor, type QuantizedOptions } from "../torch/quantized.js";
import { sparseParts, SparseTensor, type SparsePart } from "../torch/sparse.js";
import { Storage } from "../torch/storage.js";
import { Tensor } from "../torch/tensor.js";

type Fail = (message: string) => Error;
/** Items of the list that is item `j` of argument `i`: what was filled later is not in the value yet. */
type Within = (i: number, j: number) => Value[];

/** The tensor of a call, or undefined where the function makes none of these. */
export function rebuildTensor({ fullName }: Global, args: Tuple<Value>, within: Within, fail: Fail): Value | undefined {
  switch (fullName) {
    case "torch._utils._rebuild_tensor": return denseOf(args, 4, fail);
    case "torch._utils._rebuild_tensor_v2": return denseOf(args, 6, fail);
    case "torch._utils._rebuild_tensor_v3": return denseOf(args, 7, fail);
    case "torch._utils._rebuild_qtensor": return quantizedOf(args, within, fail);
    case "torch._utils._rebuild_sparse_tensor": return sparseOf(args, fail);
    case "torch._utils._rebuild_sparse_csr_tensor": return sparseOf(args, fail);
    case "torch._utils._rebuild_nested_tensor": return nestedOf(args, fail);
    case "torch._utils._rebuild_meta_tensor_no_storage": return metaOf(args, fail);
    case "torch._utils._rebuild_parameter": return parameterOf(args, false);
    case "torch._utils._rebuild_parameter_with_state": return parameterOf(args, true);
    default: return undefined;
  }
}

/** A view of a storage that is a value already; what is none was not read, and the call stays inert. */
function denseOf(args: Tuple<Value>, count: number, fail: Fail): Value | undefined {
  const [storage, offset, size, stride, requiresGrad = false, , named] = args;
  if (!(storage instanceof Storage)) return undefined;
  const metadata = args[count];
  const dtype = count === 7 ? named : storage.dtype === "untyped" ? "uint8" : storage.dtype;
  const isRight = (args.length === count || count > 4 && args.length === count + 1) && typeof offset === "number" &&
    typeof requiresGrad === "boolean" && (typeof dtype === "string" || dtype instanceof DType) &&
    (metadata === undefined || metadata === null || isPlainDict(metadata));
  if (!isRight) throw fail("The arguments of a tensor's rebuild function are not what torch writes");
  const flag = (name: string): boolean => isPlainDict(metadata) && metadata.get(name) === true;
  return new Tensor(storage, {
    dtype, shape: numbers(size, fail), stride: numbers(stride, fail), storageOffset: offset, requiresGrad,
    conj: flag("conj"), neg: flag("neg"),
  });
}

function quantizedOf(args: Tuple<Value>, within: Within, fail: Fail): Value {
  const [storage, offset, size, stride, params, requiresGrad] = args;
  if (args.length < 6 || !(storage instanceof Storage) || storage.dtype === "untyped" || typeof offset !== "number" || !(params instanceof Tuple)) {
    throw fail("The arguments of _rebuild_qtensor are not what torch writes");
  }
  const [qscheme, first, second, axis] = params;
  if (!(qscheme instanceof QScheme)) throw fail("The quantizer of a tensor names no scheme");
  const options: QuantizedOptions = {
    storage, dtype: storage.dtype, storageOffset: offset, shape: numbers(size, fail), stride: numbers(stride, fail),
    requiresGrad: requiresGrad === true, qscheme,
  };
  if (qscheme.name === "per_tensor_affine") {
    if (params.length !== 3 || typeof first !== "number" || typeof second !== "number") throw fail("A quantizer of one scale has other parts than a scale and a zero point");
    return new QuantizedTensor({ ...options, scale: first, zeroPoint: second });
  }
  if (params.length !== 4 || typeof axis !== "number") throw fail("A quantizer along an axis has other parts than scales, zero points and an axis");
  const isFloat = qscheme.name === "per_channel_affine_float_qparams";
  const scales = Array.isArray(first) && !(first instanceof Tuple) ? listed(within(4, 1), isFloat ? "float32" : "float64", fail) : first;
  const zeroPoints = Array.isArray(second) && !(second instanceof Tuple) ? listed(within(4, 2), isFloat ? "float32" : "int64", fail) : second;
  if (!(scales instanceof Tensor) || !(zeroPoints instanceof Tensor)) throw fail("The scales of a quantizer are no tensors");
  return new QuantizedTensor({ ...options, scales, zeroPoints, axis });
}

/** Numbers that old files hold in lists, where a tensor is meant. */
function listed(items: Value[], dtype: string, fail: Fail): Tensor {
  const plain = items.map((item) => (typeof item === "object" && item !== null && "value" in item ? item.value : item));
  if (!plain.every((item): item is number => typeof item === "number")) throw fail("The scales of a quantizer are no numbers");
  return makeTensor(plain, { dtype });
}

function sparseOf(args: Tuple<Value>, fail: Fail): Value {
  const [layout, data] = args;
  const names = layout instanceof Layout ? sparseParts(layout.name) : undefined;
  if (args.length !== 2 || names === undefined || !(layout instanceof Layout) || !(data instanceof Tuple)) {
    throw fail("The arguments of a sparse tensor are not what torch writes");
  }
  const extra = data.length - names.length - 1;
  if (extra !== 0 && !(extra === 1 && layout.name === "sparse_coo")) throw fail(`A ${layout.name} tensor has ${data.length} parts`);
  const parts: { [part in SparsePart]?: Tensor } = {};
  for (const [i, name] of names.entries()) {
    const part = data[i];
    if (!(part instanceof Tensor)) throw fail(`The ${name} of a sparse tensor are no tensor`);
    parts[name] = part;
  }
  const { values } = parts;
  if (values === undefined) throw fail("A sparse tensor has no values");
  const coalesced = extra === 1 ? data[names.length + 1] === true : undefined;
  return new SparseTensor({ ...parts, values, layout, shape: numbers(data[names.length], fail), coalesced });
}

function nestedOf(args: Tuple<Value>, fail: Fail): Value {
  const [buffer, sizes, strides, offsets] = args;
  if (args.length !== 4 || !(buffer instanceof Tensor) || !(sizes instanceof Tensor) || !(strides instanceof Tensor) || !(offsets instanceof Tensor)) {
    throw fail("The arguments of _rebuild_nested_tensor are no four tensors");
  }
  return new NestedTensor({ buffer, sizes, strides, offsets });
}

function metaOf(args: Tuple<Value>, fail: Fail): Value {
  const [dtype, size, stride, requiresGrad] = args;
  if (args.length !== 4 || !(dtype instanceof DType)) throw fail("The arguments of a meta tensor are not what torch writes");
  return new MetaTensor({ dtype, shape: numbers(size, fail), stride: numbers(stride, fail), requiresGrad: requiresGrad === true });
}

/** A parameter whose data is no view of a storage: the core makes the others. */
function parameterOf(args: Tuple<Value>, hasState: boolean): Value | undefined {
  const [data, requiresGrad, , state] = args;
  if (args.length !== (hasState ? 4 : 3) || !(data instanceof Tensor) || data instanceof Parameter) return undefined;
  if (hasState && !isPlainDict(state)) return undefined;
  const parameter = new Parameter(data, { requiresGrad: requiresGrad === true });
  if (hasState) parameter.attributes = state as Dict; // isPlainDict
  return parameter;
}

/** Is it a dict, and of no class of its own? */
export function isPlainDict(value: unknown): value is Dict {
  return value instanceof Dict && value.constructor === Dict;
}

/** The numbers of a size or stride. */
export function numbers(value: Value, fail: Fail): number[] {
  if (value instanceof Tuple && value.every((n): n is number => Number.isSafeInteger(n))) return [...value];
  throw fail("A size or stride is no tuple of integers");
}
