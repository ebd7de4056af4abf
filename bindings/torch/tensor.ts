// A dense tensor: a view of a storage by shape, stride and offset. It holds no elements of its own; two tensors over
// one storage see each other's changes, here as in torch.

import { ArgumentError, DeviceError, UnsupportedError } from "../core/errors.js";
import { allocate } from "../core/gather.js";
import { gatherContiguous } from "../core/kernels.js";
import type { Dict } from "../python/dict.js";
import { inspectSymbol, plainSymbol, reprSymbol } from "../python/symbols.js";
import { isAccelerator, onDevice, type Accelerator } from "./accelerator.js";
import { arrayOver, type TensorData } from "./arrays.js";
import { Checked, TENSOR_CONJ, TENSOR_NEG, TENSOR_REQUIRES_GRAD } from "./checked.js";
import { convertBytes } from "./convert.js";
import { device as deviceOf, type Device } from "./device.js";
import { DType, dtype as dtypeOf, findDType, type DTypeName } from "./dtype.js";
import { Elements, resolveLazy, type Scalar } from "./elements.js";
import { checkView, contiguousStride, endOf, isContiguous, isDense, numelOf } from "./geometry.js";
import { tensorText, type PrintedTensor } from "./print.js";
import { Shelf } from "./shelf.js";
import { Size } from "./size.js";
import { Storage } from "./storage.js";
import { nestedArrays, type Nested } from "./to_array.js";

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
    this.#view = isChecked ? given : checkedView(this.#place, given);
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
    return arrayOver(this.#view.type, this.#orderedBytes());
  }

  /**
   * The only element, as a number, a bigint past 2^53, a boolean or a Complex.
   *
   * @throws ArgumentError `NOT_ONE_ELEMENT` where there are more, or none
   */
  item(): Scalar {
    const { numel } = this;
    if (numel !== 1) {
      throw new ArgumentError(
        `Cannot take the item of a tensor with ${numel} elements: expected exactly 1; \`toArray()\` gives all`,
        { code: "NOT_ONE_ELEMENT" },
      );
    }
    return this.#elements().scalar(this.storageOffset);
  }

  /**
   * All elements as nested arrays of what `item` gives; that itself where there are no dimensions.
   *
   * @throws LimitError `ARRAY_LENGTH` where that would be too many for arrays
   */
  toArray(): Nested {
    return nestedArrays(this.#elements(), this.shape, this.stride, this.storageOffset);
  }

  /** This tensor where it is contiguous and nothing is to be resolved; else a contiguous copy. */
  contiguous(): Tensor {
    if (this.isContiguous() && !this.isConj && !this.isNeg) return this;
    return this.#over(this.#copiedBytes(), this.#view.type, contiguousStride(this.shape));
  }

  /** A copy with a storage of its own, as small as it can be; the order of dimensions in memory stays. */
  clone(): Tensor {
    const { shape, stride } = this;
    if (!isDense(shape, stride)) return this.#over(this.#copiedBytes(), this.#view.type, contiguousStride(shape));
    const bytes = copyOf(this.#span());
    resolveLazy(bytes, this.#view.type, this.isConj, this.isNeg);
    return this.#over(bytes, this.#view.type, stride);
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
    if (isAccelerator(target)) return this.#onto(target);
    const type = target instanceof DType ? target : typeof target === "string" ? findDType(target) : undefined;
    if (type === undefined) return this.#toDevice(target as string | Device);
    if (type === this.#view.type) return this;
    return this.#over(convertBytes(this.#orderedBytes(), this.#view.type, type), type, contiguousStride(this.shape));
  }

  async #toDevice(target: string | Device): Promise<Tensor> {
    const device = typeof target === "string" ? deviceOf(target) : target;
    if (device.type === "meta") {
      throw new UnsupportedError("Cannot move a tensor to \"meta\": `meta({ dtype, shape })` makes a tensor without elements", {
        code: "META",
      });
    }
    if (device.type !== "cpu") {
      throw new DeviceError(
        `Cannot move a tensor to "${device.toString()}": no such device is registered; "cpu" is there`,
        { code: "NO_DEVICE" },
      );
    }
    if (this.storage.isLocal) return this;
    const from = this.#firstByte();
    const to = this.#endByte();
    if (this.storage.device !== "cpu") return this.#part(await this.storage.download(from, to), from, "cpu");
    if (!this.storage.hasRanges || to - from === this.storage.nbytes) {
      await this.storage.load();
      return this;
    }
    return this.#part(await this.storage.loadRange(from, to), from, this.storage.location);
  }

  /** This tensor over a part of its storage that begins at byte `from`. */
  #part(bytes: Uint8Array, from: number, location: string): Tensor {
    const offset = this.storageOffset - from / this.#view.type.itemsize * this.#view.type.perByte;
    return this.#moved(new Storage(bytes, { dtype: this.storage.dtype, location }), offset);
  }

  /** This tensor on a device, with all of its storage. */
  async #onto(device: Accelerator): Promise<Tensor> {
    const { dtype, nbytes } = this.storage;
    const bytes = this.storage.device === "cpu" ? await this.storage.load() : await this.storage.download();
    const [handle] = await device.upload([{ bytes, dtype, nbytes }]);
    return this.#moved(Storage.remote(onDevice(device, handle, { dtype, nbytes })), this.storageOffset);
  }

  #moved(storage: Storage, offset: number): Tensor {
    const moved = this.like(storage, new Checked(this.#view.type, this.shape, this.stride, offset, this.#flags));
    moved.attributes = this.attributes;
    return moved;
  }

  toString(): string {
    return this[reprSymbol]();
  }

  [reprSymbol](): string {
    return this.text(this.requiresGrad);
  }

  /** Its text with this for `requires_grad`: a Parameter prints its data with a word of its own. */
  text(requiresGrad: boolean): string {
    return tensorText(this.printed(requiresGrad));
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

  #elements(): Elements {
    return new Elements(this.storage.bytes, this.#view.type, this.isConj, this.isNeg);
  }

  #firstByte(): number {
    // An empty view may begin anywhere, past the end too.
    if (this.numel === 0) return 0;
    return Math.floor(this.storageOffset / this.#view.type.perByte) * this.#view.type.itemsize;
  }

  #endByte(): number {
    if (this.numel === 0) return 0;
    return Math.ceil(endOf(this.shape, this.stride, this.storageOffset) / this.#view.type.perByte) * this.#view.type.itemsize;
  }

  /** The bytes from the first element to the last. */
  #span(): Uint8Array {
    return this.storage.range(this.#firstByte(), this.#endByte());
  }

  #orderedBytes(): Uint8Array {
    return this.isContiguous() && !this.isConj && !this.isNeg ? this.#span() : this.#copiedBytes();
  }

  #copiedBytes(): Uint8Array {
    if (this.#view.type.perByte > 1 && !this.isContiguous()) {
      throw new UnsupportedError(
        `Cannot copy a strided ${this.dtype} tensor: several of its elements share a byte; \`storage.bytes\` has them`,
        { code: "PACKED_STRIDES" },
      );
    }
    const bytes = this.isContiguous() ? copyOf(this.#span())
      : gatherContiguous(this.storage.bytes, this.#view.type.itemsize, this.shape, this.stride, this.storageOffset);
    resolveLazy(bytes, this.#view.type, this.isConj, this.isNeg);
    return bytes;
  }

  #over(bytes: Uint8Array, type: DType, stride: readonly number[]): Tensor {
    const storage = new Storage(bytes, { dtype: storageDType(type) });
    const checked = new Checked(type, this.shape, stride, 0, this.requiresGrad ? TENSOR_REQUIRES_GRAD : 0);
    return type === this.#view.type ? this.like(storage, checked) : new Tensor(storage, checked);
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

/** Bytes of their own: `slice` of a subclass, or of shared memory, may give something else. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = allocate(bytes.length);
  copy.set(bytes);
  return copy;
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

function checkedView(storage: Storage | Shelf, options: TensorOptions): Checked {
  if (!(storage instanceof Storage)) {
    throw new ArgumentError(
      "Cannot make a tensor: its first argument is no Storage; `tensor([1, 2])` makes one of numbers",
      { code: "STORAGE" },
    );
  }
  if (options.dtype === undefined && storage.dtype === "untyped") {
    throw new ArgumentError(
      "Cannot make a tensor of an untyped storage without a dtype: give one, such as \"float32\"",
      { code: "DTYPE" },
    );
  }
  const type = dtypeOf(options.dtype ?? storage.dtype);
  if (type.kind === "named") {
    throw new UnsupportedError(`Cannot make a ${type.name} tensor: torch only names this dtype`, { code: "DTYPE" });
  }
  const storageOffset = options.storageOffset ?? 0;
  const capacity = Math.floor(storage.nbytes / type.itemsize) * type.perByte;
  const shape = new Size(options.shape ?? [Math.max(0, capacity - storageOffset)]);
  const stride = Object.freeze(options.stride === undefined ? contiguousStride(shape) : Array.from(options.stride));
  checkView(type, shape, stride, storageOffset, storage.nbytes);
  if (options.requiresGrad === true) checkGradient(type);
  const flags = (options.requiresGrad === true ? TENSOR_REQUIRES_GRAD : 0) | (options.conj === true ? TENSOR_CONJ : 0) |
    (options.neg === true ? TENSOR_NEG : 0);
  return new Checked(type, shape, stride, storageOffset, flags);
}
