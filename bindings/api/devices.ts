// Where storages go.
export { device, Device } from "../torch/device.js";
export type { Accelerator, Upload } from "../torch/accelerator.js";
export { registerPackage, type Deserializer, type Place, type StorageInfo, type Tagger } from "../checkpoint/packages.js";
