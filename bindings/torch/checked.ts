// The numbers of a view that lies within its storage: what is handed from one tensor to the next, and from the core's
// columns to a tensor, without being checked again.

import type { DType } from "./dtype.js";
import type { Size } from "./size.js";

/** Bits of `Checked.flags`: those of the core's TENSOR_*. */
export { TENSOR_CONJ, TENSOR_NEG, TENSOR_REQUIRES_GRAD } from "../../assembly/shared/columns.js";

/** A view whose numbers were checked by whoever made this. */
export class Checked {
  readonly type: DType;
  readonly shape: Size;
  readonly stride: readonly number[];
  readonly storageOffset: number;
  readonly flags: number;

  constructor(type: DType, shape: Size, stride: readonly number[], storageOffset: number, flags: number) {
    this.type = type;
    this.shape = shape;
    this.stride = stride;
    this.storageOffset = storageOffset;
    this.flags = flags;
  }
}
