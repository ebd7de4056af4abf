// Storages as views of a mapped file: nothing of them is read before it is looked at. What stands in front of each is looked
// at, since only that says where its bytes begin; its CRC is not, which takes all bytes (torch looks at none of them either).
//
//   file     header │ storage │ header │ storage │ …        records of a zip, each stored as it is
//   windows  ╰────────────────────────────────────╯ ╰───    in the order of the file, each mapped when a storage in it is asked for
//
// An engine counts what is mapped as memory in use, and collects garbage for it: a file that is opened is mapped in small windows,
// so that to read one tensor costs no more than that; a load, which asks for all, takes the fewest, since each has a price too.
import * as C from "../../assembly/shared/columns.js";
import { UNTYPED } from "../../assembly/shared/dtypes.js";
import * as FACT from "../../assembly/shared/facts.js";
import { NONE } from "../../assembly/shared/status.js";
import { ArgumentError, LimitError, UnsupportedError } from "../core/errors.js";
import { MmapSource, openMmap, PAGE, type Mapping } from "../io/mmap.js";
import type { Source } from "../io/source.js";
import { WindowSource } from "../io/window.js";
import { dtypeById } from "../torch/dtype.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import type { Take } from "./fetch.js";
import { HEADER, localStart } from "./local_header.js";
import type { LoadOptions } from "./options.js";
import { inFileOrder } from "./plan.js";

/** One typed array ends here on Node 20. */
const LARGEST = 4294967296;
/** Storages of an opened file share a map of this much; a larger one has its own. */
const SHARED = 67108864;
/** A name and an extra field have 16 bits of length each. */
const LONGEST_HEADER = HEADER + 2 * 65535;

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
  if (mapped.read(from, head) === 4 && head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) return (archive, wanted) => viewed(archive, mapped, from, wanted === "all" ? LARGEST : SHARED);
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

/** A storage begins at a multiple of so many bytes. Untyped ones are seen through wider dtypes. */
function widthOf(id: number): number {
  const { isComplex, itemsize } = dtypeById(id);
  return id === UNTYPED ? 8 : Math.min(8, isComplex ? itemsize / 2 : itemsize);
}

/** The storages of one archive, mapped. */
export class MappedStorages {
  readonly #archive: Archive;
  readonly #file: MmapSource;
  /** Where in the file the archive begins. */
  readonly #begin: number;
  readonly #ends: Float64Array;
  /** Where each window begins, and where it ends. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #windows: Mapping[] = [];
  /** By row of STORAGES: the window that it lies in. */
  readonly #windowOf: Uint32Array;

  /**
   * @param begin where in the file the archive begins
   * @param most bytes of a window that several storages share
   */
  constructor(archive: Archive, file: MmapSource, begin: number, most: number) {
    this.#archive = archive;
    this.#file = file;
    this.#begin = begin;
    this.#ends = archive.recordEnds;
    this.#windowOf = new Uint32Array(archive.storageCount);
    const { storages, entries } = archive.columns;
    for (const row of inFileOrder(archive, archive.ownRows())) {
      const entry = storages[row * C.S_WORDS + C.S_ENTRY];
      const header = wide(entries, entry * C.E_WORDS + C.E_HEADER);
      const to = Math.min(this.#ends[entry], header + LONGEST_HEADER + wide(entries, entry * C.E_WORDS + C.E_PACKED));
      const last = this.#from.length - 1;
      if (last < 0 || to - this.#from[last] > most) {
        this.#from.push(Math.floor(header / PAGE) * PAGE);
        this.#to.push(to);
      } else this.#to[last] = Math.max(this.#to[last], to);
      this.#windowOf[row] = this.#from.length - 1;
    }
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
    if (entries[entry * C.E_WORDS + C.E_METHOD] !== 0) {
      const { name } = this.#archive.entry(entry);
      throw new UnsupportedError(`Cannot map record "${name}": it is deflated, so its bytes are not in the file as they are. Load it without mmap`, { code: "MMAP", record: name });
    }
    const index = this.#windowOf[row];
    const { bytes, at } = this.#window(index);
    const header = at + wide(entries, entry * C.E_WORDS + C.E_HEADER) - this.#from[index];
    const start = header + localStart(this.#archive, entry, this.#ends[entry], bytes, header);
    const aligned = (bytes.byteOffset + start) % widthOf(storages[row * C.S_WORDS + C.S_DTYPE]) === 0;
    if (aligned) take(row, bytes, start, size);
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

  #window(index: number): Mapping {
    const known = this.#windows[index];
    if (known !== undefined) return known;
    const from = this.#from[index];
    const length = this.#to[index] - from;
    if (length > LARGEST) {
      throw new LimitError(`A storage takes a map of ${length} bytes; one buffer holds ${LARGEST} here. Open the file without mmap and read its parts`, {
        code: "LIMIT_BUFFER", found: length, limit: LARGEST,
      });
    }
    return this.#windows[index] = this.#file.map(this.#begin + from, length);
  }
}
