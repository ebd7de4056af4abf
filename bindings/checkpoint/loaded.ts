// The storages of a load: where their bytes are, and what they are, in columns of this side's own, since the archive is
// let go of when the values are built. The objects are made when they are asked for (torch/shelf.ts).
import * as C from "../../assembly/shared/columns.js";
import { dtypeById } from "../torch/dtype.js";
import { Shelf } from "../torch/shelf.js";
import { Storage } from "../torch/storage.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import type { Take } from "./fetch.js";

const NOTHING: Uint8Array = new Uint8Array(0);

/** Storages whose bytes are here. */
export class Loaded {
  /** The storages, by row. */
  readonly shelf: Shelf;
  /** Takes the bytes of a row. */
  readonly take: Take;

  constructor(archive: Archive) {
    const count = archive.storageCount;
    const { storages } = archive.columns;
    const buffers = new Array<Uint8Array>(count).fill(NOTHING);
    const starts = new Float64Array(count);
    const sizes = new Float64Array(count);
    const dtypes = new Uint8Array(count);
    // Places and keys are few, or as torch makes them: only what differs from "cpu" and the row's number is kept.
    const places = new Map<number, string>();
    const keys = new Map<number, string>();
    for (let row = 0; row < count; row++) {
      sizes[row] = wide(storages, row * C.S_WORDS + C.S_NBYTES);
      dtypes[row] = storages[row * C.S_WORDS + C.S_DTYPE];
      const location = archive.location(row);
      if (location !== "cpu") places.set(row, location);
      const key = archive.key(row);
      if (key !== row) keys.set(row, String(key));
    }
    const views = new Map<number, { readonly root: number; readonly from: number }>();
    if (!archive.hasRecords) {
      for (let row = 0; row < count; row++) {
        const view = archive.viewOf(row);
        if (view !== null) views.set(row, view);
      }
    }
    this.take = (row, bytes, from) => {
      buffers[row] = bytes;
      starts[row] = from;
    };
    this.shelf = new Shelf(count, (row) => {
      const { root, from } = views.get(row) ?? { root: row, from: 0 }; // a view shares the bytes of its root
      return Storage.within(buffers[root].buffer, buffers[root].byteOffset + starts[root] + from, sizes[row], {
        dtype: dtypeById(dtypes[row]), location: places.get(row) ?? "cpu", key: keys.get(row) ?? row,
      });
    });
  }
}
