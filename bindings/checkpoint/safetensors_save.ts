// save as a safetensors file: a dict of names and dense tensors, and nothing else. What the format cannot say is refused by
// name: other values, dicts inside, tensors that share memory. Strides, gradients and classes it does not know; elements are
// written in the order of their indices, as the official library's save_model has them (save_file wants `contiguous()` first).
import { ArgumentError } from "../core/errors.js";
import { shown } from "../core/shown.js";
import { orAborted } from "../io/or_aborted.js";
import { Watch } from "../io/progress.js";
import type { Sink } from "../io/sink.js";
import { reprOf } from "../python/repr.js";
import { BY_TORCH_NAME, SAFE_DTYPES } from "../safetensors/dtypes.js";
import { METADATA } from "../safetensors/header.js";
import { compareEntries, headerBytes, type SafeEntry } from "../safetensors/write.js";
import { DeviceTensor } from "../torch/device_tensor.js";
import { numelOf } from "../torch/numel.js";
import { Parameter } from "../torch/parameter.js";
import { SubclassTensor } from "../torch/subclass.js";
import { Storage } from "../torch/storage.js";
import { isPlainTensor, Tensor } from "../torch/tensor.js";
import type { SaveOptions } from "./options.js";
import type { SaveControl } from "./save.js";
import { extentOf, refuseShared } from "./shared_memory.js";

/** Saves; `sink` is asked for one when there is something to write. */
export async function saveSafetensors(value: unknown, sink: () => Sink, options: SaveOptions & SaveControl): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { signal, onProgress } = options;
  const entries = entriesOf(value, options);
  const header = headerBytes(entries, metadataOf(options.metadata));
  const watch = Watch.of(onProgress);
  watch?.begin("write", entries.reduce((sum, { nbytes }) => sum + nbytes, 0));
  const to = sink();
  try {
    to.write(header);
    for (const entry of entries) {
      const bytes = bytesOf(entry, await orAborted(here(entry.tensor), signal));
      to.write(bytes);
      watch?.add(bytes.length, entry.name);
      signal?.throwIfAborted();
    }
    return to.close();
  } catch (cause) {
    to.abort();
    throw cause;
  }
}

/** As `saveSafetensors`, at once. */
export function saveSafetensorsSync(value: unknown, sink: () => Sink, options: SaveOptions): Uint8Array<ArrayBuffer> | undefined {
  const entries = entriesOf(value, options);
  const header = headerBytes(entries, metadataOf(options.metadata));
  for (const { tensor } of entries) tensor.storage.loadSync();
  const to = sink();
  try {
    to.write(header);
    for (const entry of entries) to.write(bytesOf(entry, entry.tensor));
    return to.close();
  } catch (cause) {
    to.abort();
    throw cause;
  }
}

interface Entry extends SafeEntry {
  readonly tensor: Tensor;
}

/** The tensors of a dict, in the order in which they are written. */
function entriesOf(value: unknown, options: SaveOptions): Entry[] {
  const entries = Array.from(pairsOf(value), ([key, item]) => entryOf(nameOf(key), item));
  if (options.sharedTensors !== "copy") refuseShared(entries);
  return entries.sort(compareEntries);
}

function pairsOf(value: unknown): Iterable<readonly [unknown, unknown]> {
  if (value instanceof Map) return value as ReadonlyMap<unknown, unknown>;
  const prototype: unknown = typeof value === "object" && value !== null ? Object.getPrototypeOf(value) : undefined;
  if (prototype === Object.prototype || prototype === null) return Object.entries(value as object); // a plain object
  throw new ArgumentError(`Cannot save as safetensors: found ${kindOf(value)}, expected a dict of names and tensors, such as a state dict`, { code: "SAFETENSORS_VALUE" });
}

function nameOf(key: unknown): string {
  const why = typeof key !== "string" ? `the key ${shown(reprOf(key))} is no text`
    : key === METADATA ? `"${METADATA}" names no tensor: the option metadata writes texts there`
      : /\p{Surrogate}/u.test(key) ? `the name "${shown(key)}" has half of a surrogate pair, which UTF-8 has not` : "";
  if (why === "") return key as string; // else it says why
  throw new ArgumentError(`Cannot save as safetensors: ${why}`, { code: "SAFETENSORS_VALUE" });
}

function entryOf(name: string, value: unknown): Entry {
  const tensor = value instanceof Parameter ? value.dataTensor : value;
  if (!(isPlainTensor(tensor) || tensor instanceof SubclassTensor || tensor instanceof DeviceTensor)) {
    const flat = tensor instanceof Map ? ". Names are flat: save that dict alone, or one of joined names such as \"model.weight\"" : "";
    throw new ArgumentError(`Cannot save "${shown(name)}" as safetensors: found ${kindOf(value)}, expected a dense tensor${flat}`, { code: "SAFETENSORS_VALUE" });
  }
  if (tensor.device === "meta") {
    throw new ArgumentError(`Cannot save "${shown(name)}" as safetensors: it is on "meta", where there are no elements`, { code: "SAFETENSORS_VALUE" });
  }
  const dtype = BY_TORCH_NAME.get(tensor.dtype);
  if (dtype === undefined) {
    throw new ArgumentError(`Cannot save "${shown(name)}" as safetensors: the format has no dtype for ${tensor.dtype}`, { code: "SAFETENSORS_DTYPE" });
  }
  const shape = Array.from(tensor.shape);
  const nbytes = numelOf(shape) * tensor.type.itemsize;
  const { packed } = SAFE_DTYPES[dtype];
  if (packed > 1 && shape.length === 0) {
    throw new ArgumentError(`Cannot save "${shown(name)}" as safetensors: a ${tensor.dtype} of no dimension is ${packed} elements, which have no shape there`, { code: "SAFETENSORS_DTYPE" });
  }
  if (packed > 1) shape[shape.length - 1] *= packed;
  return { name, dtype, shape, nbytes, tensor };
}

/** A tensor whose elements are here. What is read from its file by parts is not kept: a large file is converted piece by piece. */
async function here(tensor: Tensor): Promise<Tensor> {
  const { storage, type, shape, stride, isConj, isNeg } = tensor;
  if (!storage.hasRanges) return tensor.to("cpu");
  const bytes = await storage.loadRange(...extentOf(tensor));
  return new Tensor(new Storage(bytes, { dtype: storage.dtype }), { dtype: type, shape, stride, conj: isConj, neg: isNeg });
}

/** The elements of a tensor that is here, in the order of their indices. */
function bytesOf({ name, nbytes }: Entry, tensor: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = tensor.data;
  if (byteLength === nbytes) return new Uint8Array(buffer, byteOffset, byteLength);
  throw new ArgumentError(`Cannot save "${shown(name)}" as safetensors: its shape takes ${nbytes} bytes, and it gave ${byteLength}`, { code: "SAFETENSORS_VALUE" });
}

/** The texts of the option, checked. */
function metadataOf(given: SaveOptions["metadata"]): ReadonlyMap<string, string> | null {
  if (given === undefined || given === null) return null;
  const texts = new Map<string, string>();
  for (const [key, text] of pairsOf(given)) {
    if (typeof key !== "string" || typeof text !== "string" || /\p{Surrogate}/u.test(key + text)) {
      throw new ArgumentError(`Option metadata: found ${kindOf(text)} under ${shown(reprOf(key))}, expected texts that UTF-8 can hold, by keys that are texts`, { code: "OPTION" });
    }
    texts.set(key, text);
  }
  return texts;
}

function kindOf(value: unknown): string {
  if (value === null) return "None";
  if (value === undefined) return "undefined";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = value.constructor?.name ?? "Object";
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}
