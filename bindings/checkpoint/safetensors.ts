// Safetensors files, read: the header, then the tensors, those that lie side by side in one read.
import { LimitError, UnsupportedError } from "../core/errors.js";
import { shown } from "../core/shown.js";
import type { Read, Steps } from "../io/steps.js";
import { Dict } from "../python/dict.js";
import { headerLength, LENGTH_BYTES, METADATA, parseHeader, type SafeHeader } from "../safetensors/header.js";
import type { DType } from "../torch/dtype.js";
import { fillAll } from "../torch/fill_all.js";
import { contiguousStride } from "../torch/geometry.js";
import { Size } from "../torch/size.js";
import type { Storage } from "../torch/storage.js";
import { storageDType, Tensor } from "../torch/tensor.js";
import type { Limits } from "./limits.js";
import { ALIGN, GAP, LARGE, MERGED } from "./plan.js";

/** Read at once: many headers fit, and sources behind HTTP have so much of a file already. */
const FIRST = 16384;

/** Reads and checks the header of a source. Its values will be whole: their names may be any text. */
export function* readSafeHeader(size: number, limits: Limits): Steps<SafeHeader> {
  fillAll();
  const [head] = yield [{ offset: 0, length: Math.min(size, FIRST) }];
  const length = headerLength(head, size);
  if (length > limits.description) {
    throw new LimitError(`The safetensors header has ${length} bytes; limits.description is ${limits.description}`, {
      code: "LIMIT_DESCRIPTION", offset: 0, found: length, limit: limits.description,
    });
  }
  const all = LENGTH_BYTES + length;
  const bytes = all <= head.length ? head.subarray(LENGTH_BYTES, all) : (yield [{ offset: LENGTH_BYTES, length }])[0];
  return yield* parseHeader(bytes, size, limits.entries);
}

/** torch's dtype of a tensor. Throws where torch has none. */
export function torchDType(header: SafeHeader, row: number): DType {
  const { name, type } = header.dtype(row);
  if (type !== null) return type;
  throw new UnsupportedError(`Cannot make a tensor of "${shown(header.names[row])}": its dtype is ${name}, and torch has no such dtype`, {
    code: "SAFETENSORS_DTYPE", offset: header.from(row),
  });
}

/** The sizes of a tensor in elements of torch's dtype. */
export function torchShape(header: SafeHeader, row: number): number[] {
  const shape = header.shape(row);
  const { packed } = header.dtype(row);
  if (packed > 1) shape[shape.length - 1] /= packed; // checked with the header
  return shape;
}

/** What the storage of a tensor is made with: its name is its key. */
export function storageOptionsOf(header: SafeHeader, row: number): { readonly dtype: string; readonly location: string; readonly key: string } {
  return { dtype: storageDType(torchDType(header, row)), location: "cpu", key: header.names[row] };
}

/** A tensor over its storage. */
export function tensorOver(header: SafeHeader, row: number, storage: Storage): Tensor {
  const shape = torchShape(header, row);
  return Tensor.unchecked(storage, torchDType(header, row), new Size(shape), contiguousStride(shape), 0, 0);
}

/** The dict that a header describes; the texts of the header are its attribute `__metadata__`. */
export function dictOf(header: SafeHeader, tensorAt: (row: number) => Tensor): Dict<string, Tensor> {
  const dict = new Dict<string, Tensor>();
  for (const [row, name] of header.names.entries()) dict.setText(name, tensorAt(row));
  if (header.metadata !== null) dict.attributes.set(METADATA, new Dict(header.metadata));
  return dict;
}

/** Told where the bytes of a tensor are: from `from` on in `bytes`, aligned for its elements. */
export type TakeTensor = (row: number, bytes: Uint8Array, from: number) => void;

/**
 * The reads that bring these tensors, given in the order of the file: small neighbours together, large ones by themselves.
 *
 * @param gap so many bytes between two are read over rather than around
 */
export function planTensors(header: SafeHeader, rows: readonly number[], take: TakeTensor, gap: number = GAP): Read[] {
  const reads: Read[] = [];
  let first = 0; // of the group that is being filled
  let from = 0;
  let to = 0;
  const close = (end: number): void => {
    if (first === end) return;
    const [start, group] = [from, rows.slice(first, end)];
    reads.push({
      offset: start, length: to - start, tensor: group.length === 1 ? header.names[group[0]] : null,
      arrived: (bytes) => {
        for (const row of group) hand(header, row, bytes, header.from(row) - start, take);
      },
    });
  };
  for (const [i, row] of rows.entries()) {
    const [begin, end] = [header.from(row), header.to(row)];
    const large = end - begin >= LARGE;
    if (large || first === i || begin - to > gap || end - from > MERGED) {
      close(i);
      first = i;
      from = large ? begin : Math.floor(begin / ALIGN) * ALIGN;
    }
    to = end;
    if (!large) continue;
    close(i + 1);
    first = i + 1;
  }
  close(rows.length);
  return reads;
}

/** Bytes of all these reads. */
export function bytesIn(reads: readonly Read[]): number {
  return reads.reduce((sum, { length }) => sum + length, 0);
}

/** Hands on the bytes of a tensor; a copy where its elements could not be seen where they are. */
function hand(header: SafeHeader, row: number, bytes: Uint8Array, from: number, take: TakeTensor): void {
  const { itemsize, isComplex } = torchDType(header, row);
  if ((bytes.byteOffset + from) % (isComplex ? itemsize / 2 : itemsize) === 0) take(row, bytes, from);
  else take(row, bytes.slice(from, from + header.nbytes(row)), 0);
}
