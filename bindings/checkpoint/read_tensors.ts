// Tensors of an opened file, read: one, a slice of one, or several by one plan. Of a storage only the extent that is seen is
// read; a whole one is held against its CRC, a part has none.
import * as C from "../../assembly/shared/columns.js";
import { NONE } from "../../assembly/shared/status.js";
import { LimitError } from "../core/errors.js";
import type { Read, Steps } from "../io/steps.js";
import { dtypeById, type DType } from "../torch/dtype.js";
import { Size } from "../torch/size.js";
import { Storage } from "../torch/storage.js";
import { Tensor } from "../torch/tensor.js";
import type { Archive } from "./archive.js";
import { fetchStorages, type FetchOptions } from "./fetch.js";
import { fetchRange, fetchStorage } from "./fetch_range.js";
import type { ColumnTensor } from "./listing.js";
import { keptOf, sliced, spanOf, type Seen, type TensorSlice } from "./slice.js";

/** Parts of storages that are fetched at the same time. */
const AT_ONCE = 32;
/** Any element is aligned at multiples of it. */
const ALIGN = 16;

/** A tensor of the columns, and how it sees its storage. */
interface Wanted {
  readonly row: number;
  readonly type: DType;
  readonly flags: number;
  readonly seen: Seen;
}

function wantedOf(archive: Archive, info: ColumnTensor): Wanted {
  const w = info.index * C.T_WORDS;
  const { tensors } = archive.columns;
  return {
    row: info.storageIndex,
    type: dtypeById(tensors[w + C.T_DTYPE]),
    flags: tensors[w + C.T_FLAGS] & 7,
    seen: { shape: info.shape, stride: info.stride, offset: info.storageOffset },
  };
}

/** Reads one tensor, or a slice of it, into a storage of its own. */
export function* readTensor(archive: Archive, info: ColumnTensor, options: FetchOptions, slice?: TensorSlice): Steps<Tensor> {
  const { row, type, flags, seen: all } = wantedOf(archive, info);
  const seen = slice === undefined ? all : sliced(all, type, slice);
  const { shape, stride } = seen;
  const storage = (bytes: Uint8Array): Storage => new Storage(bytes, archive.storageOptions(row));
  const { nbytes, entry, view } = archive.storage(row);
  const span = spanOf(seen);
  const from = seen.offset * type.itemsize;
  const to = from + span * type.itemsize;
  const isPacked = type.perByte > 1; // places count elements then, not bytes
  if (slice === undefined && (span === 0 || isPacked) || view === null && entry === NONE || from === 0 && to === nbytes) {
    const bytes = yield* fetchStorage(archive, row, options);
    return Tensor.unchecked(storage(bytes), type, new Size(shape), stride, seen.offset, flags);
  }
  const bytes = yield* fetchRange(archive, row, from, to, options);
  const kept = slice === undefined ? { bytes, stride } : keptOf(bytes, type, seen);
  return Tensor.unchecked(storage(kept.bytes), type, new Size(shape), kept.stride, 0, flags);
}

/** Where the bytes of a storage are that were read: those from `first` on stand at `at` of the buffer. */
interface Held {
  readonly buffer: ArrayBufferLike;
  readonly at: number;
  readonly first: number;
  readonly nbytes: number;
}

/**
 * Reads tensors by one plan. Those that share a storage share it; a storage of which they see a part holds only that.
 *
 * @param most bytes that may be taken
 * @param total told how many bytes there will be
 */
export function* readTensors(
  archive: Archive, infos: readonly ColumnTensor[], options: FetchOptions, most: number, total?: (bytes: number) => void,
): Steps<Tensor[]> {
  const wanted = infos.map((info) => wantedOf(archive, info));
  const extents = extentsOf(archive, wanted);
  let bytes = 0;
  for (const [from, to] of extents.values()) bytes += to - from;
  if (bytes > most) throw new LimitError(`These tensors have ${bytes} bytes; limits.storages is ${most}`, { code: "LIMIT_STORAGES", found: bytes, limit: most });
  total?.(bytes);
  const held = new Map<number, Held>();
  const whole: number[] = [];
  const parts: number[] = [];
  for (const [row, [from, to]] of extents) (from === 0 && to === archive.storageBytes(row) ? whole : parts).push(row);
  yield* fetchStorages(archive, whole, options, (row, { buffer, byteOffset }, from, nbytes) => {
    held.set(row, { buffer, at: byteOffset + from, first: 0, nbytes });
  });
  for (let i = 0; i < parts.length; i += AT_ONCE) {
    const rows = parts.slice(i, i + AT_ONCE);
    const read = yield* together(rows.map((row) => {
      const [from, to] = extents.get(row)!; // it is one of them
      return fetchRange(archive, row, from, to, options);
    }));
    for (const [n, row] of rows.entries()) {
      const { buffer, byteOffset, length } = read[n];
      held.set(row, { buffer, at: byteOffset, first: extents.get(row)![0], nbytes: length });
    }
  }
  const storages = new Map<number, Storage>();
  return wanted.map(({ row, type, flags, seen }) => {
    const view = archive.viewOf(row);
    const of = held.get(view?.root ?? row) ?? NOTHING;
    let storage = storages.get(row);
    if (storage === undefined) {
      const nbytes = view === null ? of.nbytes : archive.storageBytes(row);
      storage = Storage.within(of.buffer, of.at + (view?.from ?? 0), nbytes, archive.storageOptions(row));
      storages.set(row, storage);
    }
    const offset = of === NOTHING ? seen.offset : seen.offset - of.first / type.itemsize;
    return Tensor.unchecked(storage, type, new Size(seen.shape), seen.stride, offset, flags);
  });
}

const NOTHING: Held = { buffer: new ArrayBuffer(0), at: 0, first: 0, nbytes: 0 };

/** What is seen of each storage that has bytes of its own: bytes from, to. One that others are views of is taken whole. */
function extentsOf(archive: Archive, wanted: readonly Wanted[]): Map<number, readonly [from: number, to: number]> {
  const out = new Map<number, readonly [number, number]>();
  for (const { row, type, seen } of wanted) {
    const view = archive.viewOf(row);
    const root = view?.root ?? row;
    const nbytes = archive.storageBytes(root);
    const span = spanOf(seen) * type.itemsize;
    const from = Math.floor(seen.offset * type.itemsize / ALIGN) * ALIGN;
    const [low, high] = out.get(root) ?? [nbytes, 0];
    if (view !== null || type.perByte > 1) out.set(root, [0, nbytes]); // places of packed elements are no bytes
    else if (span > 0) out.set(root, [Math.min(low, from), Math.max(high, seen.offset * type.itemsize + span)]);
    else if (!out.has(root)) out.set(root, [0, 0]);
  }
  for (const [row, [from, to]] of out) if (from >= to) out.delete(row);
  return out;
}

/** Works on several things at a time: each batch holds what all of them want next. */
function* together<T>(all: readonly Steps<T>[]): Steps<T[]> {
  const out = new Array<T>(all.length);
  let open: { readonly steps: Steps<T>; readonly at: number; readonly reads: readonly Read[] }[] = [];
  function* advance(steps: Steps<T>, at: number, bytes: readonly Uint8Array[]): Steps<void> {
    for (let result = steps.next(bytes); ; result = steps.next([])) {
      if (result.done === true) return void (out[at] = result.value);
      if (!(result.value instanceof Promise)) return void open.push({ steps, at, reads: result.value });
      yield result.value; // waited for, and nothing more
    }
  }
  for (const [at, steps] of all.entries()) yield* advance(steps, at, []);
  while (open.length > 0) {
    const now = open;
    open = [];
    const bytes = yield now.flatMap(({ reads }) => reads);
    let first = 0;
    for (const { steps, at, reads } of now) yield* advance(steps, at, bytes.slice(first, first += reads.length));
  }
  return out;
}
