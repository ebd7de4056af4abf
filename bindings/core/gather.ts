// Strided views in plain JavaScript: what shape and stride come to when what does not matter is taken out, and the loop
// that follows them. The core's gather does the dense bulk (kernels.ts); this does the small and the scattered.
import { ArgumentError } from "./errors.js";

/** A strided view: dimensions of size 1 dropped, neighbours that form one run joined. Everything in elements. */
export interface View {
  /** The first element, in the source. */
  readonly from: number;
  /** How many elements there are. */
  readonly count: number;
  readonly size: readonly number[];
  /** How far apart in the source. */
  readonly stride: readonly number[];
  /** How far apart in the result. */
  readonly apart: readonly number[];
}

/** Checks that a view of `bytes` bytes is one, and simplifies it. */
export function plan(
  bytes: number, itemSize: number, shape: readonly number[], stride: readonly number[], storageOffset: number,
): View {
  const what = `Cannot gather a view of shape [${shape.join(", ")}], stride [${stride.join(", ")}]`;
  const isCount = (n: number): boolean => Number.isInteger(n) && n >= 0;
  if (itemSize !== 1 && itemSize !== 2 && itemSize !== 4 && itemSize !== 8 && itemSize !== 16) {
    throw new ArgumentError(`${what}: elements of ${itemSize} bytes; wanted 1, 2, 4, 8 or 16`, { code: "GATHER_ITEM" });
  }
  if (shape.length !== stride.length || !shape.every(isCount) || !stride.every(isCount) || !isCount(storageOffset)) {
    throw new ArgumentError(`${what}, offset ${storageOffset}: wanted as many strides as sizes, all integers of 0 or more`, {
      code: "GATHER_VIEW",
    });
  }
  if (shape.includes(0)) return { from: 0, count: 0, size: [], stride: [], apart: [] };
  // Sums beyond 2^53 are rounded, and still far beyond any array: the comparison holds.
  const last = shape.reduce((sum, n, d) => sum + (n - 1) * stride[d], storageOffset);
  if ((last + 1) * itemSize > bytes) {
    throw new ArgumentError(`${what}, offset ${storageOffset}: it needs ${(last + 1) * itemSize} bytes, there are ${bytes}`, {
      code: "GATHER_BOUNDS",
    });
  }
  const size: number[] = [];
  const step: number[] = [];
  for (let d = 0; d < shape.length; d++) {
    if (shape[d] === 1) continue;
    const end = size.length - 1;
    if (end >= 0 && step[end] === stride[d] * shape[d]) {
      size[end] *= shape[d];
      step[end] = stride[d];
    } else {
      size.push(shape[d]);
      step.push(stride[d]);
    }
  }
  const apart = new Array<number>(size.length);
  let count = 1;
  for (let d = size.length - 1; d >= 0; d--) {
    apart[d] = count;
    count *= size[d];
  }
  return { from: storageOffset, count, size, stride: step, apart };
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** The array as elements of 1, 2 or 4 bytes; never floats, in which a NaN's bits might change. */
function words(bytes: Uint8Array, unit: number): Words {
  const count = Math.floor(bytes.length / unit);
  if (unit === 4) return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  if (unit === 2) return new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  return bytes;
}

/** Gathers `size` of each dimension, from `view.from` in `bytes` to element `to` of `out`. */
export function gatherByLoop(
  bytes: Uint8Array, out: Uint8Array, itemSize: number, view: View, to: number, size: readonly number[],
): void {
  const wanted = Math.min(itemSize, 4);
  const unit = bytes.byteOffset % wanted === 0 && out.byteOffset % wanted === 0 ? wanted : 1;
  const source = words(bytes, unit);
  const target = words(out, unit);
  const each = itemSize / unit;
  const inner = size.length - 1;
  const n = size[inner];
  const step = view.stride[inner] * each;
  const turned: number[] = new Array<number>(inner).fill(0);
  let from = view.from;
  let at = to;
  for (let d = 0; d >= 0;) {
    copyRow(source, target, from * each, at * each, n, step, each);
    for (d = inner - 1; d >= 0; d--) {
      from += view.stride[d];
      at += view.apart[d];
      if (++turned[d] < size[d]) break;
      from -= size[d] * view.stride[d];
      at -= size[d] * view.apart[d];
      turned[d] = 0;
    }
  }
}

/** n elements of `each` words, `step` words apart. */
function copyRow(source: Words, target: Words, from: number, to: number, n: number, step: number, each: number): void {
  if (step === each && n >= 32) {
    target.set(source.subarray(from, from + n * each), to);
    return;
  }
  if (each === 1) {
    for (let i = 0; i < n; i++, from += step) target[to + i] = source[from];
    return;
  }
  for (let i = 0; i < n; i++, from += step) for (let k = 0; k < each; k++) target[to++] = source[from + k];
}
