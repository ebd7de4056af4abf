// The storages of a load, mapped when somebody looks at them. An engine counts what is mapped as memory in use and collects garbage
// for it: to map all of a large file costs the more the larger a program is, and some who load it look at a part.
//
//   load    reads the header in front of each storage, which alone says where its bytes begin, and keeps the file open
//   first   small windows, until they come to 64 MiB: up to there V8 lets things be
//   then    large ones, since each has a price too; the file is closed once all are mapped
//
// A storage is mapped once: tensors that share it share what is written. The archive is let go of before anything is mapped, so
// what is needed of it stands here.
import * as C from "../../assembly/shared/columns.js";
import { NONE } from "../../assembly/shared/status.js";
import type { MmapSource } from "../io/mmap.js";
import { held } from "../io/mmap_held.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import { HEADER, localStart } from "./local_header.js";
import { checkStored, SHARED, widthOf, Windows, type Window } from "./mmap_windows.js";

/** V8 begins to mark when this much came about outside of its heap. */
const FREE = 67108864;
/** Bytes of a small window that several storages share. */
export const SMALL = 33554432;
/** Headers that are read, at most; of more storages than this they are looked at in maps. */
const MOST = 4096;

/** The storages of an archive, without maps yet. */
export class LaterStorages {
  readonly #file: MmapSource;
  readonly #small: Windows;
  readonly #large: Windows;
  /** Bytes that were mapped in small windows. */
  #mapped = 0;
  /** By row: where in the archive its bytes begin, how many they are, and a multiple of what they have to begin at in memory. */
  readonly #starts: Float64Array;
  readonly #sizes: Float64Array;
  readonly #widths: Uint8Array;

  /**
   * The storages of an archive; null: they are to be mapped at once.
   *
   * @throws FormatError, UnsupportedError where a storage cannot be mapped
   */
  static of(archive: Archive, file: MmapSource, begin: number): LaterStorages | null {
    if (archive.storageCount > MOST || !held.hasRoom(file)) return null;
    const large = new Windows(archive, file, begin, SHARED);
    if (large.total <= FREE) return null;
    const later = new LaterStorages(archive, file, begin, large);
    held.hold(file, later);
    return later;
  }

  private constructor(archive: Archive, file: MmapSource, begin: number, large: Windows) {
    this.#file = file;
    this.#small = new Windows(archive, file, begin, SMALL);
    this.#large = large;
    const { storages, entries } = archive.columns;
    this.#starts = new Float64Array(archive.storageCount);
    this.#sizes = new Float64Array(archive.storageCount);
    this.#widths = new Uint8Array(archive.storageCount).fill(1);
    for (const row of archive.ownRows()) {
      const entry = storages[row * C.S_WORDS + C.S_ENTRY];
      if (entry === NONE || wide(entries, entry * C.E_WORDS + C.E_SIZE) === 0) continue;
      checkStored(archive, entry);
      large.check(row);
      const header = wide(entries, entry * C.E_WORDS + C.E_HEADER);
      const head = new Uint8Array(HEADER);
      const count = file.read(begin + header, head);
      this.#starts[row] = header + localStart(archive, entry, archive.recordEnds[entry], head.subarray(0, count), 0);
      this.#sizes[row] = wide(storages, row * C.S_WORDS + C.S_NBYTES);
      this.#widths[row] = widthOf(archive, row);
    }
  }

  /**
   * The bytes of a storage, which is mapped now.
   *
   * @throws SourceError `SHORT_READ` where the file was cut short since it was opened, `MMAP` where the system refuses
   */
  bytes(row: number): Uint8Array {
    const { bytes, zero } = this.#window(row);
    const start = zero + this.#starts[row];
    const end = start + this.#sizes[row];
    const isAligned = (bytes.byteOffset + start) % this.#widths[row] === 0;
    return isAligned ? bytes.subarray(start, end) : bytes.slice(start, end);
  }

  #window(row: number): Window {
    const known = this.#small.known(row) ?? this.#large.known(row);
    if (known !== undefined) return known;
    const isSmall = this.#mapped < FREE;
    const made = isSmall ? this.#small.window(row) : this.#large.window(row);
    if (isSmall) this.#mapped += made.bytes.length;
    if (this.#small.isWhole || this.#large.isWhole) held.letGo(this.#file, this);
    return made;
  }
}
