// Fetch from far away: whole groups of records in one request each, several under way at a time. The last record of a group is
// asked for up to where its content should end; what its header does not confirm is asked for again.
import * as C from "../../assembly/shared/columns.js";
import type { Read, Steps } from "../io/steps.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import type { Take } from "./fetch.js";
import { LARGE, type Merged, type Plan } from "./plan.js";

/** Groups of so many bytes together are under way before the next ones are begun. */
const AT_ONCE = 64 * 1024 * 1024;

/** What `fetch` lends. */
export interface Far {
  /** Bytes from the header of a row, which stands at `at` of `bytes`, to its content. Throws where there is no such header. */
  contentStart(row: number, bytes: Uint8Array, at: number): number;
  /** Checks a content, turns it where it has to be, and hands it to `take`. */
  accept(row: number, bytes: Uint8Array, from: number, to: number, take: Take): void;
  /** Takes what is accepted. */
  readonly take: Take;
  /** The name of a tensor over the storage of a row, for those who watch. */
  readonly nameOf: ((row: number) => string | null) | undefined;
}

/** Fetches what was planned. */
export function* fetchFar(archive: Archive, plan: Plan, far: Far): Steps<void> {
  const { merged } = plan;
  for (let first = 0; first < merged.length;) {
    const late: Read[] = [];
    const batch: Read[] = [];
    for (let bytes = 0; first < merged.length && (bytes === 0 || bytes + lengthOf(merged[first]) <= AT_ONCE); first++) {
      const group = merged[first];
      bytes += lengthOf(group);
      batch.push({
        offset: group.from, length: lengthOf(group), tensor: group.rows.length === 1 ? far.nameOf?.(group.rows[0]) : null,
        arrived: (read) => take(archive, group, read, far, late),
      });
    }
    yield batch;
    if (late.length > 0) yield late;
  }
}

function lengthOf({ from, to }: Merged): number {
  return to - from;
}

/** Takes the records out of a group that was read; those that have to wait for another read become late. */
function take(archive: Archive, group: Merged, bytes: Uint8Array, far: Far, late: Read[]): void {
  const { entries, storages } = archive.columns;
  const sorted = group.rows.length === 1 ? far.take : apart(archive, group, bytes, far.take);
  for (const row of group.rows) {
    const w = storages[row * C.S_WORDS + C.S_ENTRY] * C.E_WORDS;
    const at = wide(entries, w + C.E_HEADER) - group.from;
    const start = at + far.contentStart(row, bytes, at);
    const length = wide(entries, w + C.E_PACKED);
    const size = wide(entries, w + C.E_SIZE);
    const inflated = entries[w + C.E_METHOD] === 0 ? undefined : size;
    const here = start + length <= bytes.length;
    if (here && inflated === undefined) far.accept(row, bytes, start, start + length, sorted);
    else {
      late.push({
        offset: group.from + start, length, inflated, tensor: far.nameOf?.(row), ...(here ? { held: bytes.subarray(start, start + length) } : {}),
        arrived: (content) => far.accept(row, content, 0, size, far.take),
      });
    }
  }
}

/** Takes records out of the buffer of their group: large ones into buffers of their own, small ones into one that they share. */
function apart(archive: Archive, group: Merged, bytes: Uint8Array, take: Take): Take {
  let room = 0;
  for (const row of group.rows) if (archive.storageBytes(row) < LARGE) room += aligned(archive.storageBytes(row));
  const shared = new Uint8Array(room);
  let used = 0;
  return (row, content, from, nbytes) => {
    if (content.buffer !== bytes.buffer) take(row, content, from, nbytes); // it was copied already
    else if (nbytes >= LARGE) take(row, content.slice(from, from + nbytes), 0, nbytes);
    else {
      shared.set(content.subarray(from, from + nbytes), used);
      take(row, shared, used, nbytes);
      used += aligned(nbytes);
    }
  };
}

/** Bytes that a content takes among others: each begins where any element is aligned. */
function aligned(nbytes: number): number {
  return (nbytes + 15) & ~15;
}
