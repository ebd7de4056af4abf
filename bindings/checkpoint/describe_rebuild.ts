// A tensor with attributes is, to a reader that resolves only plain functions, a call of `_rebuild_from_type_v2`: here are
// the arguments that the file gives it, made again from the tensor.
//
//   (function, torch.Tensor, (storage, offset, size, stride, requires_grad, hooks [, dtype] [, metadata]), attributes)
import { Dict, OrderedDict } from "../python/dict.js";
import { Global } from "../python/object.js";
import { tuple, type Tuple } from "../python/tuple.js";
import { dtype } from "../torch/dtype.js";
import type { SparseTensor } from "../torch/sparse.js";
import type { Tensor } from "../torch/tensor.js";
import { tensorCall } from "./reduce_tensors.js";

/** The function that releases before 2.0 gave to CSR tensors. Later ones do not know it, and see a call of something. */
export const OLD_CSR = "torch._utils._rebuild_sparse_csr_tensor";

/** The arguments of that call. */
export function oldCsrArguments(tensor: SparseTensor): readonly unknown[] {
  return tensorCall(tensor, 1013)?.args ?? [];
}

/** The four arguments. */
export function rebuildArguments(tensor: Tensor): readonly unknown[] {
  const call = tensorCall(tensor, Infinity);
  if (call !== undefined) {
    return [new Global("torch._utils", call.name), new Global("torch", "Tensor"), tuple(...(call.args as never[])), tensor.attributes];
  }
  const type = dtype(tensor.dtype);
  const typed = type.storageClass !== null;
  const args: unknown[] = [
    tensor.storage, tensor.storageOffset, tuple(...tensor.shape), tuple(...tensor.stride), tensor.requiresGrad,
    new OrderedDict(),
  ];
  if (!typed) args.push(type);
  const bits = new Dict<string, boolean>();
  if (tensor.isConj) bits.set("conj", true);
  if (tensor.isNeg) bits.set("neg", true);
  if (bits.size > 0) args.push(bits);
  const rebuild = new Global("torch._utils", typed ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3");
  const inner: Tuple = tuple(...(args as never[]));
  return [rebuild, new Global("torch", "Tensor"), inner, tensor.attributes];
}
