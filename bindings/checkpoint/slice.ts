// A slice of a tensor: which elements of its storage it sees, without one of them being read.
import { gatherContiguous } from "../core/element_kernels.js";
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import type { DType } from "../torch/dtype.js";
import { contiguousStride } from "../torch/geometry.js";
import { numelOf } from "../torch/numel.js";

/** From `start` up to `stop`, counted from the end where negative, as Python's slices; null: from the first, to the last. */
export type SliceRange = readonly [start: number | null, stop: number | null];
/** A range of the first dimension, or a range (null: all) for each of the first dimensions. */
export type TensorSlice = SliceRange | readonly (SliceRange | null)[];

/** How a tensor sees its storage, in elements. */
export interface Seen {
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
}

/** What a slice of it sees. As in Python, a range is cut off at the ends of its dimension, and may be empty. */
export function sliced({ shape, stride, offset }: Seen, type: DType, slice: TensorSlice): Seen {
  if (type.perByte > 1) {
    throw new UnsupportedError(`Cannot read a slice of a ${type.name} tensor: several of its elements share a byte; read all of it`, { code: "PACKED_STRIDES" });
  }
  const ranges = rangesOf(slice);
  if (ranges.length > shape.length) {
    throw new ArgumentError(`Too many indices: the slice has ${ranges.length} ranges, the tensor ${shape.length} dimensions`, { code: "SLICE" });
  }
  const sizes = [...shape];
  let at = offset;
  for (const [dim, range] of ranges.entries()) {
    if (range === null) continue;
    const start = bound(range[0] ?? 0, shape[dim]);
    const stop = bound(range[1] ?? shape[dim], shape[dim]);
    sizes[dim] = Math.max(0, stop - start);
    at += start * stride[dim];
  }
  return { shape: sizes, stride, offset: at };
}

/** Elements of the storage from the first that is seen to the last; 0 where none is. */
export function spanOf({ shape, stride }: Seen): number {
  let span = 1;
  for (const [dim, size] of shape.entries()) {
    if (size === 0) return 0;
    span += (size - 1) * stride[dim];
  }
  return span;
}

/** What is kept of the bytes from the first element of a slice to its last: where it sees few of them, its elements alone, in order. */
export function keptOf(bytes: Uint8Array, type: DType, seen: Seen): { readonly bytes: Uint8Array; readonly stride: readonly number[] } {
  const { shape, stride } = seen;
  if (numelOf(shape) >= spanOf(seen)) return { bytes, stride };
  const own = gatherContiguous(bytes, type.itemsize as 1 | 2 | 4 | 8 | 16, shape, stride, 0); // as every dtype has
  return { bytes: own, stride: contiguousStride(shape) };
}

function bound(index: number, size: number): number {
  return Math.max(0, Math.min(size, index < 0 ? index + size : index));
}

function rangesOf(slice: TensorSlice): readonly (SliceRange | null)[] {
  if (isRange(slice)) return [slice];
  if (Array.isArray(slice) && slice.every((range) => range === null || isRange(range))) return slice as readonly (SliceRange | null)[]; // as just looked at
  throw new ArgumentError(
    "A slice is [start, stop] of whole numbers or null, or an array of such, one for each dimension, such as [0, 100] or [null, [-8, null]]",
    { code: "SLICE" },
  );
}

function isRange(value: unknown): value is SliceRange {
  return Array.isArray(value) && value.length === 2 && value.every((index) => index === null || Number.isSafeInteger(index));
}
