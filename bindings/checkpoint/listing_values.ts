// The tensors of values that no columns describe: those of zips without a data.pkl.
import { NONE } from "../../assembly/shared/status.js";
import { Spelling } from "./describe_names.js";
import { Describer } from "./describe_walk.js";
import type { JsonObject } from "./json.js";
import { plainInfo, type TensorInfo, type TensorList } from "./listing.js";
import { Parameter } from "../torch/parameter.js";
import type { Tensor } from "../torch/tensor.js";

/** A tensor of these values, and the tensor itself. */
export class ValueTensor implements TensorInfo {
  readonly index: number;
  readonly path: string;
  readonly also: string[];
  readonly storageIndex: number;
  readonly tensor: Tensor;

  constructor(tensor: Tensor, row: JsonObject, index: number) {
    this.tensor = tensor;
    this.index = index;
    this.path = row["path"] as string; // as the tables make them
    this.also = (row["also"] ?? []) as string[];
    this.storageIndex = typeof row["storage"] === "number" ? row["storage"] : NONE;
  }

  /** The key of a dict at the root, else the path. */
  get name(): string {
    return /^\$\["(?:[^"\\]|\\.)*"\]$/.test(this.path) ? (JSON.parse(this.path.slice(2, -1)) as string) : this.path; // a JSON text
  }

  get dtype(): string {
    return this.tensor.dtype;
  }

  get shape(): number[] {
    return Array.from(this.tensor.shape);
  }

  get stride(): number[] {
    return Array.from(this.tensor.stride);
  }

  get storageOffset(): number {
    return this.tensor.storageOffset;
  }

  get numel(): number {
    return this.tensor.numel;
  }

  get nbytes(): number {
    return this.numel * this.tensor.type.itemsize;
  }

  get storageKey(): string {
    return this.tensor.storage.key ?? "";
  }

  get storageBytes(): number {
    return this.tensor.storage.nbytes;
  }

  get location(): string {
    return this.tensor.storage.location;
  }

  get requiresGrad(): boolean {
    return this.tensor.requiresGrad;
  }

  get isParameter(): boolean {
    return this.tensor instanceof Parameter;
  }

  toJSON(): object {
    return plainInfo(this);
  }
}

/** The tensors in a value, each once, in the order in which a description meets them. */
export class ValueList implements TensorList {
  readonly #rows: readonly ValueTensor[];
  /** The storages of these tensors. */
  readonly storages: readonly { readonly key: string; readonly location: string; readonly nbytes: number }[];

  constructor(root: unknown) {
    const describer = new Describer(new Spelling([]), () => ""); // hashes are not asked for
    describer.describe(root);
    const { values, tensors, storageRows } = describer.tables;
    this.storages = Array.from(storageRows.keys(), ({ key, location, nbytes }) => ({ key: key ?? "", location, nbytes }));
    this.#rows = values.map((tensor, i) => new ValueTensor(tensor, tensors[i], i));
  }

  get length(): number {
    return this.#rows.length;
  }

  [Symbol.iterator](): Iterator<ValueTensor> {
    return this.#rows[Symbol.iterator]();
  }
}
