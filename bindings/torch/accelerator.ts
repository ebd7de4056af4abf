// A device beside the CPU: what `gpu/` implements for WebGPU and CUDA, and a user for a device of their own. The unit is
// the storage, not the tensor: views of one storage stay views of one allocation, and their geometry is not touched.

import type { RemoteStorage } from "./storage.js";

/** A storage to be put on a device. */
export interface Upload {
  readonly nbytes: number;
  /** What its elements are, or `untyped`. */
  readonly dtype: string;
  /** Its bytes, in the CPU's order. The device copies them. */
  readonly bytes: Uint8Array;
}

/** A device that storages can be put on. */
export interface Accelerator {
  /** Such as `cuda:0` or `webgpu`: what `tensor.device` says. */
  readonly name: string;
  /** The label that `save` writes for what is on it; default: its name. WebGPU's is `cpu`, which PyTorch can load. */
  readonly location?: string;
  /**
   * Puts storages on the device.
   *
   * @returns a handle for each, in their order: whatever the device knows them by
   */
  upload(storages: readonly Upload[], options?: { readonly signal?: AbortSignal }): Promise<readonly unknown[]>;
  /** The bytes from `from` up to `to` of what a handle stands for. */
  download(handle: unknown, from: number, to: number): Promise<Uint8Array>;
}

/** What a storage on a device is made with. */
export function onDevice(
  device: Accelerator, handle: unknown, { dtype, nbytes, key }: { readonly dtype: string; readonly nbytes: number; readonly key?: string | number | null },
): RemoteStorage {
  return {
    dtype, nbytes, key, handle, device: device.name, location: device.location ?? device.name,
    download: (from, to) => device.download(handle, from, to),
  };
}

/** Is it such a device, and no text or torch.device? */
export function isAccelerator(value: unknown): value is Accelerator {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string" &&
    "upload" in value && typeof value.upload === "function" && "download" in value && typeof value.download === "function";
}
