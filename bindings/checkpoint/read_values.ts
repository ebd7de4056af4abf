// Tensors of values that no columns describe, read: whole, or a slice of one. Whatever a tensor is besides a view (the lazy bits of
// conj and neg, a gradient, scales, a class) its slice is too.
import { Watch } from "../io/progress.js";
import { Checked, TENSOR_CONJ, TENSOR_NEG, TENSOR_REQUIRES_GRAD } from "../torch/checked.js";
import { Size } from "../torch/size.js";
import { Storage } from "../torch/storage.js";
import type { Tensor } from "../torch/tensor.js";
import type { TensorInfo } from "./listing.js";
import type { ValueTensor } from "./listing_values.js";
import type { ReadTensorOptions } from "./read_options.js";
import { keptOf, sliced, spanOf, type TensorSlice } from "./slice.js";

/** Reads a tensor of such values: its storage is a record of its own, which is read whole. */
export async function valueOf(info: TensorInfo, { slice, signal, onProgress }: ReadTensorOptions): Promise<Tensor> {
  const { tensor } = info as ValueTensor; // the other kind of list
  signal?.throwIfAborted();
  const watch = Watch.of(onProgress);
  watch?.begin("read", info.nbytes);
  const read = await tensor.to("cpu");
  signal?.throwIfAborted();
  watch?.add(info.nbytes, info.name);
  return slice === undefined ? read : sliceOf(read, slice);
}

/** A slice of a tensor that is here, over a storage of its own. */
function sliceOf(tensor: Tensor, slice: TensorSlice): Tensor {
  const { storage, type, isConj, isNeg, requiresGrad } = tensor;
  const seen = sliced({ shape: Array.from(tensor.shape), stride: tensor.stride, offset: tensor.storageOffset }, type, slice);
  const span = spanOf(seen) * type.itemsize;
  const from = span === 0 ? 0 : seen.offset * type.itemsize; // an empty one may begin anywhere
  const { bytes, stride } = keptOf(storage.range(from, from + span), type, seen);
  const own = new Storage(bytes.buffer === storage.bytes.buffer ? bytes.slice() : bytes, storage);
  const flags = (isConj ? TENSOR_CONJ : 0) | (isNeg ? TENSOR_NEG : 0) | (requiresGrad ? TENSOR_REQUIRES_GRAD : 0);
  return tensor.like(own, new Checked(type, new Size(seen.shape), stride, 0, flags));
}
