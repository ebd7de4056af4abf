// torch.nn.Parameter: a tensor that a module learns. In Python it wraps a tensor, its data, which is an object of its
// own; here it shares the storage with that tensor and keeps it, so that what two parameters wrapped once stays one.

import { ArgumentError } from "../core/errors.js";
import { reprSymbol } from "../python/symbols.js";
import type { Checked } from "./checked.js";
import type { Scalar } from "./elements.js";
import type { Size } from "./size.js";
import type { Storage } from "./storage.js";
import { checkGradient, Tensor } from "./tensor.js";
import type { Nested } from "./to_array.js";

/** What a parameter is made with besides its data. */
export interface ParameterOptions {
  /** Whether it is to be learned; true where it is not given. */
  readonly requiresGrad?: boolean;
}

/**
 * A parameter of a module.
 *
 * @example
 * ```ts
 * const weight = new Parameter(tensor([[1, 2], [3, 4]], { dtype: "float32" }));
 * console.log(weight); // Parameter containing: …
 * ```
 */
export class Parameter extends Tensor {
  /** The tensor that it wraps, over the same storage. */
  readonly dataTensor: Tensor;

  /** @throws ArgumentError `PARAMETER` where its data is no tensor, `REQUIRES_GRAD` where it can have no gradient */
  constructor(data: Tensor, options: ParameterOptions = {}) {
    if (!(data instanceof Tensor)) {
      throw new ArgumentError("Cannot make a Parameter: its first argument is no Tensor; `tensor([1, 2])` makes one", {
        code: "PARAMETER",
      });
    }
    super(data, data.view);
    this.requiresGrad = options.requiresGrad ?? true;
    if (this.requiresGrad) checkGradient(data.type);
    this.dataTensor = data;
  }

  // What is no view of a storage (sparse, nested, meta, quantized data) answers for itself.

  override get shape(): Size {
    return this.dataTensor.shape;
  }

  override get stride(): readonly number[] {
    return this.dataTensor.stride;
  }

  override get device(): string {
    return this.dataTensor.device;
  }

  override get numel(): number {
    return this.dataTensor.numel;
  }

  override item(): Scalar {
    return this.dataTensor.item();
  }

  override toArray(): Nested {
    return this.dataTensor.toArray();
  }

  override like(storage: Storage, view: Checked): Tensor {
    return this.dataTensor.like(storage, view);
  }

  override [reprSymbol](): string {
    return `Parameter containing:\n${this.dataTensor.text(this.requiresGrad)}`;
  }
}
