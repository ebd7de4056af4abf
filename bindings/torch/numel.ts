// What every tensor knows of its shape and strides; geometry.ts has the rest.

/** The product of the sizes, exact while below 2^53. */
export function numelOf(shape: readonly number[]): number {
  let product = 1;
  for (let i = 0; i < shape.length; i++) product *= shape[i];
  // A product can pass through infinity on its way to zero: 0 × Infinity is NaN.
  return Number.isNaN(product) ? 0 : product;
}

/** Whether the elements stand one after the other in the order of their indices. */
export function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  let contiguous = true;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 0) return true;
    if (shape[i] === 1) continue;
    if (stride[i] !== expected) contiguous = false;
    expected *= shape[i];
  }
  return contiguous;
}
