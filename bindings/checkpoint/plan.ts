// Plan, then fetch: which ranges of the source hold the storages, merged, as plain data that can be printed and tested.
//
//   small records that lie close together    one read, whose buffer they share
//   a large record                           a buffer of its own
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import { NONE } from "../../assembly/shared/status.js";
import { FormatError } from "../core/errors.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";

/** A record at least this large owns its buffer. */
export const LARGE = 65536;
/** Small records share a read of at most this much. */
const MERGED = 8 * 1024 * 1024;
/** A gap up to this is read over rather than around. */
const GAP = 65536;
/** Reads begin at multiples of it, so that what is aligned in the file is aligned in memory. */
const ALIGN = 64;

/** One record that is wanted: row of STORAGES, and where the record stands. */
export interface Wanted {
  readonly row: number;
  readonly entry: number;
  readonly header: number;
  readonly packed: number;
  readonly size: number;
  readonly deflated: boolean;
  /** The next record begins here at the soonest. */
  readonly end: number;
}

/** One read that holds several records. */
export interface Merged {
  readonly from: number;
  readonly to: number;
  readonly records: readonly Wanted[];
}

/** What is to be read. */
export interface Plan {
  readonly merged: readonly Merged[];
  readonly large: readonly Wanted[];
}

/** Plans the reads for these rows of STORAGES. Storages without bytes need none. */
export function planStorages(archive: Archive, rows: Iterable<number>): Plan {
  const wanted = locate(archive, rows);
  const merged: { from: number; to: number; records: Wanted[] }[] = [];
  const large: Wanted[] = [];
  let open: { from: number; to: number; records: Wanted[] } | undefined;
  for (const w of wanted) {
    if (w.packed >= LARGE || w.size >= LARGE) {
      large.push(w);
      continue;
    }
    if (open === undefined || w.header - open.to > GAP || w.end - open.from > MERGED) {
      open = { from: Math.floor(w.header / ALIGN) * ALIGN, to: w.end, records: [] };
      merged.push(open);
    }
    open.to = Math.max(open.to, w.end);
    open.records.push(w);
  }
  return { merged, large };
}

/** The records of the rows, in the order of the file. */
function locate(archive: Archive, rows: Iterable<number>): Wanted[] {
  const { storages, entries } = archive.columns;
  const ends = recordEnds(entries, archive.fact64(FACT.FACT_DIRECTORY));
  const out: Wanted[] = [];
  let sorted = true;
  let last = -1;
  for (const row of rows) {
    const entry = storages[row * C.S_WORDS + C.S_ENTRY];
    if (entry === NONE) continue;
    const w = entry * C.E_WORDS;
    const size = wide(entries, w + C.E_SIZE);
    if (size === 0) continue;
    const header = wide(entries, w + C.E_HEADER);
    const method = entries[w + C.E_METHOD];
    if ((entries[w + C.E_FLAGS] & 1) !== 0) {
      const { name } = archive.entry(entry);
      throw new FormatError(`Cannot read record "${name}": it is encrypted`, { code: "ZIP_ENCRYPTED", record: name });
    }
    if (method !== 0 && method !== 8) {
      const { name } = archive.entry(entry);
      throw new FormatError(`Cannot read record "${name}": unsupported method ${method}; records are stored (0) or deflated (8)`, {
        code: "ZIP_METHOD", record: name,
      });
    }
    out.push({
      row, entry, header, size, deflated: method === 8, end: ends[entry],
      packed: wide(entries, w + C.E_PACKED),
    });
    if (header < last) sorted = false;
    last = header;
  }
  if (!sorted) out.sort((a, b) => a.header - b.header);
  return out;
}

/** For each entry, where the next record in the file (or the directory) begins: its own bytes end before that. */
function recordEnds(entries: Uint32Array, directory: number): Float64Array {
  const count = entries.length / C.E_WORDS;
  const headers = new Float64Array(count);
  let sorted = true;
  for (let i = 0; i < count; i++) {
    headers[i] = wide(entries, i * C.E_WORDS + C.E_HEADER);
    if (i > 0 && headers[i] < headers[i - 1]) sorted = false;
  }
  const ends = new Float64Array(count);
  if (sorted) {
    for (let i = 0; i < count; i++) ends[i] = i + 1 < count ? headers[i + 1] : directory;
    return ends;
  }
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => headers[a] - headers[b]);
  for (let i = 0; i < count; i++) ends[order[i]] = i + 1 < count ? headers[order[i + 1]] : directory;
  return ends;
}
