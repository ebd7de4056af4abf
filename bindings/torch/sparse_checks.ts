// What makes the parts of a sparse tensor one tensor: sizes that belong together, and indices that lie inside. The
// numbers may be a stranger's, so what is read is bounded by what was given.
//
//   COO          indices [sparse dims, nnz]       values [nnz, dense sizes…]
//   CSR, CSC     compressed [batch…, rows + 1]    plain [batch…, nnz]    values [batch…, nnz, dense sizes…]
//   BSR, BSC     the same, of blocks              values [batch…, nnz, block rows, block columns, dense sizes…]

import { ArgumentError, LimitError } from "../core/errors.js";
import { Elements } from "./elements.js";
import type { Size } from "./size.js";
import type { Tensor } from "./tensor.js";

/** Indices that lie on top of each other, and so cost no memory, are read up to this many times. */
const MAX_REREAD = 16777216;

function refuse(message: string): never {
  throw new ArgumentError(`Cannot make a sparse tensor: ${message}`, { code: "SPARSE" });
}

function sizesText(sizes: readonly number[]): string {
  return `[${sizes.slice(0, 8).join(", ")}${sizes.length > 8 ? ", …" : ""}]`;
}

function equal(what: string, found: readonly number[], expected: readonly number[]): void {
  if (found.length !== expected.length || found.some((size, i) => size !== expected[i])) {
    refuse(`the ${what} are of size ${sizesText(found)}, expected ${sizesText(expected)}`);
  }
}

/** Refuses parts of a COO tensor that do not belong together. */
export function checkCoo(shape: Size, indices: Tensor, values: Tensor): void {
  if (indices.dtype !== "int64") refuse(`its indices are ${indices.dtype}, expected int64`);
  if (indices.shape.length !== 2) refuse(`its indices have ${indices.shape.length} dimensions, expected 2`);
  const [sparse, nnz] = indices.shape;
  if (sparse > shape.length) refuse(`its indices have ${sparse} rows for ${shape.length} dimensions`);
  equal("values", values.shape, [nnz, ...shape.slice(sparse)]);
  if (!indices.storage.isLocal) return;
  for (const { row, at } of rowsOf(indices)) for (const index of at) within(index, shape[row], "an index");
}

/** Refuses parts of a compressed tensor that do not belong together. */
export function checkCompressed(shape: Size, byRow: boolean, blocked: boolean, compressed: Tensor, plain: Tensor, values: Tensor): void {
  if (compressed.dtype !== plain.dtype || compressed.dtype !== "int64" && compressed.dtype !== "int32") {
    refuse(`its indices are ${compressed.dtype} and ${plain.dtype}, expected int64 or int32, both the same`);
  }
  const batch = compressed.shape.length - 1;
  if (batch < 0 || plain.shape.length !== batch + 1) refuse("its two indices have not the same number of dimensions, at least 1");
  if (shape.length < batch + 2) refuse(`${shape.length} dimensions are too few for indices of ${batch + 1}`);
  const sizes = shape.slice(0, batch);
  const nnz = plain.shape[batch];
  const first = batch + 1;
  const block = blocked ? values.shape.slice(first, first + 2) : [1, 1];
  if (block.length < 2) refuse("its values hold no blocks");
  const counts = [0, 1].map((d) => {
    const size = shape[batch + d];
    if (block[d] === 0 || size % block[d] !== 0) refuse(`a size of ${size} is no multiple of blocks of ${block[d]}`);
    return size / block[d];
  });
  const [lines, across] = byRow ? counts : [counts[1], counts[0]];
  equal("compressed indices", compressed.shape, [...sizes, lines + 1]);
  equal("plain indices", plain.shape, [...sizes, nnz]);
  equal("values", values.shape, [...sizes, nnz, ...(blocked ? block : []), ...shape.slice(batch + 2)]);
  if (compressed.storage.isLocal) {
    for (const { at } of rowsOf(compressed)) {
      let before = 0;
      let seen = 0;
      for (const index of at) {
        const next = Number(index);
        if (seen === 0 && index !== 0) refuse(`its compressed indices begin with ${index}, expected 0`);
        if (next < before || next - before > across) refuse(`its compressed indices go from ${before} to ${index}, expected 0 to ${across} more`);
        before = next;
        seen++;
      }
      if (before !== nnz) refuse(`its compressed indices end with ${before}, expected ${nnz}`);
    }
  }
  if (plain.storage.isLocal) for (const { at } of rowsOf(plain)) for (const index of at) within(index, across, "a plain index");
}

function within(index: number | bigint, size: number, what: string): void {
  if (!(index >= 0 && index < size)) refuse(`it has ${what} of ${index} where the size is ${size}`);
}

interface Row {
  readonly row: number;
  readonly at: Iterable<number | bigint>;
}

/** The rows of an index tensor: its last dimension, for each index of the others. */
function* rowsOf(tensor: Tensor): Generator<Row> {
  const { shape, stride, storageOffset, numel, storage } = tensor;
  if (numel === 0) return;
  const last = shape.length - 1;
  const elements = new Elements(storage.bytes, tensor.type, false, tensor.isNeg);
  const rows = numel / shape[last];
  if (numel > storage.nbytes / tensor.type.itemsize && numel > MAX_REREAD) {
    throw new LimitError(`Cannot check ${numel} indices that overlap in memory: more than ${MAX_REREAD}`, {
      code: "SPARSE_INDICES", found: numel, limit: MAX_REREAD,
    });
  }
  for (let row = 0; row < rows; row++) {
    let place = storageOffset;
    for (let d = last - 1, rest = row; d >= 0; d--) {
      place += (rest % shape[d]) * stride[d];
      rest = Math.floor(rest / shape[d]);
    }
    yield { row, at: line(elements, place, shape[last], stride[last]) };
  }
}

function* line(elements: Elements, from: number, count: number, step: number): Generator<number | bigint> {
  for (let i = 0; i < count; i++) yield elements.real(from + i * step) as number | bigint; // integers: their dtype was checked
}
