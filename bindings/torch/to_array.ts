// Elements as nested arrays. Built from the innermost dimension outwards, with no recursion: a tensor may have more
// dimensions than a stack has frames.

import { LimitError } from "../core/errors.js";
import type { Elements, Scalar } from "./elements.js";

/** Nested arrays of elements, or one element. */
export type Nested = Scalar | Nested[];

/** Elements and arrays in all: a view of stride 0 may have any number of elements. */
const MAX_LENGTH = 134217728;

/** All elements of a view as nested arrays; one element where it has no dimensions. */
export function nestedArrays(
  elements: Elements, shape: readonly number[], stride: readonly number[], offset: number,
): Nested {
  const rank = shape.length;
  // Arrays of each level: the product of the sizes outside it.
  const groups: number[] = [];
  let count = 1;
  let total = 1;
  for (const size of shape) {
    groups.push(count);
    total += count *= size;
  }
  if (!(total <= MAX_LENGTH)) {
    throw new LimitError(`Cannot make arrays of ${count} elements: more than ${MAX_LENGTH}; \`data\` gives them flat`, {
      code: "ARRAY_LENGTH",
      found: count,
      limit: MAX_LENGTH,
    });
  }
  let level: Nested[] = count === 0 ? [] : flatElements(elements, shape, stride, offset, count);
  for (let d = rank - 1; d > 0; d--) {
    const inner = level;
    const size = shape[d];
    level = Array.from({ length: groups[d] }, (_, i) => inner.slice(i * size, (i + 1) * size));
  }
  return rank === 0 ? level[0] : level;
}

function flatElements(
  elements: Elements, shape: readonly number[], stride: readonly number[], offset: number, count: number,
): Scalar[] {
  const rank = shape.length;
  const flat = new Array<Scalar>(count);
  const indices = new Array<number>(rank).fill(0);
  let place = offset;
  for (let i = 0; i < count; i++) {
    flat[i] = elements.scalar(place);
    for (let d = rank - 1; d >= 0; d--) {
      place += stride[d];
      if (++indices[d] < shape[d]) break;
      place -= shape[d] * stride[d];
      indices[d] = 0;
    }
  }
  return flat;
}
