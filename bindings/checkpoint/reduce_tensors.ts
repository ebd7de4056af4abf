// The calls that torch writes for tensors that are no view of one storage (reference §4.3, §4.5): the way back of
// rebuild_tensors.ts. What a call is given is made anew each time, as torch makes it; the tensors in it are themselves.
import { Float } from "../python/float.js";
import { OrderedDict } from "../python/dict.js";
import { tuple, Tuple } from "../python/tuple.js";
import { qscheme } from "../torch/layout.js";
import { MetaTensor } from "../torch/meta.js";
import { NestedTensor } from "../torch/nested.js";
import { QuantizedTensor, type Quantizer } from "../torch/quantized.js";
import { Size } from "../torch/size.js";
import { SparseTensor } from "../torch/sparse.js";
import { Tensor } from "../torch/tensor.js";

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
  if (tensor instanceof MetaTensor || tensor.constructor === Tensor && tensor.storage.device === "meta") {
    return { name: "_rebuild_meta_tensor_no_storage", args: [tensor.type, fresh(tensor.shape), fresh(tensor.stride), tensor.requiresGrad] };
  }
  return undefined;
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
