// The tables of a description: a row for each tensor and each storage, in the order in which they are met. What their bytes
// tell is added later, storage by storage, so that a description without hashes reads none.
import { dtype, type DType } from "../torch/dtype.js";
import { MetaTensor } from "../torch/meta.js";
import { NestedTensor } from "../torch/nested.js";
import { Parameter } from "../torch/parameter.js";
import { QuantizedTensor, type Quantizer } from "../torch/quantized.js";
import { SparseTensor } from "../torch/sparse.js";
import type { Storage } from "../torch/storage.js";
import type { Tensor } from "../torch/tensor.js";
import { elementBytes, firstElements, floatNode, intNode, type Digest } from "./describe_elements.js";
import type { Json, JsonObject } from "./json.js";

/** The rows of one document. */
export class TensorTables {
  readonly tensors: JsonObject[] = [];
  readonly storages: JsonObject[] = [];
  /** The row of each storage. */
  readonly storageRows: Map<Storage, JsonObject> = new Map();
  readonly #tensorIndex = new Map<Tensor, number>();
  readonly #tensorsOf = new Map<Storage, [Tensor, JsonObject][]>();
  readonly #storageIndex = new Map<Storage, number>();
  readonly #quantizers: { readonly entry: JsonObject; readonly scales: Tensor; readonly zeroPoints: Tensor }[] = [];

  readonly #digest: Digest;

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  /** The tensors themselves, in the order of their rows. */
  get values(): readonly Tensor[] {
    return [...this.#tensorIndex.keys()];
  }

  /** The number of a tensor that stands at this path. */
  tensor(tensor: Tensor, path: string): number {
    const known = this.#tensorIndex.get(tensor);
    if (known !== undefined) {
      const row = this.tensors[known];
      if (Array.isArray(row.also)) row.also.push(path);
      else row.also = [path];
      return known;
    }
    const index = this.tensors.length;
    this.#tensorIndex.set(tensor, index);
    this.tensors.push(this.#entry(tensor, path));
    return index;
  }

  /** Adds the scales of quantized tensors; their storages are in no table. */
  async readQuantizers(): Promise<void> {
    for (const { scales, zeroPoints } of this.#quantizers) await Promise.all([scales.storage.load(), zeroPoints.storage.load()]);
    this.addQuantizers();
  }

  /** The same where they are already read. */
  addQuantizers(): void {
    for (const { entry, scales, zeroPoints } of this.#quantizers) {
      entry.scales = numbersOf(scales);
      entry.zero_points = numbersOf(zeroPoints);
    }
  }

  /** Adds what the bytes of a storage tell. */
  hash(storage: Storage, entry: JsonObject, bytes: Uint8Array): void {
    entry.sha256 = this.#digest(bytes);
    for (const [tensor, row] of this.#tensorsOf.get(storage) ?? []) {
      const type = dtype(tensor.dtype);
      const elements = elementBytes(tensor, type, bytes);
      row.sha256 = this.#digest(elements);
      row.first = firstElements(type.perByte > 1 ? dtype("uint8") : type, elements);
    }
  }

  #entry(tensor: Tensor, path: string): JsonObject {
    const type = dtype(tensor.dtype);
    const kind = tensor instanceof Parameter ? tensor.dataTensor : tensor;
    const entry: JsonObject = {
      path,
      dtype: `torch.${type.name}`,
      shape: kind instanceof NestedTensor ? null : Array.from(tensor.shape, intNode),
      layout: kind instanceof SparseTensor ? kind.layout.toString() : "torch.strided",
      requires_grad: tensor.requiresGrad,
      is_parameter: tensor instanceof Parameter,
    };
    const part = (one: Tensor, name: string): JsonObject => this.#entry(one, `${path}<${name}>`);
    if (kind instanceof NestedTensor) {
      const { buffer, sizes, strides, offsets } = kind;
      entry.nested = {
        buffer: part(buffer, "buffer"), sizes: part(sizes, "sizes"), strides: part(strides, "strides"), offsets: part(offsets, "offsets"),
      };
    } else if (kind instanceof MetaTensor) {
      entry.meta = true;
      entry.stride = Array.from(kind.stride, intNode);
    } else if (kind instanceof SparseTensor) {
      const sparse: JsonObject = {};
      for (const [name, one] of kind.parts) sparse[name] = part(one, name);
      if (kind.layout.name === "sparse_coo") sparse.coalesced = kind.coalesced;
      entry.sparse = sparse;
    } else this.#addView(entry, tensor, type);
    if (kind instanceof QuantizedTensor) entry.quant = this.#quantizer(kind.quantizer);
    return entry;
  }

  /** One scale is in the pickle; a scale for each index is in a storage, and comes with the hashes. */
  #quantizer(quantizer: Quantizer): JsonObject {
    const { qscheme, axis } = quantizer;
    if (axis === null) return { qscheme: qscheme.toString(), scale: floatNode(quantizer.scale), zero_point: quantizer.zeroPoint };
    const entry: JsonObject = { qscheme: qscheme.toString(), axis };
    this.#quantizers.push({ entry, scales: quantizer.scales, zeroPoints: quantizer.zeroPoints });
    return entry;
  }

  /** What is told of a tensor that is a view of a storage. */
  #addView(entry: JsonObject, tensor: Tensor, type: DType): void {
    const storage = this.storage(tensor.storage, type);
    Object.assign(entry, {
      stride: Array.from(tensor.stride, intNode),
      storage_offset: tensor.storageOffset,
      storage,
      nbytes: tensor.numel * type.itemsize,
    });
    // torch's untyped storages are told by the first tensor over them.
    const row = this.storages[storage];
    if (row.dtype === "torch.uint8" && type.name !== "uint8") {
      row.dtype = `torch.${type.name}`;
      row.numel = Math.floor(tensor.storage.nbytes / type.itemsize);
    }
    const tensors = this.#tensorsOf.get(tensor.storage);
    if (tensors === undefined) this.#tensorsOf.set(tensor.storage, [[tensor, entry]]);
    else tensors.push([tensor, entry]);
  }

  /** The number of a storage; `of` is what looks at it, where a storage has no element type of its own. */
  storage(storage: Storage, of: DType | undefined): number {
    const known = this.#storageIndex.get(storage);
    if (known !== undefined) return known;
    const type = of ?? dtype(storage.dtype === "untyped" ? "uint8" : storage.dtype);
    const entry: JsonObject = {
      key: storage.key,
      dtype: `torch.${type.name}`,
      numel: Math.floor(storage.nbytes / type.itemsize),
      nbytes: storage.nbytes,
      location: storage.location,
    };
    const index = this.storages.length;
    this.storages.push(entry);
    this.storageRows.set(storage, entry);
    this.#storageIndex.set(storage, index);
    return index;
  }
}

function numbersOf(tensor: Tensor): Json {
  const numbers = tensor.toArray() as (number | bigint)[]; // a quantizer's scales have one dimension
  return numbers.map((one) => (tensor.type.isFloatingPoint ? floatNode(Number(one)) : intNode(one)));
}
