// The view that a caller describes by options, held against its storage.
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import { Checked, TENSOR_CONJ, TENSOR_NEG, TENSOR_REQUIRES_GRAD } from "./checked.js";
import { dtype as dtypeOf } from "./dtype.js";
import { checkView, contiguousStride } from "./geometry.js";
import type { Shelf } from "./shelf.js";
import { Size } from "./size.js";
import { Storage } from "./storage.js";
import { checkGradient, type TensorOptions } from "./tensor.js";

/** As the constructor of `Tensor` tells. */
export function checkedView(storage: Storage | Shelf, options: TensorOptions): Checked {
  if (!(storage instanceof Storage)) {
    throw new ArgumentError(
      "Cannot make a tensor: its first argument is no Storage; `tensor([1, 2])` makes one of numbers",
      { code: "STORAGE" },
    );
  }
  if (options.dtype === undefined && storage.dtype === "untyped") {
    throw new ArgumentError(
      "Cannot make a tensor of an untyped storage without a dtype: give one, such as \"float32\"",
      { code: "DTYPE" },
    );
  }
  const type = dtypeOf(options.dtype ?? storage.dtype);
  if (type.kind === "named") {
    throw new UnsupportedError(`Cannot make a ${type.name} tensor: torch only names this dtype`, { code: "DTYPE" });
  }
  const storageOffset = options.storageOffset ?? 0;
  const capacity = Math.floor(storage.nbytes / type.itemsize) * type.perByte;
  const shape = new Size(options.shape ?? [Math.max(0, capacity - storageOffset)]);
  const stride = Object.freeze(options.stride === undefined ? contiguousStride(shape) : Array.from(options.stride));
  checkView(type, shape, stride, storageOffset, storage.nbytes);
  if (options.requiresGrad === true) checkGradient(type);
  const flags = (options.requiresGrad === true ? TENSOR_REQUIRES_GRAD : 0) | (options.conj === true ? TENSOR_CONJ : 0) |
    (options.neg === true ? TENSOR_NEG : 0);
  return new Checked(type, shape, stride, storageOffset, flags);
}
