// The plan for a source whose every read costs a round trip: records that lie together become one read whatever their size,
// as long as little is read over; what is wanted of a record and its header are one read too.
import * as C from "../../assembly/shared/columns.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import { ALIGN, inFileOrder, MERGED, type Merged, type Plan } from "./plan.js";
import { RecordOffsets } from "./record_offset.js";

/** Of what is wanted, one byte in so many may be read over besides. */
const WASTE = 128;
/** So many reads are never passed: the smallest gaps are read over, whatever it costs. */
const MOST_READS = 4096;

/**
 * Plans the reads of a far source.
 *
 * @param gap what a read costs, in bytes
 */
export function planFar(archive: Archive, rows: ArrayLike<number>, gap: number): Plan {
  const { storages, entries } = archive.columns;
  const ends = archive.recordEnds;
  const offsets = new RecordOffsets(archive);
  const order = inFileOrder(archive, rows);
  const count = order.length;
  const heads = new Float64Array(count);
  const tails = new Float64Array(count);
  const gaps = new Float64Array(count);
  let waste = 0;
  for (let i = 0; i < count; i++) {
    const entry = storages[order[i] * C.S_WORDS + C.S_ENTRY];
    const w = entry * C.E_WORDS;
    heads[i] = wide(entries, w + C.E_HEADER);
    const packed = wide(entries, w + C.E_PACKED);
    tails[i] = Math.min(ends[entry], offsets.contentOf(entry) + packed);
    gaps[i] = i === 0 ? 0 : Math.max(0, heads[i] - tails[i - 1]);
    waste += packed / WASTE;
  }
  const always = widest(gaps);
  const merged: Merged[] = [];
  let first = 0;
  let from = 0;
  const close = (end: number): void => {
    if (end > first) merged.push({ from, to: tails[end - 1], rows: order.subarray(first, end) });
    first = end;
  };
  for (let i = 0; i < count; i++) {
    const near = gaps[i] <= gap && gaps[i] <= waste || gaps[i] <= always;
    if (i === 0 || !near || tails[i] - from > MERGED) {
      close(i);
      from = Math.floor(heads[i] / ALIGN) * ALIGN;
    } else waste -= gaps[i];
  }
  close(count);
  return { merged, large: [], ends };
}

/** The gap up to which all have to be read over, so that no more than MOST_READS are left. */
function widest(gaps: Float64Array): number {
  return gaps.length <= MOST_READS ? -1 : gaps.toSorted()[gaps.length - MOST_READS];
}
