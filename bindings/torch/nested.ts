// A nested tensor of torch's C++ kind: a list of tensors of one dtype and differing sizes, all in one buffer. Three tensors
// of integers tell the sizes, the strides and the place of each.

import { ArgumentError, LimitError, UnsupportedError } from "../core/errors.js";
import type { Dict } from "../python/dict.js";
import { plainSymbol } from "../python/symbols.js";
import type { TensorData } from "./arrays.js";
import { Checked } from "./checked.js";
import { PartsTensor } from "./parts_tensor.js";
import { nestedText } from "./print_parts.js";
import { Size } from "./size.js";
import { isPlainTensor, Tensor } from "./tensor.js";

/** What a nested tensor is made with. */
export interface NestedOptions {
  /** All elements, in one dimension. */
  readonly buffer: Tensor;
  /** A row of sizes for each component. */
  readonly sizes: Tensor;
  /** A row of strides for each. */
  readonly strides: Tensor;
  /** Where each begins in the buffer. */
  readonly offsets: Tensor;
  /** Python attributes of the tensor object. */
  readonly attributes?: Dict | null;
}

/** Sizes and strides of all components together. */
const MAX_NUMBERS = 16777216;

/** A list of tensors in one buffer. */
export class NestedTensor extends PartsTensor {
  readonly buffer: Tensor;
  readonly sizes: Tensor;
  readonly strides: Tensor;
  readonly offsets: Tensor;

  /** @throws ArgumentError `NESTED` where the parts do not belong together, `VIEW_BOUNDS` where a component passes the buffer */
  constructor(options: NestedOptions) {
    for (const name of ["buffer", "sizes", "strides", "offsets"] as const) {
      const part = options[name];
      if (!isPlainTensor(part)) refuse(`its ${name} are no dense tensor`);
      if (name !== "buffer" && part.dtype !== "int64") refuse(`its ${name} are ${part.dtype}, expected int64`);
    }
    const { buffer, sizes, strides, offsets } = options;
    if (buffer.shape.length !== 1 || !buffer.isContiguous()) refuse("its buffer is not contiguous in one dimension");
    if (offsets.shape.length !== 1) refuse(`its offsets have ${offsets.shape.length} dimensions, expected 1`);
    const count = offsets.shape[0];
    const same = sizes.shape.length === strides.shape.length && sizes.shape.every((size, i) => size === strides.shape[i]);
    if (!same || count > 0 && (sizes.shape.length !== 2 || sizes.shape[0] !== count)) refuse("its sizes and strides have not a row for each offset");
    if (count > MAX_NUMBERS || sizes.numel > MAX_NUMBERS) {
      throw new LimitError(`Cannot make a nested tensor of ${count} components: their sizes are more than ${MAX_NUMBERS} numbers`, {
        code: "NESTED", found: Math.max(count, sizes.numel), limit: MAX_NUMBERS,
      });
    }
    super("nested", "`unbind()` gives its components", new Checked(buffer.type, new Size([]), [], 0, 0));
    this.buffer = buffer;
    this.sizes = sizes;
    this.strides = strides;
    this.offsets = offsets;
    this.attributes = options.attributes ?? null;
    if (sizes.storage.isLocal && strides.storage.isLocal && offsets.storage.isLocal) this.unbind();
  }

  override get shape(): Size {
    throw new UnsupportedError("A nested tensor has no shape: its components differ, `unbind()` gives them", { code: "TENSOR_KIND" });
  }

  override get stride(): readonly number[] {
    throw new UnsupportedError("A nested tensor has no strides: its components differ, `unbind()` gives them", { code: "TENSOR_KIND" });
  }

  override get numel(): number {
    return this.buffer.numel;
  }

  /** Its components: views of the buffer. */
  unbind(): Tensor[] {
    const { buffer, offsets, sizes, strides } = this;
    const starts = offsets.toArray() as number[]; // one dimension of integers, as the constructor has seen
    if (starts.length === 0) return [];
    const shapes = sizes.toArray() as number[][];
    const steps = strides.toArray() as number[][];
    return starts.map((start, i) => {
      if (!Number.isSafeInteger(start)) refuse(`component ${i} begins at ${start}`);
      return new Tensor(buffer.storage, {
        dtype: buffer.type, shape: shapes[i].map(whole), stride: steps[i].map(whole), storageOffset: buffer.storageOffset + start,
        conj: buffer.isConj, neg: buffer.isNeg,
      });
    });
  }

  override toArray(): never {
    throw new UnsupportedError("A nested tensor is no regular array: `unbind()` gives its components", { code: "TENSOR_KIND" });
  }

  protected override async onCpu(): Promise<Tensor> {
    const [buffer, sizes, strides, offsets] = await Promise.all([this.buffer, this.sizes, this.strides, this.offsets].map((part) => part.to("cpu")));
    return new NestedTensor({ buffer, sizes, strides, offsets, attributes: this.attributes });
  }

  override text(requiresGrad: boolean): string {
    return nestedText(this, requiresGrad);
  }

  override [plainSymbol](): { dtype: string; shape: readonly number[]; data: TensorData } {
    throw new UnsupportedError("Cannot make plain data of a nested tensor: `unbind()` gives its components", { code: "TENSOR_KIND" });
  }
}

function refuse(message: string): never {
  throw new ArgumentError(`Cannot make a nested tensor: ${message}`, { code: "NESTED" });
}

function whole(value: unknown): number {
  return Number.isSafeInteger(value) ? value as number : refuse(`a size or stride of ${String(value)}`);
}

/** A nested tensor: components of different sizes in one buffer. */
export function nested(options: NestedOptions): NestedTensor {
  return new NestedTensor(options);
}
