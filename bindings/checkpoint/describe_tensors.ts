// The tables of a description: a row for each tensor and each storage, in the order in which they are met. What their bytes
// tell is added later, storage by storage, so that a description without hashes reads none.
import { dtype, type DType } from "../torch/dtype.js";
import { Parameter } from "../torch/parameter.js";
import type { Storage } from "../torch/storage.js";
import type { Tensor } from "../torch/tensor.js";
import { elementBytes, firstElements, intNode } from "./describe_elements.js";
import { sha256 } from "./hash.js";
import type { JsonObject } from "./json.js";

/** The rows of one document. */
export class TensorTables {
  readonly tensors: JsonObject[] = [];
  readonly storages: JsonObject[] = [];
  /** The row of each storage. */
  readonly storageRows: Map<Storage, JsonObject> = new Map();
  readonly #tensorIndex = new Map<Tensor, number>();
  readonly #tensorsOf = new Map<Storage, [Tensor, JsonObject][]>();
  readonly #storageIndex = new Map<Storage, number>();

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

  /** Adds what the bytes of a storage tell. */
  hash(storage: Storage, entry: JsonObject, bytes: Uint8Array): void {
    entry.sha256 = sha256(bytes);
    for (const [tensor, row] of this.#tensorsOf.get(storage) ?? []) {
      const type = dtype(tensor.dtype);
      const elements = elementBytes(tensor, type, bytes);
      row.sha256 = sha256(elements);
      row.first = firstElements(type, elements);
    }
  }

  #entry(tensor: Tensor, path: string): JsonObject {
    const type = dtype(tensor.dtype);
    const storage = this.storage(tensor.storage, type);
    const entry: JsonObject = {
      path,
      dtype: `torch.${type.name}`,
      shape: Array.from(tensor.shape, intNode),
      layout: "torch.strided",
      requires_grad: tensor.requiresGrad,
      is_parameter: tensor instanceof Parameter,
      stride: Array.from(tensor.stride, intNode),
      storage_offset: tensor.storageOffset,
      storage,
      nbytes: tensor.numel * type.itemsize,
    };
    // torch's untyped storages are told by the first tensor over them.
    const row = this.storages[storage];
    if (row.dtype === "torch.uint8" && type.name !== "uint8") {
      row.dtype = `torch.${type.name}`;
      row.numel = Math.floor(tensor.storage.nbytes / type.itemsize);
    }
    const tensors = this.#tensorsOf.get(tensor.storage);
    if (tensors === undefined) this.#tensorsOf.set(tensor.storage, [[tensor, entry]]);
    else tensors.push([tensor, entry]);
    return entry;
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
