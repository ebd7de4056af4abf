// Tensors brought from where their bytes are to another place: read from a file, downloaded, put on a device.
import { DeviceError, UnsupportedError } from "../core/errors.js";
import { onDevice, type Accelerator } from "./accelerator.js";
import { Checked } from "./checked.js";
import { device as deviceOf, type Device } from "./device.js";
import { endOf } from "./geometry.js";
import { Storage } from "./storage.js";
import type { Tensor } from "./tensor.js";

/** The tensor where a text or torch.device says: on the CPU, that is. */
export async function toDevice(tensor: Tensor, target: string | Device): Promise<Tensor> {
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
  const { storage } = tensor;
  if (storage.isLocal) return tensor;
  const from = firstByte(tensor);
  const to = endByte(tensor);
  if (storage.device !== "cpu") return partOf(tensor, await storage.download(from, to), from, "cpu");
  if (!storage.hasRanges || to - from === storage.nbytes) {
    await storage.load();
    return tensor;
  }
  return partOf(tensor, await storage.loadRange(from, to), from, storage.location);
}

/** The tensor over a part of its storage that begins at byte `from`. */
function partOf(tensor: Tensor, bytes: Uint8Array, from: number, location: string): Tensor {
  const { storage, storageOffset, type } = tensor;
  return movedTo(tensor, new Storage(bytes, { dtype: storage.dtype, location }), storageOffset - from / type.itemsize * type.perByte);
}

/** The tensor on a device, with all of its storage. */
export async function onto(tensor: Tensor, device: Accelerator): Promise<Tensor> {
  const { storage } = tensor;
  const { dtype, nbytes } = storage;
  const bytes = storage.device === "cpu" ? await storage.load() : await storage.download();
  const [handle] = await device.upload([{ bytes, dtype, nbytes }]);
  return movedTo(tensor, Storage.remote(onDevice(device, handle, { dtype, nbytes })), tensor.storageOffset);
}

function movedTo(tensor: Tensor, storage: Storage, offset: number): Tensor {
  const { type, shape, stride, view, attributes } = tensor;
  const moved = tensor.like(storage, new Checked(type, shape, stride, offset, view.flags));
  moved.attributes = attributes;
  return moved;
}

/** The byte of the storage at which the first element begins. */
export function firstByte({ numel, storageOffset, type }: Tensor): number {
  // An empty view may begin anywhere, past the end too.
  return numel === 0 ? 0 : Math.floor(storageOffset / type.perByte) * type.itemsize;
}

/** The byte of the storage behind the last element. */
export function endByte({ numel, shape, stride, storageOffset, type }: Tensor): number {
  return numel === 0 ? 0 : Math.ceil(endOf(shape, stride, storageOffset) / type.perByte) * type.itemsize;
}
