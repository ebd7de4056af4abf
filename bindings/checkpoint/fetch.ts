// Fetch what was planned: the bytes of storages, each record checked against its header, its size and its CRC.
//
//   zip      local header, name, extra, content (local_header.ts)
//   stream   i64 number of elements, then content
import * as C from "../../assembly/shared/columns.js";
import { DTYPES, UNTYPED } from "../../assembly/shared/dtypes.js";
import { FAULT } from "../../assembly/shared/status.js";
import { FormatError } from "../core/errors.js";
import { crc32Within, swapBytes } from "../core/kernels.js";
import { wrongCrc } from "../core/wrong_crc.js";
import type { Read, Steps } from "../io/steps.js";
import { dtypeById } from "../torch/dtype.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import type { Far } from "./fetch_far.js";
import type { MappedStorages } from "./mmap.js";
import { planStorages, type Merged, type Plan } from "./plan.js";
import { HEADER, localStart } from "./local_header.js";

/** Bytes of the number of elements in front of a storage of a stream. */
export const COUNT = 8;

/** How to fetch. */
export interface FetchOptions {
  /** Compare each record with the CRC-32 that the directory states, where it states one. */
  readonly checkCrc32: boolean;
  /** The elements stand big end first, and are to be turned. */
  readonly big: boolean;
  /** Told how many bytes the reads will have come to, before the first. */
  readonly planned?: (bytes: number) => void;
  /** The name of a tensor over the storage of a row, for those who watch. */
  readonly nameOf?: (row: number) => string | null;
  /** The storages as views of a mapped file: nothing is read. */
  readonly views?: MappedStorages;
}

/** Told where the bytes of a storage are: they begin at `from` in `bytes`, aligned for their elements. */
export type Take = (row: number, bytes: Uint8Array, from: number, nbytes: number) => void;

/** Fetches the storages of these rows and hands each to `take`, those of one read as parts of one buffer. */
export function* fetchStorages(archive: Archive, rows: ArrayLike<number>, options: FetchOptions, take: Take): Steps<void> {
  if (options.views !== undefined) return options.views.takeAll(rows, take);
  const { gap } = archive;
  const far = gap === undefined ? undefined : yield* archive.families.far.get();
  const plan = gap === undefined || far === undefined ? planStorages(archive, rows) : far.planFar(archive, rows, gap);
  options.planned?.(bytesOf(archive, plan));
  const acceptFor = acceptor(archive, options);
  if (far !== undefined) {
    const start = (row: number, bytes: Uint8Array, at: number): number => contentStart(archive, plan.ends, row, bytes, at);
    return yield* far.fetchFar(archive, plan, { contentStart: start, accept: acceptFor, take, nameOf: options.nameOf });
  }
  const accept: Accept = (row, bytes, from, to) => acceptFor(row, bytes, from, to, take);
  const window = new Window(archive, plan);
  for (const group of plan.merged) {
    const stored = !options.big && archive.hasRecords && group.rows.every((row) => isStored(archive, row));
    if (stored) yield* fetchStored(archive, plan, group, window, options, accept, take);
    else yield* fetchMixed(archive, plan, group, accept);
  }
  yield* fetchLarge(archive, plan, options, accept);
}

/** Bytes that the reads of a plan come to. */
function bytesOf(archive: Archive, { merged, large }: Plan): number {
  const { entries, storages } = archive.columns;
  let sum = 0;
  for (const { from, to } of merged) sum += to - from;
  for (const row of large) sum += headerBytes(archive) + wide(entries, storages[row * C.S_WORDS + C.S_ENTRY] * C.E_WORDS + C.E_PACKED);
  return sum;
}

type Accept = (row: number, bytes: Uint8Array, from: number, to: number) => void;

function isStored(archive: Archive, row: number): boolean {
  const { entries, storages } = archive.columns;
  return entries[storages[row * C.S_WORDS + C.S_ENTRY] * C.E_WORDS + C.E_METHOD] === 0;
}

/** Memory of the core for one merged read: its bytes, the rows in it, and their contents side by side. */
class Window {
  readonly #archive: Archive;
  readonly #plan: Plan;
  #bytes = 0;
  #rows = 0;
  #out = 0;

  constructor(archive: Archive, plan: Plan) {
    this.#archive = archive;
    this.#plan = plan;
  }

  /** Claims the memory at the first group; false where there is none. */
  open(): boolean {
    if (this.#bytes !== 0) return true;
    const most = (of: (group: Merged) => number): number => this.#plan.merged.reduce((n, group) => Math.max(n, of(group)), 16);
    const { core } = this.#archive;
    this.#bytes = core.alloc(most((group) => group.to - group.from)) >>> 0;
    this.#rows = core.alloc(most((group) => group.rows.length * 4)) >>> 0;
    this.#out = core.alloc(most((group) => roomOf(this.#archive, group))) >>> 0;
    return this.#bytes !== 0 && this.#rows !== 0 && this.#out !== 0;
  }

  /** Where to read a group's bytes to. */
  into(group: Merged): Uint8Array {
    return this.#archive.memory.bytes(this.#bytes, group.to - group.from);
  }

  /** The contents of a group that was read, in a buffer of their own. */
  *contents(group: Merged, check: boolean): Steps<Uint8Array> {
    const { core, memory, columns } = this.#archive;
    const words = memory.u32;
    const { storages } = columns;
    for (let i = 0; i < group.rows.length; i++) words[(this.#rows >>> 2) + i] = storages[group.rows[i] * C.S_WORDS + C.S_ENTRY];
    const room = roomOf(this.#archive, group);
    const length = group.to - group.from;
    const status = core.takeContents(this.#bytes, length, BigInt(group.from), this.#rows, group.rows.length, this.#out, room, check ? 1 : 0);
    if (status === FAULT) throw yield* this.#archive.faultError();
    return memory.bytes(this.#out, room).slice();
  }
}

/**
 * A group of stored records: the core takes them out of the read. A source that is in memory keeps them where they are,
 * and one record alone is no work: reads of an open file, one after the other, claim no memory of the core.
 */
function* fetchStored(
  archive: Archive, plan: Plan, group: Merged, window: Window, options: FetchOptions, accept: Accept, take: Take,
): Steps<void> {
  const length = group.to - group.from;
  const into = group.rows.length > 1 && window.open() ? window.into(group) : undefined;
  const [bytes] = yield [{ offset: group.from, length, into, orView: true }];
  if (into === undefined || bytes.buffer !== into.buffer) {
    for (const row of group.rows) acceptAt(archive, plan, group, row, bytes, accept);
    return;
  }
  const contents = yield* window.contents(group, options.checkCrc32);
  const { entries, storages } = archive.columns;
  let from = 0;
  for (const row of group.rows) {
    const size = entries[storages[row * C.S_WORDS + C.S_ENTRY] * C.E_WORDS + C.E_SIZE]; // small: the low word is all of it
    take(row, contents, from, size);
    from += room(size);
  }
}

/** Hands over one stored record of a group's bytes. */
function acceptAt(archive: Archive, plan: Plan, group: Merged, row: number, bytes: Uint8Array, accept: Accept): void {
  const { entries, storages } = archive.columns;
  const entry = storages[row * C.S_WORDS + C.S_ENTRY];
  const at = wide(entries, entry * C.E_WORDS + C.E_HEADER) - group.from;
  const start = at + contentStart(archive, plan.ends, row, bytes, at);
  accept(row, bytes, start, start + wide(entries, entry * C.E_WORDS + C.E_PACKED));
}

/** A group in which some records are deflated, or big-endian: a re-zipped file, mostly. */
function* fetchMixed(archive: Archive, plan: Plan, group: Merged, accept: Accept): Steps<void> {
  const { entries, storages } = archive.columns;
  const [bytes] = yield [{ offset: group.from, length: group.to - group.from }];
  for (const row of group.rows) {
    if (isStored(archive, row)) {
      acceptAt(archive, plan, group, row, bytes, accept);
      continue;
    }
    const entry = storages[row * C.S_WORDS + C.S_ENTRY];
    const w = entry * C.E_WORDS;
    const header = wide(entries, w + C.E_HEADER);
    const start = header + contentStart(archive, plan.ends, row, bytes, header - group.from);
    const size = wide(entries, w + C.E_SIZE);
    const packed = wide(entries, w + C.E_PACKED);
    const held = bytes.subarray(start - group.from, start - group.from + packed);
    const [inflated] = yield [{ offset: start, length: packed, inflated: size, held }]; // the driver knows how to inflate
    accept(row, inflated, 0, size);
  }
}

/** Bytes that a content of n bytes takes among others: each begins where any element is aligned. */
function room(n: number): number {
  return (n + 15) & ~15;
}

/** What the contents of a group take side by side. */
function roomOf(archive: Archive, group: Merged): number {
  const { entries, storages } = archive.columns;
  let sum = 0;
  for (const row of group.rows) {
    const w = storages[row * C.S_WORDS + C.S_ENTRY] * C.E_WORDS;
    sum += room(entries[w + C.E_SIZE]); // small: the low word is all of it
  }
  return sum;
}

/** Large records: their headers first, then all contents, each checked as it arrives while the others are under way. */
function* fetchLarge(archive: Archive, plan: Plan, options: FetchOptions, accept: Accept): Steps<void> {
  if (plan.large.length === 0) return;
  const { entries, storages } = archive.columns;
  const entryOf = (row: number): number => storages[row * C.S_WORDS + C.S_ENTRY];
  const heads = yield plan.large.map((row) => ({ offset: wide(entries, entryOf(row) * C.E_WORDS + C.E_HEADER), length: headerBytes(archive) }));
  yield plan.large.map((row, i): Read => {
    const w = entryOf(row) * C.E_WORDS;
    const size = wide(entries, w + C.E_SIZE);
    return {
      offset: wide(entries, w + C.E_HEADER) + contentStart(archive, plan.ends, row, heads[i], 0),
      length: wide(entries, w + C.E_PACKED),
      inflated: entries[w + C.E_METHOD] === 0 ? undefined : size,
      tensor: options.nameOf?.(row),
      arrived: (bytes) => accept(row, bytes, 0, size),
    };
  });
}

/** Bytes of the part of a header that tells where the content begins. */
export function headerBytes(archive: Archive): number {
  return archive.hasRecords ? HEADER : COUNT;
}

/** The stream's count of elements, held against what the pickle says. */
export function checkCount(archive: Archive, row: number, bytes: Uint8Array, at: number): void {
  const { entries, storages } = archive.columns;
  const found = at + COUNT <= bytes.length ? new DataView(bytes.buffer, bytes.byteOffset + at, COUNT).getBigInt64(0, true) : -1n;
  const claimed = wide(storages, row * C.S_WORDS + C.S_NUMEL);
  if (found === BigInt(claimed)) return;
  throw new FormatError(
    `Cannot read storage "${archive.storage(row).key}": storage has wrong byte size. The pickle claims ${claimed} elements, ` +
      `its content says ${found}`,
    { code: "STREAM_COUNT", offset: wide(entries, storages[row * C.S_WORDS + C.S_ENTRY] * C.E_WORDS + C.E_HEADER) },
  );
}

/** Bytes from what stands in front of a storage to its content. */
export function contentStart(archive: Archive, ends: Float64Array, row: number, bytes: Uint8Array, at: number): number {
  const { entries, storages } = archive.columns;
  const entry = storages[row * C.S_WORDS + C.S_ENTRY];
  if (entries[entry * C.E_WORDS + C.E_FORM] === C.FORM_STREAM) {
    checkCount(archive, row, bytes, at);
    return COUNT;
  }
  return localStart(archive, entry, ends[entry], bytes, at);
}

/** Checks a record's content and makes it usable: aligned, and in this machine's order. */
function acceptor(archive: Archive, options: FetchOptions): Far["accept"] {
  // Bytes of what is swapped and aligned as one, by dtype. Untyped storages are seen through wider dtypes.
  const widths = Array.from({ length: DTYPES }, (_, id) => {
    const dtype = dtypeById(id);
    return Math.min(8, dtype.isComplex ? dtype.itemsize / 2 : dtype.itemsize);
  });
  return (row, bytes, from, to, take) => {
    const { storages } = archive.columns; // asked for anew: memory may have grown
    if (options.checkCrc32) {
      const entry = storages[row * C.S_WORDS + C.S_ENTRY];
      const crc = archive.crcOf(entry);
      if (crc !== 0 && crc32Within(bytes, from, to) !== crc) throw wrongCrc(archive.entry(entry).name);
    }
    const id = storages[row * C.S_WORDS + C.S_DTYPE];
    const width = widths[id];
    if (options.big && width > 1) {
      const turned = bytes.slice(from, to);
      swapBytes(turned, width as 2 | 4 | 8); // itemsizes are powers of two
      take(row, turned, 0, to - from);
    } else if ((bytes.byteOffset + from) % (id === UNTYPED ? 8 : width) !== 0) take(row, bytes.slice(from, to), 0, to - from);
    else take(row, bytes, from, to - from);
  };
}
