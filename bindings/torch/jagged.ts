// torch's jagged nested tensor (`torch.nested.nested_tensor(…, layout=torch.jagged)`): components that differ in one
// dimension, one behind the other in a tensor of values. Offsets tell where each begins, and where the last one ends.

import { ArgumentError, UnsupportedError } from "../core/errors.js";
import { Dict } from "../python/dict.js";
import { plainSymbol, reprSymbol } from "../python/symbols.js";
import type { Value } from "../python/value.js";
import type { TensorData } from "./arrays.js";
import { Checked, TENSOR_REQUIRES_GRAD } from "./checked.js";
import { PartsTensor } from "./parts_tensor.js";
import { Size } from "./size.js";
import { isPlainTensor, Tensor } from "./tensor.js";

/** What a jagged tensor is made with. */
export interface JaggedOptions {
  /** All components, one behind the other. */
  readonly values: Tensor;
  /** Where each component begins; one more says where the last one ends. */
  readonly offsets: Tensor;
  /** How long each is, where there are gaps between them. */
  readonly lengths?: Tensor | null;
  /** The dimension that differs, counted with the one of the components. Default 1. */
  readonly raggedIdx?: number;
  readonly requiresGrad?: boolean;
}

/** What Python calls the class with, and its `__dict__`, as a file has them. */
export interface JaggedPickled {
  /** Null in files of torch 2.4 and before: the class was called with values and offsets, and had the rest from its `__dict__`. */
  readonly keywords: Dict | null;
  readonly attributes: Dict | null;
}

/** A list of tensors that differ in one dimension. */
export class JaggedTensor extends PartsTensor {
  readonly values: Tensor;
  readonly offsets: Tensor;
  readonly lengths: Tensor | null;
  readonly raggedIdx: number;
  /** What Python calls the class with; null where that is values and offsets alone, as before torch 2.5. */
  readonly keywords: Dict | null;

  /** @throws ArgumentError `NESTED` where the parts do not belong together */
  constructor(options: JaggedOptions, pickled?: JaggedPickled) {
    const { values, offsets, lengths = null, raggedIdx = 1, requiresGrad = false } = options;
    if (!isPlainTensor(values)) refuse("its values are no dense tensor");
    for (const part of lengths === null ? [offsets] : [offsets, lengths]) {
      if (!isPlainTensor(part) || part.shape.length !== 1 || part.dtype !== "int64" && part.dtype !== "int32") refuse("its offsets or lengths are no integers in one dimension");
    }
    const count = offsets.shape[0] - 1;
    if (count < 0 || lengths !== null && lengths.shape[0] !== count) refuse("its offsets and lengths differ in number");
    if (!Number.isInteger(raggedIdx) || raggedIdx < 1 || raggedIdx > values.shape.length) refuse(`its values have no dimension ${raggedIdx - 1}`);
    super("jagged", "`unbind()` gives its components", new Checked(values.type, new Size([]), [], 0, requiresGrad ? TENSOR_REQUIRES_GRAD : 0));
    this.values = values;
    this.offsets = offsets;
    this.lengths = lengths;
    this.raggedIdx = raggedIdx;
    const cache = new Dict();
    this.keywords = pickled !== undefined ? pickled.keywords : new Dict<Value, Value>([
      ["values", values], ["offsets", offsets], ["lengths", lengths], ["_ragged_idx", raggedIdx], ["_metadata_cache", cache], ["requires_grad", requiresGrad],
    ]);
    this.attributes = pickled !== undefined ? pickled.attributes : new Dict<Value, Value>([
      ["_ragged_idx", raggedIdx], ["_values", values], ["_offsets", offsets], ["_lengths", lengths], ["_metadata_cache", cache],
    ]);
  }

  override get shape(): Size {
    throw new UnsupportedError("A jagged tensor has no shape: its components differ, `unbind()` gives them", { code: "TENSOR_KIND" });
  }

  override get stride(): readonly number[] {
    throw new UnsupportedError("A jagged tensor has no strides: its components differ, `unbind()` gives them", { code: "TENSOR_KIND" });
  }

  override get numel(): number {
    return this.values.numel;
  }

  /** Its components: views of the values. */
  unbind(): Tensor[] {
    const { values, raggedIdx } = this;
    const starts = this.offsets.toArray() as number[]; // one dimension of integers, as the constructor has seen
    const lengths = this.lengths?.toArray() as number[] | undefined;
    const r = raggedIdx - 1;
    return starts.slice(0, -1).map((start, i) => {
      const length = lengths === undefined ? starts[i + 1] - start : lengths[i];
      if (!(start >= 0 && length >= 0 && start + length <= values.shape[r])) refuse(`component ${i} passes the end of its values`);
      return new Tensor(values.storage, {
        dtype: values.type, shape: values.shape.map((size, d) => (d === r ? length : size)), stride: values.stride,
        storageOffset: values.storageOffset + start * values.stride[r], conj: values.isConj, neg: values.isNeg,
      });
    });
  }

  override toArray(): never {
    throw new UnsupportedError("A jagged tensor is no regular array: `unbind()` gives its components", { code: "TENSOR_KIND" });
  }

  protected override async onCpu(): Promise<Tensor> {
    const [values, offsets] = await Promise.all([this.values.to("cpu"), this.offsets.to("cpu")]);
    const lengths = this.lengths === null ? null : await this.lengths.to("cpu");
    return new JaggedTensor({ values, offsets, lengths, raggedIdx: this.raggedIdx, requiresGrad: this.requiresGrad });
  }

  /** torch numbers the sizes that differ as a process meets them; here each is `j0`. */
  override text(requiresGrad: boolean): string {
    const { values, offsets, raggedIdx } = this;
    const sizes = [offsets.shape[0] - 1, ...values.shape].map((size, d) => (d === raggedIdx ? "j0" : String(size)));
    const isContiguous = this.lengths === null && values.isContiguous();
    return `NestedTensor(size=(${sizes.join(", ")}), offsets=${offsets[reprSymbol]()}${requiresGrad ? ", requires_grad=True" : ""}, contiguous=${isContiguous ? "True" : "False"})`;
  }

  override [plainSymbol](): { dtype: string; shape: readonly number[]; data: TensorData } {
    throw new UnsupportedError("Cannot make plain data of a jagged tensor: `unbind()` gives its components", { code: "TENSOR_KIND" });
  }
}

function refuse(message: string): never {
  throw new ArgumentError(`Cannot make a jagged tensor: ${message}`, { code: "NESTED" });
}

/**
 * A jagged nested tensor.
 *
 * @example
 * ```ts
 * const two = jagged({ values: tensor([1, 2, 3]), offsets: tensor([0, 1, 3]) });
 * two.unbind(); // [tensor([1]), tensor([2, 3])]
 * ```
 */
export function jagged(options: JaggedOptions): JaggedTensor {
  return new JaggedTensor(options);
}
