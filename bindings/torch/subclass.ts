// A tensor of a class of the user's: torch saves what the tensor is without that class, the class by name, and the state of
// the object. The class stays a name here; what it does, brine does not know.

import { ArgumentError } from "../core/errors.js";
import { Dict } from "../python/dict.js";
import { Global, type PyObject } from "../python/object.js";
import { reprSymbol } from "../python/symbols.js";
import type { Value } from "../python/value.js";
import type { Checked } from "./checked.js";
import type { Device } from "./device.js";
import { DType, findDType, type DTypeName } from "./dtype.js";
import type { Scalar } from "./elements.js";
import { MetaTensor } from "./meta.js";
import { Parameter } from "./parameter.js";
import { PartsTensor } from "./parts_tensor.js";
import { tensorText } from "./print.js";
import type { Size } from "./size.js";
import type { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";
import type { Nested } from "./to_array.js";
import { WrapperTensor } from "./wrapper.js";

/** What a tensor of a class is made with, besides the tensor that it is. */
export interface SubclassOptions {
  /** The class; one that is no member of a module comes as a call of `getattr`. */
  readonly cls: Global | PyObject;
  /** Its Python attributes; of a wrapper, the tensors inside. */
  readonly attributes?: Dict | null;
  /** What its `__setstate__` gets, where that is no dict: a pair of attributes and slots, or what the class likes. */
  readonly state?: Value | undefined;
  /** The release that made it: 1.7 to 1.9 called another function. */
  readonly rebuild?: Global;
}

/** The function that torch calls since 1.10. */
export const FROM_TYPE: Global = new Global("torch._tensor", "_rebuild_from_type_v2");

/**
 * A tensor of a subclass of torch.Tensor.
 *
 * @example
 * ```ts
 * const image = new SubclassTensor(tensor([1, 2]), { cls: new Global("fastai.torch_core", "TensorImage") });
 * console.log(image); // TensorImage([1, 2])
 * ```
 */
export class SubclassTensor extends Tensor {
  readonly cls: Global | PyObject;
  /** The same tensor without its class. */
  readonly baseTensor: Tensor;
  /** The whole state where it is no dict; undefined where `attributes` are all of it. */
  state: Value | undefined;
  /** The function that makes it. */
  readonly rebuild: Global;

  /** @throws ArgumentError `SUBCLASS` where it is made of no tensor, or of one that has a class already */
  constructor(base: Tensor, options: SubclassOptions) {
    if (!(base instanceof Tensor) || base instanceof SubclassTensor || base instanceof Parameter && base.dataTensor instanceof SubclassTensor) {
      throw new ArgumentError("Cannot make a tensor of a class: expected a tensor without one to make it of", { code: "SUBCLASS" });
    }
    super(base, base.view);
    this.baseTensor = base;
    this.cls = options.cls;
    this.rebuild = options.rebuild ?? FROM_TYPE;
    this.state = options.state;
    this.attributes = options.attributes ?? null;
  }

  /** The last part of the name of its class, which Python prints. */
  get className(): string {
    const { cls } = this;
    const last: unknown = cls instanceof Global ? cls.name : cls.args[cls.args.length - 1];
    return typeof last === "string" ? last.slice(last.lastIndexOf(".") + 1) : "Tensor";
  }

  /** Whether torch takes it for a parameter: `nn.Parameter(t)` of such a tensor leaves a mark on it. */
  get isParameter(): boolean {
    return this.baseTensor instanceof Parameter || this.attributes?.get("_is_param") === true;
  }

  override get requiresGrad(): boolean {
    return this.baseTensor.requiresGrad;
  }

  override set requiresGrad(wanted: boolean) {
    this.baseTensor.requiresGrad = wanted;
  }

  // What is no view of a storage answers for itself.

  override get shape(): Size {
    return this.baseTensor.shape;
  }

  override get stride(): readonly number[] {
    return this.baseTensor.stride;
  }

  override get device(): string {
    return this.baseTensor.device;
  }

  override get numel(): number {
    return this.baseTensor.numel;
  }

  override item(): Scalar {
    return this.baseTensor.item();
  }

  override toArray(): Nested {
    return this.baseTensor.toArray();
  }

  /** With a device, all of it goes there, the tensors inside a wrapper too; with a dtype it leaves its attributes behind, as in torch. */
  override to(dtype: DTypeName | DType): Tensor;
  override to(device: string | Device): Promise<Tensor>;
  override to(target: string | DType | Device): Tensor | Promise<Tensor> {
    const isType = target instanceof DType || typeof target === "string" && findDType(target) !== undefined;
    if (!isType) return this.#toDevice(target as string | Device); // what is no dtype
    const converted = this.baseTensor.to(target as DType); // the overloads tell apart what the test told
    return converted === this.baseTensor ? this : new SubclassTensor(converted, { cls: this.cls, rebuild: this.rebuild });
  }

  async #toDevice(target: string | Device): Promise<Tensor> {
    const { cls, rebuild, state, baseTensor } = this;
    if (baseTensor instanceof WrapperTensor) {
      const attributes = new Dict<Value, Value>();
      for (const [name, value] of this.attributes ?? []) attributes.set(name, value instanceof Tensor ? await value.to(target as string) : value);
      return new SubclassTensor(baseTensor, { cls, rebuild, state, attributes });
    }
    const moved = await baseTensor.to(target as string); // or a Device: the overloads have one text for both
    return moved === baseTensor ? this : new SubclassTensor(moved, { cls, rebuild, state, attributes: this.attributes });
  }

  override like(storage: Storage, view: Checked): Tensor {
    return new SubclassTensor(this.baseTensor.like(storage, view), { cls: this.cls, rebuild: this.rebuild });
  }

  override text(requiresGrad: boolean): string {
    const base = this.baseTensor instanceof Parameter ? this.baseTensor.dataTensor : this.baseTensor;
    const ownText = base instanceof PartsTensor && !(base instanceof MetaTensor || base instanceof WrapperTensor);
    return ownText ? base.text(requiresGrad) : tensorText(base.printed(requiresGrad), `${this.className}(`);
  }

  override [reprSymbol](): string {
    const text = this.text(this.requiresGrad);
    return this.isParameter ? `Parameter(${text})` : text;
  }
}
