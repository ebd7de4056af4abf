// The tensors of a safetensors file, as `tensors()` lists them.
import { contiguousStride } from "../torch/geometry.js";
import { numelOf } from "../torch/numel.js";
import type { SafeHeader } from "../safetensors/header.js";
import { plainInfo, type TensorInfo, type TensorList } from "./listing.js";
import { torchShape } from "./safetensors.js";

/** One tensor, not read. */
export class SafeTensorInfo implements TensorInfo {
  readonly index: number;
  readonly #header: SafeHeader;

  constructor(header: SafeHeader, row: number) {
    this.index = row;
    this.#header = header;
  }

  get name(): string {
    return this.#header.names[this.index];
  }

  get path(): string {
    return `$[${JSON.stringify(this.name)}]`;
  }

  get also(): string[] {
    return [];
  }

  /** torch's name of its element type; safetensors' own where torch has none. */
  get dtype(): string {
    const { type, name } = this.#header.dtype(this.index);
    return type?.name ?? name;
  }

  get shape(): number[] {
    return torchShape(this.#header, this.index);
  }

  get stride(): number[] {
    return contiguousStride(this.shape);
  }

  get storageOffset(): number {
    return 0;
  }

  get numel(): number {
    return numelOf(this.shape);
  }

  get nbytes(): number {
    return this.#header.nbytes(this.index);
  }

  get storageIndex(): number {
    return this.index;
  }

  get storageKey(): string {
    return this.name;
  }

  get storageBytes(): number {
    return this.nbytes;
  }

  get location(): string {
    return "cpu";
  }

  get requiresGrad(): boolean {
    return false;
  }

  get isParameter(): boolean {
    return false;
  }

  toJSON(): object {
    return plainInfo(this);
  }
}

/** All of them, in the order of their data. An object is made when it is its turn, and not kept. */
export class SafeList implements TensorList {
  readonly #header: SafeHeader;

  constructor(header: SafeHeader) {
    this.#header = header;
  }

  get length(): number {
    return this.#header.length;
  }

  *[Symbol.iterator](): Generator<SafeTensorInfo, void, undefined> {
    for (let row = 0; row < this.#header.length; row++) yield new SafeTensorInfo(this.#header, row);
  }
}
