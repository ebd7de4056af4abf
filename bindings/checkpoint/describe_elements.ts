// The elements of a tensor as a description gives them: all of them as bytes in row-major order, little-endian, for their
// hash, and the first eight as numbers.
import { LimitError } from "../core/errors.js";
import { gatherContiguous } from "../core/element_kernels.js";
import { Complex } from "../python/complex.js";
import { Float } from "../python/float.js";
import { partOf, type DType } from "../torch/dtype.js";
import { Elements, resolveLazy, type Scalar } from "../torch/elements.js";
import type { Json } from "./json.js";

/** What is asked of a tensor here. `Tensor` has it. */
export interface View {
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly storageOffset: number;
  readonly isConj: boolean;
  readonly isNeg: boolean;
}

/** The hash of bytes, as a text: only some runtimes have one that answers at once. */
export type Digest = (bytes: Uint8Array) => string;

/** Elements shown. */
const FIRST = 8;

/** Elements that overlap (stride 0) can be many times the file: stop before they fill the memory. */
const MAX_GATHERED = 1 << 30;

/** A float of any value: JSON has no word for the three that are not finite. */
export function floatNode(value: number): Json {
  if (Number.isFinite(value)) return new Float(value);
  return { float: Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf" };
}

/** An int of any size: JSON readers keep integers up to 2^53. */
export function intNode(value: number | bigint): Json {
  if (typeof value === "number") return value;
  const small = value <= 9007199254740992n && value >= -9007199254740992n;
  return small ? value : { int: value.toString() };
}

/** All elements as bytes, in row-major order; conjugation and negation are carried out. */
export function elementBytes(t: View, type: DType, storage: Uint8Array): Uint8Array {
  let numel = 1;
  let dense = true;
  for (let i = t.shape.length - 1; i >= 0; i--) {
    if (t.shape[i] !== 1 && t.stride[i] !== numel) dense = false;
    numel *= t.shape[i];
  }
  if (numel === 0) return new Uint8Array(0);
  if (type.perByte > 1) {
    // Several elements to a byte: the bytes that hold them, where they stand in a row.
    const from = Math.floor(t.storageOffset / type.perByte);
    return dense ? storage.subarray(from, Math.ceil((t.storageOffset + numel) / type.perByte)) : new Uint8Array(0);
  }
  const length = numel * type.itemsize;
  const at = t.storageOffset * type.itemsize;
  const lazy = t.isConj || t.isNeg;
  if (dense && !lazy) return storage.subarray(at, at + length);
  if (length > MAX_GATHERED) {
    throw new LimitError(`Cannot hash ${length} bytes of elements that do not lie in a row: the limit is ${MAX_GATHERED}`, {
      code: "HASH_LIMIT", found: length, limit: MAX_GATHERED,
    });
  }
  const bytes = dense
    ? storage.slice(at, at + length)
    : gatherContiguous(storage, type.itemsize, t.shape, t.stride, t.storageOffset);
  if (lazy) resolveLazy(bytes, type, t.isConj, t.isNeg);
  return bytes;
}

/** The first elements of those bytes, each as a node. */
export function firstElements(type: DType, bytes: Uint8Array): Json[] {
  // Complex numbers of half precision are shown as real and imaginary parts in turn.
  const shown = type.name === "complex32" || type.name === "bcomplex32" ? partOf(type) : type;
  const elements = new Elements(bytes, shown, false, false);
  const count = Math.min(FIRST, Math.floor((bytes.length * shown.perByte) / shown.itemsize));
  return Array.from({ length: count }, (_, i) => scalarNode(elements.scalar(i), shown));
}

function scalarNode(value: Scalar, type: DType): Json {
  if (value instanceof Complex) return { complex: [floatNode(value.re), floatNode(value.im)] };
  if (typeof value === "boolean") return value;
  if (type.isFloatingPoint && type.name !== "float4_e2m1fn_x2") return floatNode(Number(value));
  return intNode(value);
}
