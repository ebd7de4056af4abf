// What is done with tensors besides holding them: fills the slot of handling.ts. The parts that take more than a few lines
// are files of their own.
import { allocate } from "../core/allocate.js";
import { gatherContiguous } from "../core/element_kernels.js";
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import { isAccelerator, type Accelerator } from "./accelerator.js";
import { arrayOver, type TensorData } from "./arrays.js";
import { Checked, TENSOR_REQUIRES_GRAD } from "./checked.js";
import { convertBytes } from "./convert.js";
import type { Device } from "./device.js";
import { DType, findDType } from "./dtype.js";
import { Elements, resolveLazy, type Scalar } from "./elements.js";
import { contiguousStride, isDense } from "./geometry.js";
import { endByte, firstByte, onto, toDevice } from "./moved.js";
import { Storage } from "./storage.js";
import { storageDType, Tensor } from "./tensor.js";
import { nestedArrays, type Nested } from "./to_array.js";

export { checkedView } from "./checked_view.js";
export { tensorText } from "./print.js";
export { storageText } from "./print_storage.js";

/** As `Tensor.data`. */
export function dataOf(tensor: Tensor): TensorData {
  return arrayOver(tensor.type, orderedBytes(tensor));
}

/** As `Tensor.item`. */
export function itemOf(tensor: Tensor): Scalar {
  const { numel } = tensor;
  if (numel !== 1) {
    throw new ArgumentError(
      `Cannot take the item of a tensor with ${numel} elements: expected exactly 1; \`toArray()\` gives all`,
      { code: "NOT_ONE_ELEMENT" },
    );
  }
  return elementsOf(tensor).scalar(tensor.storageOffset);
}

/** As `Tensor.toArray`. */
export function arraysOf(tensor: Tensor): Nested {
  return nestedArrays(elementsOf(tensor), tensor.shape, tensor.stride, tensor.storageOffset);
}

/** A contiguous tensor with a storage of its own. */
export function contiguousCopy(tensor: Tensor): Tensor {
  return over(tensor, copiedBytes(tensor), tensor.type, contiguousStride(tensor.shape));
}

/** As `Tensor.clone`. */
export function cloneOf(tensor: Tensor): Tensor {
  const { shape, stride, type } = tensor;
  if (!isDense(shape, stride)) return contiguousCopy(tensor);
  const bytes = copyOf(span(tensor));
  resolveLazy(bytes, type, tensor.isConj, tensor.isNeg);
  return over(tensor, bytes, type, stride);
}

/** As `Tensor.to`. */
export function moved(tensor: Tensor, target: string | DType | Device | Accelerator): Tensor | Promise<Tensor> {
  if (isAccelerator(target)) return onto(tensor, target);
  const type = target instanceof DType ? target : typeof target === "string" ? findDType(target) : undefined;
  if (type === undefined) return toDevice(tensor, target as string | Device); // what is no dtype
  if (type === tensor.type) return tensor;
  return over(tensor, convertBytes(orderedBytes(tensor), tensor.type, type), type, contiguousStride(tensor.shape));
}

function elementsOf({ storage, type, isConj, isNeg }: Tensor): Elements {
  return new Elements(storage.bytes, type, isConj, isNeg);
}

/** The bytes from the first element to the last; refused where the first one begins within a byte, since no copy could say so. */
function span(tensor: Tensor): Uint8Array {
  if (tensor.numel > 0 && tensor.storageOffset % tensor.type.perByte !== 0) throw packed("that begins within a byte", tensor.type);
  return tensor.storage.range(firstByte(tensor), endByte(tensor));
}

function orderedBytes(tensor: Tensor): Uint8Array {
  return tensor.isContiguous() && !tensor.isConj && !tensor.isNeg ? span(tensor) : copiedBytes(tensor);
}

function copiedBytes(tensor: Tensor): Uint8Array {
  const { type, shape, stride, storage, storageOffset } = tensor;
  const isContiguous = tensor.isContiguous();
  if (type.perByte > 1 && !isContiguous) throw packed("with strides", type);
  const bytes = isContiguous ? copyOf(span(tensor)) : gatherContiguous(storage.bytes, type.itemsize, shape, stride, storageOffset);
  resolveLazy(bytes, type, tensor.isConj, tensor.isNeg);
  return bytes;
}

function packed(which: string, type: DType): UnsupportedError {
  return new UnsupportedError(`Cannot copy a ${type.name} tensor ${which}: several of its elements share a byte; \`storage.bytes\` has them`, {
    code: "PACKED_STRIDES",
  });
}

function over(tensor: Tensor, bytes: Uint8Array, type: DType, stride: readonly number[]): Tensor {
  const storage = new Storage(bytes, { dtype: storageDType(type) });
  const checked = new Checked(type, tensor.shape, stride, 0, tensor.requiresGrad ? TENSOR_REQUIRES_GRAD : 0);
  return type === tensor.type ? tensor.like(storage, checked) : new Tensor(storage, checked);
}

/** Bytes of their own: `slice` of a subclass, or of shared memory, may give something else. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = allocate(bytes.length);
  copy.set(bytes);
  return copy;
}
