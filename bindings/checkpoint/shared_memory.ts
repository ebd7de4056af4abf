// Tensors that share memory. A safetensors file cannot say so: written one by one, they would come back as tensors apart, and
// a small file could have been a huge one. So the official library refuses them, and so is it here.
import { ArgumentError } from "../core/errors.js";
import { shown } from "../core/shown.js";
import { endOf } from "../torch/geometry.js";
import type { Tensor } from "../torch/tensor.js";

/** Groups that a message names, and names of each. */
const NAMED = 4;

interface Named {
  readonly name: string;
  readonly tensor: Tensor;
}

/** Bytes of one memory. */
interface Area {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The bytes of its storage from a tensor's first element to its last. */
export function extentOf({ type, shape, stride, storageOffset, numel }: Tensor): [from: number, to: number] {
  return numel === 0 ? [0, 0] : [storageOffset * type.itemsize, endOf(shape, stride, storageOffset) * type.itemsize];
}

/** Throws an ArgumentError that names the tensors whose elements overlap, if any do. */
export function refuseShared(tensors: Iterable<Named>): void {
  const groups = overlapping(tensors);
  if (groups.length === 0) return;
  const named = groups.slice(0, NAMED).map((names) => {
    const some = names.slice(0, NAMED).map((name) => `"${shown(name)}"`).join(", ");
    return names.length > NAMED ? `${some} and ${names.length - NAMED} more` : some;
  });
  const more = groups.length > NAMED ? `; and ${groups.length - NAMED} more groups` : "";
  throw new ArgumentError(
    `Cannot save as safetensors: these share memory, which the format cannot say: ${named.join("; ")}${more}. ` +
      "Leave all but one out, say clone() of the others, or give sharedTensors: \"copy\"",
    { code: "SAFETENSORS_SHARED" },
  );
}

/** The names of tensors that overlap, in groups. */
function overlapping(tensors: Iterable<Named>): string[][] {
  const memories = new Map<object, Area[]>();
  for (const { name, tensor } of tensors) {
    if (tensor.numel === 0) continue;
    const [from, to] = extentOf(tensor);
    // Storages that are here may themselves be parts of one buffer; of others nothing but the storage is known.
    const { storage } = tensor;
    const { buffer, byteOffset } = storage.isLocal ? storage.range(0, 0) : { buffer: storage, byteOffset: 0 };
    const areas = memories.get(buffer) ?? [];
    if (areas.length === 0) memories.set(buffer, areas);
    areas.push({ name, from: byteOffset + from, to: byteOffset + to });
  }
  const groups: string[][] = [];
  for (const areas of memories.values()) {
    areas.sort((a, b) => a.from - b.from);
    let group: string[] = [];
    let end = -1;
    for (const { name, from, to } of areas) {
      if (from >= end) {
        if (group.length > 1) groups.push(group);
        group = [];
      }
      group.push(name);
      end = Math.max(end, to);
    }
    if (group.length > 1) groups.push(group);
  }
  return groups;
}
