// Tensors that are no view of one storage: sparse, nested and meta. They have a dtype and mostly sizes, like any other;
// what asks for their elements in a row is refused, with a word on where the elements are.

import { UnsupportedError } from "../core/errors.js";
import type { Checked } from "./checked.js";
import { Device } from "./device.js";
import { DType, findDType, type DTypeName } from "./dtype.js";
import { Shelf } from "./shelf.js";
import type { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

/** A tensor without a storage of its own. */
export abstract class PartsTensor extends Tensor {
  /** @param advice what to ask instead, such as "`values` has its elements" */
  protected constructor(kind: string, advice: string, view: Checked) {
    super(new Shelf(1, (): Storage => {
      throw new UnsupportedError(`A ${kind} tensor has no storage of its own: ${advice}`, { code: "TENSOR_KIND" });
    }), view);
  }

  override get device(): string {
    return "cpu";
  }

  override to(dtype: DTypeName | DType): Tensor;
  override to(device: string | Device): Promise<Tensor>;
  override to(target: string | DType | Device): Tensor | Promise<Tensor> {
    if (target === "cpu" || target instanceof Device && target.type === "cpu") return this.onCpu();
    const isType = target instanceof DType || typeof target === "string" && findDType(target) !== undefined;
    return isType ? super.to(target as DType) : super.to(target as string); // the overloads tell apart what the test told
  }

  /** Reads what is still in the file. */
  protected abstract onCpu(): Promise<Tensor>;
}
