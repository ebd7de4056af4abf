// Devices that brine itself knows by name. None is built in yet: this is the one file that will bring in WebGPU and CUDA
// when they are asked for, and until then it says in torch's words what is missing.
import { DeviceError } from "../core/errors.js";

const ADVICE = "Load with mapLocation: \"cpu\" to have the storages here";

/** Throws the error of a label whose device is not there; `type` null: nobody knows such a label. */
export function noDevice(type: string | null, location: string): never {
  const shown = JSON.stringify(location.length > 80 ? `${location.slice(0, 80)}…` : location);
  if (type === null) {
    throw new DeviceError(
      `don't know how to restore data location of torch.storage.UntypedStorage (tagged with ${shown}): no registered package answers for it. ${ADVICE}`,
      { code: "LOCATION" },
    );
  }
  const name = type.toUpperCase();
  throw new DeviceError(
    `Attempting to deserialize object on a ${name} device but torch.${type}.is_available() is False: ${shown} is not among \`devices\`. ${ADVICE}`,
    { code: "NO_DEVICE" },
  );
}
