// The arithmetic of views: how many elements, at which strides, and whether they lie within their storage. Sizes come
// from files and from callers, so every product here is exact: in doubles while it stays below 2^53, in BigInt beyond.

import { ArgumentError, LimitError } from "../core/errors.js";
import type { DType } from "./dtype.js";
import { numelOf } from "./numel.js";

/** torch counts elements in 64 bits with a sign. */
const MAX_NUMEL = 2n ** 63n - 1n;

/** The strides of a tensor whose last dimension runs fastest; a dimension of size 0 counts as 1, as in torch. */
export function contiguousStride(shape: readonly number[]): number[] {
  const stride = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    stride[i] = step;
    if (shape[i] > 1) step *= shape[i];
  }
  return stride;
}

/** Whether every element has a place of its own and no place between them is free: true of permuted tensors too. */
export function isDense(shape: readonly number[], stride: readonly number[]): boolean {
  const order: number[] = [];
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 0) return true;
    if (shape[i] !== 1) order.push(i);
  }
  order.sort((a, b) => stride[a] - stride[b]);
  let expected = 1;
  for (const i of order) {
    if (stride[i] !== expected) return false;
    expected *= shape[i];
  }
  return true;
}

/**
 * The first place past the last element, in elements of the storage; the offset where there are no elements. Not exact
 * beyond 2^53: `checkView` refuses what would be.
 */
export function endOf(shape: readonly number[], stride: readonly number[], offset: number): number {
  let last = offset;
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 0) return offset;
    last += (shape[i] - 1) * stride[i];
  }
  return last + 1;
}

/**
 * Refuses a view that does not lie within its storage.
 *
 * @throws ArgumentError `SHAPE` where a number is negative or none, `VIEW_BOUNDS` where it passes the storage's end
 * @throws LimitError `NUMEL` where there are more elements than 64 bits count
 */
export function checkView(
  type: DType, shape: readonly number[], stride: readonly number[], offset: number, nbytes: number,
): void {
  checkSizes(shape, stride);
  checkCounts("storageOffset", [offset]);
  if (shape.includes(0)) return;

  const quick = endOf(shape, stride, offset);
  const exact = quick <= Number.MAX_SAFE_INTEGER ? null : exactEnd(shape, stride, offset);
  const capacity = nbytes === 0 ? 0 : Math.floor(nbytes / type.itemsize) * type.perByte;
  if (exact === null ? quick > capacity : exact > BigInt(capacity)) {
    const needed = neededBytes(type, exact ?? BigInt(quick));
    throw new ArgumentError(
      `View past its storage: a ${type.name} tensor of shape ${brief(shape)}, stride ${brief(stride)} and offset ` +
        `${offset} needs ${needed} bytes, but the storage has ${nbytes}`,
      { code: "VIEW_BOUNDS" },
    );
  }
}

/**
 * Refuses sizes and strides that no tensor can have, wherever its elements are.
 *
 * @throws ArgumentError `SHAPE` where a number is negative or none, or the two do not belong together
 * @throws LimitError `NUMEL` where there are more elements than 64 bits count
 */
export function checkSizes(shape: readonly number[], stride: readonly number[]): void {
  checkCounts("shape", shape);
  checkCounts("stride", stride);
  if (shape.length !== stride.length) {
    throw new ArgumentError(
      `Mismatched shape and stride: the shape has ${shape.length} dimensions, the stride ${stride.length}`,
      { code: "SHAPE" },
    );
  }
  if (!(numelOf(shape) <= Number.MAX_SAFE_INTEGER)) checkNumel(shape);
}

function neededBytes(type: DType, elements: bigint): bigint {
  const perByte = BigInt(type.perByte);
  return (elements * BigInt(type.itemsize) + perByte - 1n) / perByte;
}

function exactEnd(shape: readonly number[], stride: readonly number[], offset: number): bigint {
  let last = BigInt(offset);
  for (let i = 0; i < shape.length; i++) last += BigInt(shape[i] - 1) * BigInt(stride[i]);
  return last + 1n;
}

function checkNumel(shape: readonly number[]): void {
  if (shape.includes(0)) return;
  let product = 1n;
  for (const size of shape) {
    product *= BigInt(size);
    if (product > MAX_NUMEL) {
      throw new LimitError(`Too many elements: the shape ${brief(shape)} has more than 2^63 - 1`, {
        code: "NUMEL",
        found: Number(product),
        limit: Number(MAX_NUMEL),
      });
    }
  }
}

/** The numbers for a message: there may be a million of them. */
function brief(numbers: readonly number[]): string {
  return `[${numbers.slice(0, 8).join(", ")}${numbers.length > 8 ? `, … ${numbers.length} in all` : ""}]`;
}

function checkCounts(what: string, numbers: readonly number[]): void {
  for (const n of numbers) {
    if (!Number.isSafeInteger(n) || n < 0) {
      throw new ArgumentError(
        `Invalid ${what}: found ${String(n)}, expected integers from 0 to 2^53 - 1`,
        { code: "SHAPE" },
      );
    }
  }
}
