// A dense tensor: a view of a storage by shape, stride and offset. It holds no elements of its own; two tensors over
// one storage see each other's changes, here as in torch.

import { ArgumentError } from "../core/errors.js";
import type { Dict } from "../python/dict.js";
import { inspectSymbol, plainSymbol, reprSymbol } from "../python/symbols.js";
import type { Accelerator } from "./accelerator.js";
import type { TensorData } from "./arrays.js";
import { Checked, TENSOR_CONJ, TENSOR_NEG, TENSOR_REQUIRES_GRAD } from "./checked.js";
import type { Device } from "./device.js";
import type { DType, DTypeName } from "./dtype.js";
import type { Scalar } from "./elements.js";
import { handling } from "./handling.js";
import { isContiguous, numelOf } from "./numel.js";
import type { PrintedTensor } from "./print.js";
import { Shelf } from "./shelf.js";
import type { Size } from "./size.js";
import type { Storage } from "./storage.js";
import type { Nested } from "./to_array.js";

/** What a tensor is made with. */
export interface TensorOptions {
  /** What its elements are; the storage's own dtype where that has one. */
  readonly dtype?: string | DType;
  /** Sizes; one dimension of all elements of the storage where it is not given. */
  readonly shape?: readonly number[];
  /** Steps in elements, one for each dimension; contiguous where it is not given. */
  readonly stride?: readonly number[];
  /** The place of the first element, in elements. */
  readonly storageOffset?: number;
  readonly requiresGrad?: boolean;
  /** The elements are the conjugates of what is in the storage. */
  readonly conj?: boolean;
  /** The elements are the negatives of what is in the storage. */
  readonly neg?: boolean;
  /** Python attributes of the tensor object, saved with it. */
  readonly attributes?: Dict | null;
}

/**
 * A dense tensor.
 *
 * @example A column of a matrix, without a copy
 * ```ts
 * const storage = new Storage(new Float32Array([1, 2, 3, 4]), { dtype: "float32" });
 * const column = new Tensor(storage, { shape: [2], stride: [2] });
 * column.toArray(); // [1, 3]
 * ```
 */
export class Tensor {
  /** Python attributes of the tensor object, or null where it has none. */
  attributes: Dict | null;
  #place: Storage | Shelf;
  readonly #row: number;
  readonly #view: Checked;
  #flags: number;

  /**
   * @throws ArgumentError `SHAPE`, `DTYPE`, or `VIEW_BOUNDS` where the view passes the end of its storage
   * @throws LimitError `NUMEL` where there are more elements than 64 bits count
   */
  constructor(storage: Storage, options?: TensorOptions);
  /** A view that is known to fit, such as another tensor's; its storage may be one of a shelf. */
  constructor(storage: Storage | Shelf, view: Checked, row?: number);
  /** The same view of the same storage. */
  constructor(other: Tensor, view: Checked);
  constructor(storage: Storage | Shelf | Tensor, given: TensorOptions | Checked = {}, row: number = 0) {
    const isChecked = given instanceof Checked;
    this.attributes = isChecked ? null : given.attributes ?? null;
    this.#place = storage instanceof Tensor ? storage.#place : storage;
    this.#row = storage instanceof Tensor ? storage.#row : row;
    this.#view = isChecked ? given : handling.value.checkedView(this.#place, given);
    this.#flags = this.#view.flags;
  }

  /** A tensor whose numbers were checked already: those of the core's rows. Shape and stride may be shared. */
  static unchecked(
    storage: Storage, type: DType, shape: Size, stride: readonly number[], storageOffset: number, flags: number,
  ): Tensor {
    return new Tensor(storage, new Checked(type, shape, stride, storageOffset, flags));
  }

  /** The bytes that it looks at. */
  get storage(): Storage {
    if (this.#place instanceof Shelf) this.#place = this.#place.storage(this.#row);
    return this.#place;
  }

  get shape(): Size {
    return this.#view.shape;
  }

  /** Steps between neighbours of each dimension, in elements. */
  get stride(): readonly number[] {
    return this.#view.stride;
  }

  /** The place of the first element in the storage, in elements. */
  get storageOffset(): number {
    return this.#view.storageOffset;
  }

  /** The name of its dtype, such as `float32`. */
  get dtype(): string {
    return this.#view.type.name;
  }

  /** Its dtype. */
  get type(): DType {
    return this.#view.type;
  }

  /** Where its elements are: `cpu`. Where they came from is `storage.location`. */
  get device(): string {
    return this.storage.device;
  }

  /** Whether it is, or was, to be learned. */
  get requiresGrad(): boolean {
    return (this.#flags & TENSOR_REQUIRES_GRAD) !== 0;
  }

  set requiresGrad(wanted: boolean) {
    this.#flags = wanted ? this.#flags | TENSOR_REQUIRES_GRAD : this.#flags & ~TENSOR_REQUIRES_GRAD;
  }

  /** Whether the elements are the conjugates of what is in the storage. */
  get isConj(): boolean {
    return (this.#flags & TENSOR_CONJ) !== 0;
  }

  /** Whether the elements are the negatives of what is in the storage. */
  get isNeg(): boolean {
    return (this.#flags & TENSOR_NEG) !== 0;
  }

  /** How many elements it has. */
  get numel(): number {
    return numelOf(this.shape);
  }

  /** Its view of its storage, for another tensor of the same view. */
  get view(): Checked {
    if (this.#flags === this.#view.flags) return this.#view;
    return new Checked(this.#view.type, this.shape, this.stride, this.storageOffset, this.#flags);
  }

  /** Whether the elements stand one after the other in the storage, in the order of their indices. */
  isContiguous(): boolean {
    return isContiguous(this.shape, this.stride);
  }

  /**
   * The elements in the order of their indices: a view of the storage where they stand so, a copy where not. Small
   * floats are their bits (Uint16Array, Uint8Array), bools bytes, complex numbers pairs.
   *
   * @throws BrineError `NOT_LOCAL` where the bytes are not read yet
   * @throws LimitError `ARRAY_BYTES` where no array can hold them
   */
  get data(): TensorData {
    return handling.value.dataOf(this);
  }

  /**
   * The only element, as a number, a bigint past 2^53, a boolean or a Complex.
   *
   * @throws ArgumentError `NOT_ONE_ELEMENT` where there are more, or none
   */
  item(): Scalar {
    return handling.value.itemOf(this);
  }

  /**
   * All elements as nested arrays of what `item` gives; that itself where there are no dimensions.
   *
   * @throws LimitError `ARRAY_LENGTH` where that would be too many for arrays
   */
  toArray(): Nested {
    return handling.value.arraysOf(this);
  }

  /** This tensor where it is contiguous and nothing is to be resolved; else a contiguous copy. */
  contiguous(): Tensor {
    if (this.isContiguous() && !this.isConj && !this.isNeg) return this;
    return handling.value.contiguousCopy(this);
  }

  /** A copy with a storage of its own, as small as it can be; the order of dimensions in memory stays. */
  clone(): Tensor {
    return handling.value.cloneOf(this);
  }

  /**
   * With a dtype: the elements as that dtype, at once; this tensor where it has that dtype. With a device: a promise of
   * the tensor there; `await t.to("cpu")` reads what is still in the file.
   *
   * @throws ArgumentError `TO` where the text names neither
   * @throws UnsupportedError `CONVERT` where torch has no such conversion
   */
  to(dtype: DTypeName | DType): Tensor;
  to(device: string | Device | Accelerator): Promise<Tensor>;
  to(target: string | DType | Device | Accelerator): Tensor | Promise<Tensor> {
    return handling.value.moved(this, target);
  }

  toString(): string {
    return this[reprSymbol]();
  }

  [reprSymbol](): string {
    return this.text(this.requiresGrad);
  }

  /** Its text with this for `requires_grad`: a Parameter prints its data with a word of its own. */
  text(requiresGrad: boolean): string {
    return handling.value.tensorText(this.printed(requiresGrad));
  }

  /** What of it is printed. */
  printed(requiresGrad: boolean): PrintedTensor {
    const { shape, stride, storageOffset, isConj, isNeg, device, storage } = this;
    const bytes = storage.isLocal ? storage.bytes : null;
    return { type: this.#view.type, shape, stride, storageOffset, isConj, isNeg, requiresGrad, device, bytes };
  }

  [inspectSymbol](): string {
    return this[reprSymbol]();
  }

  /** Plain data: the dtype, the sizes, and the elements in their order. */
  [plainSymbol](): { dtype: string; shape: readonly number[]; data: TensorData } {
    return { dtype: this.dtype, shape: Array.from(this.shape), data: this.clone().data };
  }

  /** A tensor of this kind over another view of its elements. */
  like(storage: Storage, view: Checked): Tensor {
    return new Tensor(storage, view);
  }
}

/** Is it a tensor and nothing more: no parameter, not sparse, not quantized? */
export function isPlainTensor(value: unknown): value is Tensor {
  return value instanceof Tensor && value.constructor === Tensor;
}

/** The dtype of the storage that torch gives to a tensor: dtypes without a storage class lie in untyped ones. */
export function storageDType(type: DType): string {
  return type.storageClass === null ? "untyped" : type.name;
}

/** Refuses a gradient of what has none, as torch does. */
export function checkGradient(type: DType): void {
  if (type.isFloatingPoint || type.isComplex) return;
  throw new ArgumentError(
    `Cannot require a gradient of a ${type.name} tensor: only floats and complex numbers have one`,
    { code: "REQUIRES_GRAD" },
  );
}
