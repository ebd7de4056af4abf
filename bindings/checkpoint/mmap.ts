// Storages as views of a mapped file: nothing of them is read before it is looked at. What stands in front of each is looked
// at, since only that says where its bytes begin; its CRC is not, which takes all bytes (torch looks at none of them either).
//
//   file     header │ storage │ header │ storage │ …        records of a zip, each stored as it is
//   windows  ╰────────────────────────────────────╯ ╰───    in the order of the file, each mapped when a storage in it is asked for
//
// An engine counts what is mapped as memory in use, and collects garbage for it: a file that is opened is mapped in small windows,
// so that to read one tensor costs no more than that. A load, which has to have all, maps the storages of a large file when they are
// looked at (mmap_later.ts), and otherwise all at once in the fewest windows, since each has a price too.
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import { NONE } from "../../assembly/shared/status.js";
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import { MmapSource, openMmap } from "../io/mmap.js";
import type { Source } from "../io/source.js";
import { WindowSource } from "../io/window.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import type { Take } from "./fetch.js";
import { localStart } from "./local_header.js";
import { LaterStorages, SMALL } from "./mmap_later.js";
import { checkStored, SHARED, widthOf, Windows } from "./mmap_windows.js";
import type { LoadOptions } from "./options.js";

/**
 * Opens a path to be mapped, where the options mean that.
 *
 * @throws ArgumentError, UnsupportedError as `openMmap`; ArgumentError `OPTION` where options disagree
 */
export function openMapped(source: unknown, { mmap, checkCrc32 }: LoadOptions): MmapSource {
  if (mmap !== true) throw new ArgumentError(`Option mmap must be true or false, found a value of type ${typeof mmap}`, { code: "OPTION" });
  if (checkCrc32 === true) {
    throw new ArgumentError("Option checkCrc32: what is mapped is not read, so there is nothing to compare; leave out one of mmap and checkCrc32", { code: "OPTION" });
  }
  return openMmap(source);
}

/**
 * The storages of an archive as views, all at once or one by one. Undefined where elements have to be turned, so that there is nothing
 * to view: they are read.
 */
export type Viewing = (archive: Archive, wanted: "all" | "some") => MappedStorages | undefined;

/**
 * How the storages of what this source holds are viewed, once it is opened.
 *
 * @throws UnsupportedError `MMAP` where it is no zip, in torch's words
 */
export function mappable(source: Source): Viewing {
  let from = 0;
  let file = source;
  for (; file instanceof WindowSource; file = file.whole) from += file.from; // an offset, or a member that is stored
  if (!(file instanceof MmapSource)) {
    throw new UnsupportedError("Cannot map a member that is deflated: its bytes are not in the file as they are. Load it without mmap", { code: "MMAP" });
  }
  const mapped = file;
  const head = new Uint8Array(4);
  if (mapped.read(from, head) === 4 && head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) return (archive, wanted) => viewed(archive, mapped, from, wanted === "all" ? SHARED : SMALL);
  throw new UnsupportedError(
    `mmap can only be used with files saved with \`torch.save(${source.name ?? ""}, _use_new_zipfile_serialization=True), ` +
      "please torch.save your checkpoint with this option in order to use mmap; found a file that is no zip archive",
    { code: "MMAP" },
  );
}

function viewed(archive: Archive, file: MmapSource, from: number, most: number): MappedStorages | undefined {
  if (archive.isOther) {
    throw new UnsupportedError(`Option mmap: the storages of a ${archive.container} archive are read one by one; leave it out`, { code: "MMAP" });
  }
  return archive.fact(FACT.FACT_BYTEORDER) === 2 ? undefined : new MappedStorages(archive, file, from, most);
}

/** The storages of one archive, mapped. */
export class MappedStorages {
  readonly #archive: Archive;
  readonly #file: MmapSource;
  /** Where in the file the archive begins. */
  readonly #begin: number;
  readonly #windows: Windows;

  /**
   * @param begin where in the file the archive begins
   * @param most bytes of a window that several storages share
   */
  constructor(archive: Archive, file: MmapSource, begin: number, most: number) {
    this.#archive = archive;
    this.#file = file;
    this.#begin = begin;
    this.#windows = new Windows(archive, file, begin, most);
  }

  /** Gives the bytes of a row when they are looked at, the archive gone by then; null: they are to be taken at once. */
  later(): ((row: number) => Uint8Array) | null {
    const later = LaterStorages.of(this.#archive, this.#file, this.#begin);
    return later && ((row) => later.bytes(row));
  }

  /** Tells where the bytes of these storages are; nothing of those that have none. */
  takeAll(rows: ArrayLike<number>, take: Take): void {
    for (let i = 0; i < rows.length; i++) this.take(rows[i], take);
  }

  /** Tells where the bytes of a storage are; nothing where it has none. */
  take(row: number, take: Take): void {
    const { storages, entries } = this.#archive.columns;
    const entry = storages[row * C.S_WORDS + C.S_ENTRY];
    const size = entry === NONE ? 0 : wide(entries, entry * C.E_WORDS + C.E_SIZE);
    if (size === 0) return;
    checkStored(this.#archive, entry);
    const { bytes, zero } = this.#windows.window(row);
    const header = zero + wide(entries, entry * C.E_WORDS + C.E_HEADER);
    const start = header + localStart(this.#archive, entry, this.#archive.recordEnds[entry], bytes, header);
    const isAligned = (bytes.byteOffset + start) % widthOf(this.#archive, row) === 0;
    if (isAligned) take(row, bytes, start, size);
    else take(row, bytes.slice(start, start + size), 0, size);
  }

  /** The bytes of a storage. */
  bytes(row: number): Uint8Array {
    let found: Uint8Array = new Uint8Array(0);
    this.take(row, (_, bytes, from, nbytes) => {
      found = bytes.subarray(from, from + nbytes);
    });
    return found;
  }
}
