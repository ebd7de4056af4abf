// A tensor with attributes, or with a class of its own, is to a reader that resolves only plain functions a call of
// something: here are the arguments that the file gives it, made again from the tensor.
import { DeviceTensor } from "../torch/device_tensor.js";
import { JaggedTensor } from "../torch/jagged.js";
import { Parameter } from "../torch/parameter.js";
import { SparseTensor } from "../torch/sparse.js";
import { FROM_TYPE, SubclassTensor } from "../torch/subclass.js";
import type { Tensor } from "../torch/tensor.js";
import { WrapperTensor } from "../torch/wrapper.js";
import { tensorCall, typedArguments } from "./reduce_tensors.js";

/** The function that releases before 2.0 gave to CSR tensors. Later ones do not know it. */
const OLD_CSR = "torch._utils._rebuild_sparse_csr_tensor";
const OF_CPU = "torch._utils._rebuild_device_tensor_from_cpu_tensor";

/** A call that stands for a tensor. */
export interface RebuildCall {
  readonly module: string;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** The call that a tensor is described as; undefined where it is described as a tensor. `listed` are the names in the file. */
export function rebuildCall(tensor: Tensor, listed: ReadonlySet<string>): RebuildCall | undefined {
  if (tensor instanceof SubclassTensor) {
    const { module, name } = tensor.rebuild;
    return { module, name, args: typedArguments(tensor, Infinity) };
  }
  const isOldCsr = tensor instanceof SparseTensor && tensor.layout.name === "sparse_csr" && listed.has(OLD_CSR);
  if (isOldCsr || tensor instanceof DeviceTensor && listed.has(OF_CPU) || tensor instanceof WrapperTensor) {
    const call = tensorCall(tensor, isOldCsr ? 1013 : Infinity);
    return call === undefined ? undefined : { module: "torch._utils", ...call };
  }
  if (!(tensor instanceof JaggedTensor) && (tensor instanceof Parameter || tensor.attributes === null)) return undefined;
  return { module: FROM_TYPE.module, name: FROM_TYPE.name, args: typedArguments(tensor, Infinity) };
}
