// A tensor of a device without storages (XLA, MTIA, Maia, HPU): torch saves its elements as a tensor of the CPU, or before
// 2.6 as an array of NumPy's, and beside them the device as a label.

import { ArgumentError } from "../core/errors.js";
import { TENSOR_REQUIRES_GRAD, Checked } from "./checked.js";
import { checkGradient, isPlainTensor, Tensor } from "./tensor.js";

/**
 * A tensor from such a device. Its elements are on the CPU here.
 *
 * @example
 * ```ts
 * await save(new DeviceTensor(tensor([1, 2]), "xla:0"), "xla.pt");
 * ```
 */
export class DeviceTensor extends Tensor {
  /** The device that it was saved from, such as `xla:0`. */
  readonly location: string;
  /** Its elements as a tensor of the CPU. */
  readonly cpuTensor: Tensor;

  /** @throws ArgumentError `DEVICE_TENSOR` where it is made of no dense tensor, `REQUIRES_GRAD` where it can have no gradient */
  constructor(cpuTensor: Tensor, location: string, requiresGrad: boolean = false) {
    if (!isPlainTensor(cpuTensor) || typeof location !== "string") {
      throw new ArgumentError("Cannot make a tensor of a device: expected a dense tensor and the name of the device", { code: "DEVICE_TENSOR" });
    }
    if (requiresGrad) checkGradient(cpuTensor.type);
    const { type, shape, stride, storageOffset, view } = cpuTensor;
    const flags = view.flags & ~TENSOR_REQUIRES_GRAD | (requiresGrad ? TENSOR_REQUIRES_GRAD : 0);
    super(cpuTensor, new Checked(type, shape, stride, storageOffset, flags));
    this.cpuTensor = cpuTensor;
    this.location = location;
  }
}
