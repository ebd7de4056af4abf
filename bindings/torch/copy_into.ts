// Copies the elements of one tensor into another of the same shape, whose storage stays: what load_state_dict does to a
// parameter, so that whoever shares its storage sees the new values too.

import { UnsupportedError } from "../core/errors.js";
import { numelOf } from "./numel.js";
import { Parameter } from "./parameter.js";
import { Tensor } from "./tensor.js";

/** Why torch would not write into a tensor; undefined where it would. */
export function unwritable({ shape, stride }: Tensor): string | undefined {
  if (!shape.some((size, i) => size > 1 && stride[i] === 0)) return undefined;
  return "unsupported operation: more than one element of the written-to tensor refers to a single memory location. " +
    "Please clone() the tensor before performing the operation.";
}

/** Is it a tensor whose elements stand in a storage, one by one? */
export function isDenseTensor(tensor: Tensor): boolean {
  return (tensor instanceof Parameter ? tensor.dataTensor : tensor).constructor === Tensor;
}

/**
 * Copies elements, converted to the dtype of where they go.
 *
 * @throws UnsupportedError `COPY` where one of them is no dense tensor, or its elements are not numbers as they stand
 * @throws BrineError `NOT_LOCAL` where the bytes of one of them are not read yet
 */
export function copyInto(target: Tensor, source: Tensor): void {
  const { type, shape, stride, storageOffset } = target;
  if (!isDenseTensor(target) || !isDenseTensor(source) || target.isConj || target.isNeg || type.perByte > 1) {
    throw new UnsupportedError(
      `Cannot copy into a ${target.dtype} tensor of this kind: only into dense tensors; with assign: true it is replaced`,
      { code: "COPY" },
    );
  }
  const from = source.to(type).clone().contiguous();
  if (numelOf(shape) === 0) return;
  const bytes = from.storage.range(0, from.storage.nbytes); // a clone has a storage of its own, from its first element
  const into = target.storage.bytes;
  const width = type.itemsize;
  if (target.isContiguous()) {
    into.set(bytes, storageOffset * width);
    return;
  }
  // The outer dimensions count up like the digits of a number; the last one is the inner loop.
  const at = new Array<number>(shape.length).fill(0);
  const last = shape.length - 1;
  let to = storageOffset;
  for (let read = 0; read < bytes.length;) {
    for (let i = 0; i < shape[last]; i++, read += width) {
      into.set(bytes.subarray(read, read + width), (to + i * stride[last]) * width);
    }
    for (let d = last - 1; d >= 0; d--) {
      to += stride[d];
      if (++at[d] < shape[d]) break;
      to -= stride[d] * shape[d];
      at[d] = 0;
    }
  }
}
