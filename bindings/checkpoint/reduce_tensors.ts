// The calls that torch writes for tensors that are no view of one storage (reference §4.3, §4.5): the way back of
// rebuild_tensors.ts. What a call is given is made anew each time, as torch makes it; the tensors in it are themselves.
import { NDArray } from "../numpy/ndarray.js";
import { Float } from "../python/float.js";
import { Dict, OrderedDict } from "../python/dict.js";
import { Global } from "../python/object.js";
import { str } from "../python/str.js";
import { tuple, Tuple } from "../python/tuple.js";
import { DeviceTensor } from "../torch/device_tensor.js";
import { JaggedTensor } from "../torch/jagged.js";
import { qscheme } from "../torch/layout.js";
import { MetaTensor } from "../torch/meta.js";
import { NestedTensor } from "../torch/nested.js";
import { Parameter } from "../torch/parameter.js";
import { QuantizedTensor, type Quantizer } from "../torch/quantized.js";
import { Size } from "../torch/size.js";
import { SparseTensor } from "../torch/sparse.js";
import { SubclassTensor } from "../torch/subclass.js";
import { Tensor } from "../torch/tensor.js";
import { WrapperTensor } from "../torch/wrapper.js";

/** A call of a function of torch._utils. */
export interface TensorCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

/**
 * The call that makes a tensor; undefined where it is a view of a storage, which the core writes.
 *
 * @param release as which release writes, 2.1 being 2001: CSR had a function of its own before 2.0, and COO does not say
 * before 2.1 whether it is coalesced
 */
export function tensorCall(tensor: Tensor, release: number): TensorCall | undefined {
  if (tensor instanceof QuantizedTensor) {
    const { storage, storageOffset, shape, stride, requiresGrad, quantizer } = tensor;
    const args = [storage, storageOffset, fresh(shape), fresh(stride), paramsOf(quantizer), requiresGrad, new OrderedDict()];
    return { name: "_rebuild_qtensor", args };
  }
  if (tensor instanceof SparseTensor) {
    const { layout, parts, shape, coalesced } = tensor;
    const data: unknown[] = [...parts.values(), new Size(shape)];
    if (layout.name === "sparse_coo" && release >= 2001) data.push(coalesced);
    const name = release < 2000 && layout.name === "sparse_csr" ? "_rebuild_sparse_csr_tensor" : "_rebuild_sparse_tensor";
    return { name, args: [layout, Tuple.from(data as never[])] };
  }
  if (tensor instanceof NestedTensor) {
    return { name: "_rebuild_nested_tensor", args: [tensor.buffer, tensor.sizes, tensor.strides, tensor.offsets] };
  }
  if (tensor instanceof WrapperTensor) {
    const { cls, type, shape, stride, storageOffset, layout, label, requiresGrad } = tensor;
    return { name: "_rebuild_wrapper_subclass", args: [cls, type, fresh(shape), fresh(stride), storageOffset, layout, label, requiresGrad] };
  }
  if (tensor instanceof DeviceTensor) {
    const { cpuTensor, type, location, requiresGrad } = tensor;
    if (release >= 2006) return { name: "_rebuild_device_tensor_from_cpu_tensor", args: [cpuTensor, type, str(location), requiresGrad] };
    return { name: "_rebuild_device_tensor_from_numpy", args: [arrayOf(cpuTensor), type, str(location), requiresGrad] };
  }
  if (tensor instanceof MetaTensor || tensor.constructor === Tensor && tensor.storage.device === "meta") {
    return { name: "_rebuild_meta_tensor_no_storage", args: [tensor.type, fresh(tensor.shape), fresh(tensor.stride), tensor.requiresGrad] };
  }
  return undefined;
}

/** The call of `_rebuild_tensor_v2`, or `_v3` for dtypes without a storage class, that makes a view of a storage. */
export function denseCall(tensor: Tensor): TensorCall {
  const { type, storage, storageOffset, shape, stride, requiresGrad } = tensor;
  const args: unknown[] = [storage, storageOffset, fresh(shape), fresh(stride), requiresGrad, new OrderedDict()];
  if (type.storageClass === null) args.push(type);
  const bits = new Dict<string, boolean>();
  if (tensor.isNeg) bits.set("neg", true);
  if (tensor.isConj) bits.set("conj", true);
  if (bits.size > 0) args.push(bits);
  return { name: type.storageClass === null ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2", args };
}

export const JAGGED: Global = new Global("torch.nested._internal.nested_tensor", "_rebuild_njt");
export const JAGGED_CLASS: Global = new Global("torch.nested._internal.nested_tensor", "NestedTensor");

/** The four arguments with which torch makes a tensor of a class, or one with attributes, of the call that makes the tensor. */
export function typedArguments(tensor: Tensor, release: number): readonly unknown[] {
  if (tensor instanceof JaggedTensor) {
    const { keywords, values, offsets, attributes } = tensor;
    return keywords === null ? [JAGGED_CLASS, JAGGED_CLASS, tuple(values, offsets), attributes] : [JAGGED, JAGGED_CLASS, tuple(keywords), attributes];
  }
  const isSubclass = tensor instanceof SubclassTensor;
  const base = isSubclass ? tensor.baseTensor : tensor;
  const call = base instanceof Parameter ? { name: "_rebuild_parameter", args: [base.dataTensor, base.requiresGrad, new OrderedDict()] }
    : tensorCall(base, release) ?? denseCall(base);
  const cls = isSubclass ? tensor.cls : new Global("torch", "Tensor");
  const state = isSubclass && tensor.state !== undefined ? tensor.state : tensor.attributes;
  return [new Global("torch._utils", call.name), cls, Tuple.from(call.args as never[]), state];
}

/** An array of NumPy's of the elements: bfloat16, which NumPy has not, as float32. */
function arrayOf(tensor: Tensor): NDArray {
  const { type, shape, data } = tensor.dtype === "bfloat16" ? tensor.to("float32") : tensor;
  const letter = type.isComplex ? "c" : type.isFloatingPoint ? "f" : type.name === "bool" ? "b" : type.name.startsWith("u") ? "u" : "i";
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return new NDArray({ dtype: `${type.itemsize === 1 ? "|" : "<"}${letter}${type.itemsize}`, shape: Array.from(shape), bytes });
}

/** The numbers of a size as a tuple: a size may have more of them than a call takes arguments. */
function fresh(numbers: readonly number[]): Tuple<number> {
  return Tuple.from(Array.from(numbers));
}

/** Quantizers along an axis all go by one name: torch tells them apart by the type of the zero points. */
function paramsOf(quantizer: Quantizer): Tuple {
  if (quantizer.axis === null) return tuple(quantizer.qscheme, new Float(quantizer.scale), quantizer.zeroPoint) as Tuple;
  return tuple(qscheme("per_channel_affine"), quantizer.scales, quantizer.zeroPoints, quantizer.axis) as Tuple;
}
