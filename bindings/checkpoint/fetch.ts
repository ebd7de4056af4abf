// Fetch what was planned: the bytes of storages, each record checked against its header, its size and its CRC.
//
//   local header, 30 bytes: "PK\3\4" … u16 name length at 26, u16 extra length at 28; then name, extra, content
import { dtypeById } from "../torch/dtype.js";
import { FormatError } from "../core/errors.js";
import { crc32, swapBytes } from "../core/kernels.js";
import type { Steps } from "../io/steps.js";
import { wrongCrc, type Archive } from "./archive.js";
import { planStorages, type Merged, type Wanted } from "./plan.js";

const HEADER = 30;
/** Large records fetched in one batch, so that several reads can run side by side. */
const BATCH = 8;

/** How to fetch. */
export interface FetchOptions {
  /** Compare each record with the CRC-32 that the directory states, where it states one. */
  readonly checkCrc32: boolean;
  /** The elements stand big end first, and are to be turned. */
  readonly big: boolean;
}

/** Bytes of the storages of these rows, by row. */
export function* fetchStorages(archive: Archive, rows: Iterable<number>, options: FetchOptions): Steps<Map<number, Uint8Array>> {
  const plan = planStorages(archive, rows);
  const out = new Map<number, Uint8Array>();
  for (const group of plan.merged) yield* fetchMerged(archive, group, options, out);
  for (let i = 0; i < plan.large.length; i += BATCH) yield* fetchLarge(archive, plan.large.slice(i, i + BATCH), options, out);
  return out;
}

function* fetchMerged(archive: Archive, group: Merged, options: FetchOptions, out: Map<number, Uint8Array>): Steps<void> {
  const [bytes] = yield [{ offset: group.from, length: group.to - group.from }];
  for (const w of group.records) {
    const at = w.header - group.from;
    const start = contentStart(archive, w, bytes, at);
    const content = bytes.subarray(at + start, at + start + w.packed);
    // A deflated small record is read again by the driver, which knows how to inflate; it is in a re-zipped file only.
    const [ready] = w.deflated ? yield [{ offset: w.header + start, length: w.packed, inflated: w.size }] : [content];
    out.set(w.row, accept(archive, w, ready, options));
  }
}

function* fetchLarge(archive: Archive, wanted: readonly Wanted[], options: FetchOptions, out: Map<number, Uint8Array>): Steps<void> {
  const heads = yield wanted.map((w) => ({ offset: w.header, length: HEADER }));
  const reads = wanted.map((w, i) => {
    const offset = w.header + contentStart(archive, w, heads[i], 0);
    return w.deflated ? { offset, length: w.packed, inflated: w.size } : { offset, length: w.packed };
  });
  const contents = yield reads;
  for (const [i, w] of wanted.entries()) out.set(w.row, accept(archive, w, contents[i], options));
}

/** Bytes from the local header to the content. The directory does not tell it: extra fields differ. */
function contentStart(archive: Archive, w: Wanted, bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0x50 || bytes[at + 1] !== 0x4b || bytes[at + 2] !== 3 || bytes[at + 3] !== 4 || at + HEADER > bytes.length) {
    const { name } = archive.entry(w.entry);
    throw new FormatError(`Cannot read record "${name}": no local header where the directory says`, {
      code: "ZIP_BAD_LOCAL", offset: w.header, record: name,
    });
  }
  const start = HEADER + (bytes[at + 26] | (bytes[at + 27] << 8)) + (bytes[at + 28] | (bytes[at + 29] << 8));
  if (w.header + start + w.packed > w.end) {
    const { name } = archive.entry(w.entry);
    throw new FormatError(`Cannot read record "${name}": its content runs into the next record`, {
      code: "ZIP_ENTRY_BOUNDS", offset: w.header, record: name,
    });
  }
  return start;
}

/** Checks the content and makes it usable: aligned, and in this machine's order. */
function accept(archive: Archive, w: Wanted, content: Uint8Array, options: FetchOptions): Uint8Array {
  if (options.checkCrc32) {
    const crc = archive.crcOf(w.entry);
    if (crc !== 0 && crc32(content) !== crc) throw wrongCrc(archive.entry(w.entry).name);
  }
  const dtype = dtypeById(archive.storageDtype(w.row));
  const width = Math.min(8, dtype.isComplex ? dtype.itemsize / 2 : dtype.itemsize);
  if (options.big && width > 1) {
    const turned = content.slice();
    swapBytes(turned, width as 2 | 4 | 8); // itemsizes are powers of two
    return turned;
  }
  // Untyped storages are seen through wider dtypes: align them as for the widest.
  const align = dtype.name === "untyped" ? 8 : Math.max(width, 1);
  return content.byteOffset % align === 0 ? content : content.slice();
}

/** A part of one storage, from byte `from` up to `to`. A part has no CRC of its own; a deflated record is read whole. */
export function* fetchRange(archive: Archive, row: number, from: number, to: number, options: FetchOptions): Steps<Uint8Array> {
  const { merged, large } = planStorages(archive, [row]);
  const w = merged.length > 0 ? merged[0].records[0] : large[0];
  if (w === undefined || w.deflated || options.big) {
    return ((yield* fetchStorages(archive, [row], options)).get(row) ?? new Uint8Array(0)).slice(from, to);
  }
  const [head] = yield [{ offset: w.header, length: HEADER }];
  const start = w.header + contentStart(archive, w, head, 0);
  const [bytes] = yield [{ offset: start + from, length: to - from }];
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}
