// A meta tensor: a dtype, sizes and strides, and no elements anywhere. torch prints `...` for them.

import { ArgumentError, UnsupportedError } from "../core/errors.js";
import type { Dict } from "../python/dict.js";
import { plainSymbol } from "../python/symbols.js";
import type { TensorData } from "./arrays.js";
import { Checked, TENSOR_REQUIRES_GRAD } from "./checked.js";
import { dtype as dtypeOf, type DType } from "./dtype.js";
import { checkSizes, contiguousStride } from "./geometry.js";
import { PartsTensor } from "./parts_tensor.js";
import type { PrintedTensor } from "./print.js";
import { Size } from "./size.js";
import { checkGradient, type Tensor } from "./tensor.js";

/** What a meta tensor is made with. */
export interface MetaOptions {
  readonly dtype: string | DType;
  readonly shape: readonly number[];
  /** Contiguous where it is not given. */
  readonly stride?: readonly number[];
  readonly requiresGrad?: boolean;
  /** Python attributes of the tensor object. */
  readonly attributes?: Dict | null;
}

/** A tensor without elements, on torch's device `meta`. */
export class MetaTensor extends PartsTensor {
  /**
   * @throws ArgumentError `SHAPE` or `DTYPE`
   * @throws LimitError `NUMEL` where there would be more elements than 64 bits count
   */
  constructor(options: MetaOptions) {
    const type = dtypeOf(options.dtype);
    if (!Array.isArray(options.shape)) throw new ArgumentError("Cannot make a meta tensor without a shape", { code: "SHAPE" });
    const shape = new Size(options.shape);
    const stride = Object.freeze(options.stride === undefined ? contiguousStride(shape) : Array.from(options.stride));
    checkSizes(shape, stride);
    if (options.requiresGrad === true) checkGradient(type);
    super("meta", "there are no elements", new Checked(type, shape, stride, 0, options.requiresGrad === true ? TENSOR_REQUIRES_GRAD : 0));
    this.attributes = options.attributes ?? null;
  }

  override get device(): string {
    return "meta";
  }

  override get data(): TensorData {
    throw new UnsupportedError("A meta tensor has no elements", { code: "META" });
  }

  override contiguous(): Tensor {
    return this.isContiguous() ? this : new MetaTensor({ dtype: this.type, shape: this.shape, requiresGrad: this.requiresGrad });
  }

  override clone(): Tensor {
    const { type, shape, stride, requiresGrad } = this;
    return new MetaTensor({ dtype: type, shape, stride, requiresGrad });
  }

  protected override onCpu(): Promise<Tensor> {
    return Promise.reject(new UnsupportedError("Cannot move a meta tensor to \"cpu\": it has no elements", { code: "META" }));
  }

  override printed(requiresGrad: boolean): PrintedTensor {
    const { type, shape, stride, storageOffset, device } = this;
    return { type, shape, stride, storageOffset, isConj: false, isNeg: false, requiresGrad, device, bytes: null };
  }

  // No data, so not the plain form of other tensors.
  override [plainSymbol](): { dtype: string; shape: readonly number[]; data: TensorData } {
    throw new UnsupportedError("Cannot make plain data of a meta tensor: it has no elements", { code: "META" });
  }
}

/**
 * A tensor without elements.
 *
 * @example
 * ```ts
 * console.log(meta({ dtype: "float32", shape: [2, 3] })); // tensor(..., device='meta', size=(2, 3))
 * ```
 */
export function meta(options: MetaOptions): MetaTensor {
  return new MetaTensor(options);
}
