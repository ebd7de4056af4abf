// The storages of a load: where their bytes are, and what they are, in columns of this side's own, since the archive is
// let go of when the values are built. The objects are made when they are asked for (torch/shelf.ts).
import * as C from "../../assembly/shared/columns.js";
import { UnsupportedError } from "../core/errors.js";
import { onDevice, type Accelerator } from "../torch/accelerator.js";
import { dtypeById } from "../torch/dtype.js";
import { Shelf } from "../torch/shelf.js";
import { Storage } from "../torch/storage.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import type { Take } from "./fetch.js";
import type { Mapped } from "./map_location.js";

const NOTHING: Uint8Array = new Uint8Array(0);

/** Storages whose bytes are here. */
export class Loaded {
  /** The storages, by row. */
  readonly shelf: Shelf;
  /** Takes the bytes of a row. */
  readonly take: Take;
  /** Gives the bytes of a row when they are looked at; null: all are taken before. */
  later: ((row: number) => Uint8Array) | null = null;

  /** Puts what goes to other devices there; null: nothing does. Once all bytes were taken, before values are built. */
  readonly upload: ((signal: AbortSignal | undefined) => Promise<void>) | null;

  /** @param mapped where each storage goes; undefined: to the CPU, with the label that it has */
  constructor(archive: Archive, mapped?: readonly Mapped[]) {
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
      const location = mapped?.[row].label ?? archive.location(row);
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
    const devices = new Map<Accelerator, number[]>();
    for (let row = 0; mapped !== undefined && row < count; row++) {
      const { place } = mapped[row];
      if (typeof place === "string") continue;
      if (views.has(row)) throw new UnsupportedError(`Cannot put a view of a storage on "${place.name}": old files have them; load it to the CPU`, { code: "DEVICE_VIEW" });
      devices.set(place, [...devices.get(place) ?? [], row]);
    }
    const bytesOf = (row: number): Uint8Array => new Uint8Array(buffers[row].buffer, buffers[row].byteOffset + starts[row], sizes[row]);
    const handles = new Map<number, unknown>();
    this.upload = devices.size === 0 ? null : async (signal) => {
      for (const [device, rows] of devices) {
        const made = await device.upload(rows.map((row) => ({ bytes: bytesOf(row), dtype: dtypeById(dtypes[row]).name, nbytes: sizes[row] })), { signal });
        signal?.throwIfAborted();
        for (const [i, row] of rows.entries()) {
          handles.set(row, made[i]);
          buffers[row] = NOTHING; // the device has them
        }
      }
    };
    this.shelf = new Shelf(count, (row) => {
      const place = mapped?.[row].place ?? "cpu";
      const options = { dtype: dtypeById(dtypes[row]), location: places.get(row) ?? "cpu", key: keys.get(row) ?? row };
      if (place === "meta") return Storage.remote({ ...options, nbytes: sizes[row], device: "meta" });
      if (place !== "cpu") return Storage.remote(onDevice(place, handles.get(row), { dtype: options.dtype.name, nbytes: sizes[row], key: options.key }));
      const { later } = this;
      if (later !== null && sizes[row] > 0) {
        const map = (): Uint8Array => later(row);
        return Storage.deferred({ ...options, nbytes: sizes[row], map, read: async () => map() });
      }
      const { root, from } = views.get(row) ?? { root: row, from: 0 }; // a view shares the bytes of its root
      return Storage.within(buffers[root].buffer, buffers[root].byteOffset + starts[root] + from, sizes[row], options);
    });
  }
}
