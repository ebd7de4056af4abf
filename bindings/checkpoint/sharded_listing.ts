// A tensor of one file of several: as that file lists it, with numbers of its own among all.
import { plainInfo, type TensorInfo } from "./listing.js";

/** One tensor, not read. */
export class ShardInfo implements TensorInfo {
  readonly index: number;
  /** The file that it is in. */
  readonly shard: string;
  readonly #info: TensorInfo;
  readonly #storages: number;

  /** @param storages storages of the files before this one */
  constructor(info: TensorInfo, shard: string, index: number, storages: number) {
    this.#info = info;
    this.shard = shard;
    this.index = index;
    this.#storages = storages;
  }

  get name(): string {
    return this.#info.name;
  }

  get path(): string {
    return this.#info.path;
  }

  get also(): string[] {
    return this.#info.also;
  }

  get dtype(): string {
    return this.#info.dtype;
  }

  get shape(): number[] {
    return this.#info.shape;
  }

  get stride(): number[] {
    return this.#info.stride;
  }

  get storageOffset(): number {
    return this.#info.storageOffset;
  }

  get numel(): number {
    return this.#info.numel;
  }

  get nbytes(): number {
    return this.#info.nbytes;
  }

  /** Files share no memory. */
  get storageIndex(): number {
    return this.#info.storageIndex + this.#storages;
  }

  get storageKey(): string {
    return this.#info.storageKey;
  }

  get storageBytes(): number {
    return this.#info.storageBytes;
  }

  get location(): string {
    return this.#info.location;
  }

  get requiresGrad(): boolean {
    return this.#info.requiresGrad;
  }

  get isParameter(): boolean {
    return this.#info.isParameter;
  }

  toJSON(): object {
    return plainInfo(this);
  }
}
