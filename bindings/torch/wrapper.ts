// What a wrapper subclass of torch's says of itself: sizes, a dtype, a device, and no elements. Those are in the tensors
// that its class keeps as attributes, in a way that only its code knows.

import type { TensorData } from "./arrays.js";
import { UnsupportedError } from "../core/errors.js";
import type { Global, PyObject } from "../python/object.js";
import { Checked, TENSOR_REQUIRES_GRAD } from "./checked.js";
import { Device } from "./device.js";
import { dtype as dtypeOf, type DType } from "./dtype.js";
import { checkSizes } from "./geometry.js";
import { layout as layoutOf, type Layout } from "./layout.js";
import { PartsTensor } from "./parts_tensor.js";
import type { PrintedTensor } from "./print.js";
import { Size } from "./size.js";
import { checkGradient, type Tensor } from "./tensor.js";

/** What a wrapper is made with. */
export interface WrapperOptions {
  readonly cls: Global | PyObject;
  readonly dtype: string | DType;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly storageOffset?: number;
  /** Strided where it is not given. */
  readonly layout?: string | Layout;
  /** A label: nothing lies there. */
  readonly device?: Device;
  readonly requiresGrad?: boolean;
}

/**
 * A tensor without elements of its own, for a `SubclassTensor` around it.
 *
 * @example
 * ```ts
 * const cls = new Global("torch.testing._internal.two_tensor", "TwoTensor");
 * const base = new WrapperTensor({ cls, dtype: "float32", shape: [2], stride: [1] });
 * new SubclassTensor(base, { cls, attributes: new Dict([["a", tensor([1, 2])], ["b", tensor([3, 4])]]) });
 * ```
 */
export class WrapperTensor extends PartsTensor {
  readonly cls: Global | PyObject;
  readonly layout: Layout;
  /** The device that it says it is on. */
  readonly label: Device;

  /** @throws ArgumentError `SHAPE`, `DTYPE` or `LAYOUT` */
  constructor(options: WrapperOptions) {
    const type = dtypeOf(options.dtype);
    const shape = new Size(options.shape);
    const stride = Object.freeze(Array.from(options.stride));
    checkSizes(shape, stride);
    if (options.requiresGrad === true) checkGradient(type);
    const flags = options.requiresGrad === true ? TENSOR_REQUIRES_GRAD : 0;
    super("wrapper", "its attributes have the tensors inside", new Checked(type, shape, stride, options.storageOffset ?? 0, flags));
    this.cls = options.cls;
    this.layout = typeof options.layout === "object" ? options.layout : layoutOf(options.layout ?? "strided");
    this.label = options.device ?? new Device("cpu");
  }

  override get device(): string {
    return this.label.toString();
  }

  override get data(): TensorData {
    throw new UnsupportedError("A wrapper tensor has no elements: its attributes have the tensors inside", { code: "TENSOR_KIND" });
  }

  protected override onCpu(): Promise<Tensor> {
    return Promise.resolve(this);
  }

  override printed(requiresGrad: boolean): PrintedTensor {
    const { type, shape, stride, storageOffset, device } = this;
    return { type, shape, stride, storageOffset, isConj: false, isNeg: false, requiresGrad, device, bytes: null };
  }
}
