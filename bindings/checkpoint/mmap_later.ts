// The storages of a load, mapped when somebody looks at them. An engine counts what is mapped as memory in use and collects garbage
// for it, so a map of all costs the more the larger a program is, and most that load a file by a map look at a part of it first.
//
//   load    reads the header in front of each storage, which alone says where its bytes begin, and keeps the file open
//   first   small windows, up to 64 MiB in all: those are free
//   then    large ones, since each window has a price too; the file is closed once all is mapped
//
// A storage is mapped once: tensors that share it share what is written. The archive is let go of before anything is mapped, so what is
// needed of it stands here.
import * as C from "../../assembly/shared/columns.js";
import { NONE } from "../../assembly/shared/status.js";
import { held } from "../io/mmap_held.js";
import type { Mapping, MmapSource } from "../io/mmap.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import { HEADER, localStart } from "./local_header.js";
import { checkStored, LARGEST, widthOf, Windows } from "./mmap_windows.js";

/** Bytes that an engine lets be: V8 begins to mark at 64 MiB. */
export const FREE = 67108864;
/** Storages share a small window of this much. */
export const SMALL = 33554432;
/** Each costs the load a read: of more than so many, their headers are looked at in the map. */
const MOST = 4096;

/** Storages without a map yet. */
export class LaterStorages {
  readonly #file: MmapSource;
  /** Where in the file the archive begins. */
  readonly #begin: number;
  readonly #small: Windows;
  readonly #large: Windows;
  readonly #smallMaps: (Mapping | undefined)[];
  readonly #largeMaps: (Mapping | undefined)[];
  /** By row: where in the archive its bytes begin; how many; a multiple of what they have to begin at. */
  readonly #starts: Float64Array;
  readonly #sizes: Float64Array;
  readonly #widths: Uint8Array;
  /** Bytes that were mapped in small windows. */
  #mapped = 0;
  /** Large windows without a map. */
  #left: number;

  /** The storages of an archive; undefined: they are better mapped at once. */
  static of(archive: Archive, file: MmapSource, begin: number): LaterStorages | undefined {
    if (archive.storageCount > MOST || !held.hasRoom(file)) return undefined;
    const large = new Windows(archive, LARGEST);
    const total = large.from.reduce((sum, _, index) => sum + large.length(index), 0);
    if (total <= FREE) return undefined;
    const later = new LaterStorages(archive, file, begin, large);
    held.hold(file, later);
    return later;
  }

  private constructor(archive: Archive, file: MmapSource, begin: number, large: Windows) {
    this.#file = file;
    this.#begin = begin;
    this.#large = large;
    this.#small = new Windows(archive, SMALL);
    this.#smallMaps = new Array<Mapping | undefined>(this.#small.from.length);
    this.#largeMaps = new Array<Mapping | undefined>(large.from.length);
    this.#left = large.from.length;
    const count = archive.storageCount;
    this.#starts = new Float64Array(count);
    this.#sizes = new Float64Array(count);
    this.#widths = new Uint8Array(count);
    for (const row of archive.ownRows()) this.#find(archive, row);
  }

  /** Reads where the bytes of a storage begin. */
  #find(archive: Archive, row: number): void {
    const { storages, entries } = archive.columns;
    const entry = storages[row * C.S_WORDS + C.S_ENTRY];
    if (entry === NONE || wide(entries, entry * C.E_WORDS + C.E_SIZE) === 0) return;
    checkStored(archive, entry);
    const header = wide(entries, entry * C.E_WORDS + C.E_HEADER);
    const head = new Uint8Array(HEADER);
    const count = this.#file.read(this.#begin + header, head);
    this.#starts[row] = header + localStart(archive, entry, archive.recordEnds[entry], head.subarray(0, count), 0);
    this.#sizes[row] = wide(storages, row * C.S_WORDS + C.S_NBYTES);
    this.#widths[row] = widthOf(archive, row);
  }

  /**
   * The bytes of a storage, which is mapped now; empty where it has none.
   *
   * @throws SourceError `SHORT_READ` where the file was cut short since it was opened, `MMAP` where the system refuses
   */
  bytes(row: number): Uint8Array {
    const size = this.#sizes[row];
    if (size === 0) return new Uint8Array(0);
    const { from, bytes, at } = this.#window(row);
    const start = at + this.#starts[row] - from;
    const isAligned = (bytes.byteOffset + start) % this.#widths[row] === 0;
    return isAligned ? bytes.subarray(start, start + size) : bytes.slice(start, start + size);
  }

  /** The window with a row, and where in the archive it begins. */
  #window(row: number): Mapping & { readonly from: number } {
    const small = this.#small.of[row];
    const large = this.#large.of[row];
    const known = this.#smallMaps[small];
    if (known !== undefined) return { ...known, from: this.#small.from[small] };
    if (this.#largeMaps[large] !== undefined || this.#mapped >= FREE) return { ...this.#largeWindow(large), from: this.#large.from[large] };
    const made = this.#map(this.#small, small);
    this.#smallMaps[small] = made;
    this.#mapped += made.bytes.length;
    return { ...made, from: this.#small.from[small] };
  }

  #largeWindow(index: number): Mapping {
    const known = this.#largeMaps[index];
    if (known !== undefined) return known;
    const made = this.#map(this.#large, index);
    this.#largeMaps[index] = made;
    if (--this.#left === 0) held.letGo(this.#file, this);
    return made;
  }

  #map(windows: Windows, index: number): Mapping {
    return this.#file.map(this.#begin + windows.from[index], windows.length(index));
  }
}
