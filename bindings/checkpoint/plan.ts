// Plan, then fetch: which ranges of the source hold the storages, merged, as plain data that can be printed and tested.
//
//   small records that lie close together    one read, whose buffer they share
//   a large record                           a buffer of its own
import * as C from "../../assembly/shared/columns.js";
import { NONE } from "../../assembly/shared/status.js";
import { FormatError } from "../core/errors.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";

/** A record at least this large owns its buffer. */
export const LARGE = 65536;
/** Small records share a read of at most this much. */
export const MERGED = 8 * 1024 * 1024;
/** A gap up to this is read over rather than around. */
export const GAP = 65536;
/** Reads begin at multiples of it, so that what is aligned in the file is aligned in memory. */
export const ALIGN = 64;

/** One read that holds the records of several rows of STORAGES. */
export interface Merged {
  readonly from: number;
  readonly to: number;
  readonly rows: Uint32Array;
}

/** What is to be read. */
export interface Plan {
  readonly merged: readonly Merged[];
  /** Rows of STORAGES whose records are read each by itself. */
  readonly large: readonly number[];
  /** Where the record of each entry ends at the latest, by row of ENTRIES. */
  readonly ends: Float64Array;
}

/** Plans the reads for these rows of STORAGES. Storages without bytes need none. */
export function planStorages(archive: Archive, rows: ArrayLike<number>): Plan {
  const { storages, entries } = archive.columns;
  const ends = archive.recordEnds;
  const order = inFileOrder(archive, rows);
  const small = new Uint32Array(order.length);
  const merged: Merged[] = [];
  const large: number[] = [];
  let from = -1; // of the group that is being filled; -1: none is
  let to = 0;
  let first = 0;
  let count = 0;
  const close = (): void => {
    if (from >= 0) merged.push({ from, to, rows: small.subarray(first, count) });
    first = count;
  };
  for (let i = 0; i < order.length; i++) {
    const row = order[i];
    const entry = storages[row * C.S_WORDS + C.S_ENTRY];
    const w = entry * C.E_WORDS;
    if (wide(entries, w + C.E_PACKED) >= LARGE || wide(entries, w + C.E_SIZE) >= LARGE) {
      large.push(row);
      continue;
    }
    const header = wide(entries, w + C.E_HEADER);
    const end = ends[entry];
    if (from < 0 || header - to > GAP || end - from > MERGED) {
      close();
      from = Math.floor(header / ALIGN) * ALIGN;
    }
    to = end;
    small[count++] = row;
  }
  close();
  return { merged, large, ends };
}

/** The rows whose storages have bytes, in the order of the file. */
export function inFileOrder(archive: Archive, rows: ArrayLike<number>): Uint32Array {
  const { storages, entries } = archive.columns;
  const out = new Uint32Array(rows.length);
  let count = 0;
  let sorted = true;
  let last = -1;
  for (let i = 0; i < rows.length; i++) {
    const entry = storages[rows[i] * C.S_WORDS + C.S_ENTRY];
    if (entry === NONE) continue;
    const w = entry * C.E_WORDS;
    if (wide(entries, w + C.E_SIZE) === 0) continue;
    if (entries[w + C.E_METHOD] !== 0 || (entries[w + C.E_FLAGS] & 1) !== 0) refuseUnreadable(archive, entry);
    const header = wide(entries, w + C.E_HEADER);
    if (header < last) sorted = false;
    last = header;
    out[count++] = rows[i];
  }
  const found = out.subarray(0, count);
  const headerOf = (row: number): number => wide(entries, storages[row * C.S_WORDS + C.S_ENTRY] * C.E_WORDS + C.E_HEADER);
  return sorted ? found : found.sort((a, b) => headerOf(a) - headerOf(b));
}

/** Throws where a record is encrypted, or compressed by something other than deflate. */
export function refuseUnreadable(archive: Archive, entry: number): void {
  const { entries } = archive.columns;
  const method = entries[entry * C.E_WORDS + C.E_METHOD];
  const encrypted = (entries[entry * C.E_WORDS + C.E_FLAGS] & 1) !== 0;
  if (!encrypted && (method === 0 || method === 8)) return;
  const { name } = archive.entry(entry);
  const why = encrypted ? "it is encrypted" : `unsupported method ${method}; records are stored (0) or deflated (8)`;
  throw new FormatError(`Cannot read record "${name}": ${why}`, { code: encrypted ? "ZIP_ENCRYPTED" : "ZIP_METHOD", record: name });
}
