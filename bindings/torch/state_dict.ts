// A module's state dict: every parameter and buffer under its name, and beside them `_metadata`, the version of each
// module's class, by which a later release knows what an older one wrote.

import { TENSOR_REQUIRES_GRAD } from "../../assembly/shared/columns.js";
import { Dict, OrderedDict } from "../python/dict.js";
import type { Value } from "../python/value.js";
import { Checked } from "./checked.js";
import { isDenseTensor } from "./copy_into.js";
import type { ModuleBase } from "./module_base.js";
import { placesOf } from "./module_walk.js";
import { Parameter } from "./parameter.js";
import { Tensor } from "./tensor.js";

/** How a state dict is made. */
export interface StateDictOptions {
  /** Put before each key as it is: `model.` gives `model.weight`. */
  readonly prefix?: string;
  /** Whether the module's own parameters stand in it, in place of tensors over the same storages; default false. */
  readonly keepVars?: boolean;
}

const BATCH_NORMS = "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d";
const INSTANCE_NORMS = "InstanceNorm1d InstanceNorm2d InstanceNorm3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d";

/** Classes of torch whose layout of keys has a version other than 1. */
const VERSIONS: ReadonlyMap<string, number> = new Map([
  ...BATCH_NORMS.split(" ").map((name): [string, number] => [`torch.nn.modules.batchnorm.${name}`, 2]),
  ...INSTANCE_NORMS.split(" ").map((name): [string, number] => [`torch.nn.modules.instancenorm.${name}`, 2]),
  ...versions("intrinsic.qat.modules.conv_fused", "ConvBn1d ConvBn2d ConvBn3d ConvBnReLU1d ConvBnReLU2d ConvBnReLU3d", 2),
  ...versions("intrinsic.quantized.modules.bn_relu", "BNReLU2d BNReLU3d", 2),
  ...versions("intrinsic.quantized.modules.linear_relu", "LinearLeakyReLU LinearReLU LinearTanh", 3),
  ...versions("intrinsic.quantized.dynamic.modules.linear_relu", "LinearReLU", 4),
  ...versions("quantized.dynamic.modules.linear", "Linear", 4),
  ...versions("quantized.dynamic.modules.rnn", "GRU LSTM", 2),
  ...versions("quantized.modules.batchnorm", "BatchNorm2d BatchNorm3d", 2),
  ...versions("quantized.modules.linear", "Linear LinearPackedParams", 3),
  ...versions("quantized.modules.normalization", "InstanceNorm1d InstanceNorm2d InstanceNorm3d", 2),
]);

function versions(file: string, names: string, version: number): [string, number][] {
  return names.split(" ").flatMap((name): [string, number][] => [[`torch.ao.nn.${file}.${name}`, version], [`torch.nn.${file}.${name}`, version]]);
}

/** The family of norms that a class of torch's belongs to. */
export function normOf({ module, name }: ModuleBase): "batch" | "instance" | undefined {
  if (module === "torch.nn.modules.batchnorm" && BATCH_NORMS.split(" ").includes(name)) return "batch";
  return module === "torch.nn.modules.instancenorm" && INSTANCE_NORMS.split(" ").includes(name) ? "instance" : undefined;
}

/** The state dict of a module, as PyTorch makes it. */
export function stateDictOf(root: ModuleBase, options: StateDictOptions = {}): OrderedDict<string, Tensor> {
  const { prefix = "", keepVars = false } = options;
  const out = new OrderedDict<string, Tensor>();
  const metadata = new OrderedDict<Value, Value>();
  out.attributes.set("_metadata", metadata);
  for (const { path, module } of placesOf(root, "", false)) {
    const before = path === "" ? prefix : `${prefix}${path}.`;
    // torch cuts the last character of the prefix, which is a dot where there is one
    metadata.set(before.slice(0, -1), new Dict<Value, Value>([["version", VERSIONS.get(`${module.module}.${module.name}`) ?? 1]]));
    for (const [name, tensor] of module.ownParameters()) if (tensor !== null) out.set(before + name, keepVars ? tensor : detached(tensor));
    for (const [name, tensor] of module.ownBuffers()) {
      if (tensor !== null && module.isPersistent(name)) out.set(before + name, keepVars ? tensor : detached(tensor));
    }
  }
  return out;
}

/** A tensor over the same storage that needs no gradient. Tensors of other kinds than dense are what they are. */
function detached(tensor: Tensor): Tensor {
  if (!isDenseTensor(tensor)) return tensor instanceof Parameter ? tensor.dataTensor : tensor;
  const { type, shape, stride, storageOffset, flags } = tensor.view;
  return new Tensor(tensor.storage, new Checked(type, shape, stride, storageOffset, flags & ~TENSOR_REQUIRES_GRAD));
}
