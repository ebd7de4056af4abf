// From storages that pass to the tensors over them: whole ones, or parts.
import * as C from "../../assembly/shared/columns.js";
import { LimitError } from "../core/errors.js";
import { dtypeById } from "../torch/dtype.js";
import { Size } from "../torch/size.js";
import { Storage } from "../torch/storage.js";
import { Tensor } from "../torch/tensor.js";
import type { Archive } from "./archive.js";
import { ColumnList, plainInfo, type ColumnTensor, type TensorInfo } from "./listing.js";
import { GRAIN, type Part, type Room } from "./passage.js";

/** Bytes that pass at a time where nobody wants a storage whole. */
const WINDOW = 1048576;

/** A part of a tensor, as it passes. */
export interface TensorPart {
  /** What tensor it is of. */
  readonly info: TensorInfo;
  /** Where `bytes` begins in the tensor's storage. */
  readonly offset: number;
  /**
   * So many bytes of the storage, as far as the tensor's elements lie among them: those of a contiguous tensor are its elements,
   * in order. Little-endian, and whole elements. They are good until the loop goes on: copy what you keep.
   */
  readonly bytes: Uint8Array;
  /** No further part of this tensor follows. */
  readonly last: boolean;
}

/** The tensors, by the row of the storage whose bytes they are of: a view's are its root's. */
function tensorsByStorage(archive: Archive): Map<number, ColumnTensor[]> {
  const out = new Map<number, ColumnTensor[]>();
  for (const tensor of new ColumnList(archive)) {
    const row = archive.viewOf(tensor.storageIndex)?.root ?? tensor.storageIndex;
    const there = out.get(row);
    if (there === undefined) out.set(row, [tensor]);
    else there.push(tensor);
  }
  return out;
}

/** Makes of the parts of storages what `stream` gives. */
export interface Passing<T> {
  readonly room: Room;
  /** What a part completes, or is a part of. */
  take(part: Part): Iterable<[string, T]>;
  /** What no storage passed for: tensors over empty storages without a record. */
  rest(): Iterable<[string, T]>;
}

/** Whole tensors. */
export class WholeTensors implements Passing<Tensor> {
  readonly #archive: Archive;
  readonly #waiting: Map<number, ColumnTensor[]>;
  #window: Uint8Array | undefined;

  constructor(archive: Archive) {
    this.#archive = archive;
    this.#waiting = tensorsByStorage(archive);
  }

  readonly room: Room = (row, nbytes) => (this.#waiting.has(row) ? allocate(this.#archive, row, nbytes) : this.#window ??= new Uint8Array(WINDOW));

  take({ row, bytes }: Part): Iterable<[string, Tensor]> {
    const tensors = this.#waiting.get(row) ?? [];
    this.#waiting.delete(row);
    return tensorsOver(this.#archive, tensors, bytes);
  }

  *rest(): Iterable<[string, Tensor]> {
    for (const tensors of this.#waiting.values()) yield* tensorsOver(this.#archive, tensors, new Uint8Array(0));
  }
}

/** The tensors over one storage: they share it. */
function* tensorsOver(archive: Archive, tensors: readonly ColumnTensor[], bytes: Uint8Array): Generator<[string, Tensor], void, undefined> {
  const storages = new Map<number, Storage>();
  for (const info of tensors) {
    const row = info.storageIndex;
    let storage = storages.get(row);
    if (storage === undefined) {
      const from = archive.viewOf(row)?.from ?? 0;
      storage = Storage.within(bytes.buffer, bytes.byteOffset + from, archive.storageBytes(row), archive.storageOptions(row));
      storages.set(row, storage);
    }
    const w = info.index * C.T_WORDS;
    const { tensors: words } = archive.columns;
    const tensor = Tensor.unchecked(storage, dtypeById(words[w + C.T_DTYPE]), new Size(info.shape), info.stride, info.storageOffset, words[w + C.T_FLAGS] & 7);
    yield [info.name, tensor];
  }
}

/** A buffer for a storage. */
function allocate(archive: Archive, row: number, nbytes: number): Uint8Array {
  try {
    return new Uint8Array(nbytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LimitError(`Storage "${archive.storage(row).key}" has ${nbytes} bytes, for which there is no buffer here. Stream it with chunks: true`, {
      code: "LIMIT_BUFFER", found: nbytes, limit: 4294967296, cause,
    });
  }
}

/** A tensor, and the bytes of its root storage from its first element to behind its last. */
interface Extent {
  readonly name: string;
  readonly info: TensorInfo;
  /** Where its own storage begins in the root. */
  readonly storage: number;
  readonly from: number;
  readonly to: number;
}

function extentOf(archive: Archive, tensor: ColumnTensor): Extent {
  const info = plain(tensor);
  const { itemsize } = dtypeById(archive.columns.tensors[tensor.index * C.T_WORDS + C.T_DTYPE]);
  const storage = archive.viewOf(tensor.storageIndex)?.from ?? 0;
  const from = storage + info.storageOffset * itemsize;
  let span = info.numel === 0 ? 0 : 1;
  if (span > 0) for (let i = 0; i < info.shape.length; i++) span += (info.shape[i] - 1) * info.stride[i];
  return { name: info.name, info, storage, from, to: from + span * itemsize };
}

/** What is told of a tensor, for longer than the description is open. */
function plain(info: TensorInfo): TensorInfo {
  const { index, name, path, also, dtype, shape, stride, storageOffset, numel, nbytes, storageIndex, storageKey, storageBytes, location } = info;
  const { requiresGrad, isParameter } = info;
  const copy: TensorInfo = {
    index, name, path, also, dtype, shape, stride, storageOffset, numel, nbytes, storageIndex, storageKey, storageBytes, location, requiresGrad, isParameter,
    toJSON: () => plainInfo(copy),
  };
  return copy;
}

/** Parts of tensors, through a window. */
export class TensorParts implements Passing<TensorPart> {
  readonly #archive: Archive;
  readonly #waiting: Map<number, ColumnTensor[]>;
  readonly #window: Uint8Array = new Uint8Array(WINDOW);
  /** The tensors over the storage that is passing. */
  #row = -1;
  #extents: readonly Extent[] = [];
  #at = 0;

  constructor(archive: Archive) {
    this.#archive = archive;
    this.#waiting = tensorsByStorage(archive);
  }

  /** A part of the window that parts handed out together do not use. */
  readonly room: Room = (_, nbytes) => {
    if (nbytes >= WINDOW) this.#at = 0;
    else if (this.#at + nbytes > WINDOW) this.#at = 0;
    const room = this.#window.subarray(this.#at, nbytes >= WINDOW ? WINDOW : this.#at + nbytes);
    this.#at += (room.length + GRAIN - 1) & -GRAIN;
    return room;
  };

  *take({ row, offset, bytes }: Part): Iterable<[string, TensorPart]> {
    if (row !== this.#row) {
      this.#extents = (this.#waiting.get(row) ?? []).map((tensor) => extentOf(this.#archive, tensor));
      this.#waiting.delete(row);
      this.#row = row;
    }
    for (const { name, info, storage, from, to } of this.#extents) {
      const first = Math.max(from, offset);
      const end = Math.min(to, offset + bytes.length);
      if (first < end) yield [name, { info, offset: first - storage, bytes: bytes.subarray(first - offset, end - offset), last: end === to }];
      else if (from === to && offset === 0) yield [name, nothingOf(info, from - storage)];
    }
  }

  *rest(): Iterable<[string, TensorPart]> {
    for (const tensors of this.#waiting.values()) {
      for (const tensor of tensors) {
        const { name, info, storage, from } = extentOf(this.#archive, tensor);
        yield [name, nothingOf(info, from - storage)];
      }
    }
  }
}

/** The one part of a tensor without elements. */
function nothingOf(info: TensorInfo, offset: number): TensorPart {
  return { info, offset, bytes: new Uint8Array(0), last: true };
}
