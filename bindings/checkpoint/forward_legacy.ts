// A checkpoint of the stream format, read from front to back (reference §1.4): its pickles, the last of which lists the
// storages in their order, then each storage behind the number of its elements. What follows the last one is ignored, as by
// every reader.
import * as C from "../../assembly/shared/columns.js";
import { NONE } from "../../assembly/shared/status.js";
import type { Forward } from "../io/forward.js";
import { checkDescription, openAhead, windowLimits } from "./ahead.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import { checkCount, COUNT } from "./fetch.js";
import { viewOf } from "./forward_record.js";
import type { ForwardReading } from "./forward_zip.js";
import { cutShort, GRAIN, notForward, passBytes, passBytesHere, TOGETHER, type Part, type Passage, type Room } from "./passage.js";

/** The magic number, as LONG holds it at protocols 0 and 1. */
const DIGITS = "L119547037146038801333356L";

/** May a source whose first bytes these are be of the stream format? All pickles since protocol 2 begin so. */
export function mayBeLegacy(head: Uint8Array): boolean {
  if (head[0] === 0x80) return head[1] >= 2 && head[1] <= 5;
  return String.fromCharCode(...head.subarray(0, DIGITS.length)) === DIGITS;
}

/** Opens a stream at its first byte: its pickles have passed then. */
export async function openForwardLegacy(forward: Forward, { safe, limits, signal, families }: ForwardReading): Promise<LegacyPassage> {
  const archive = await openAhead(forward, families, (made) => made.open(safe, windowLimits(limits)), signal);
  try {
    if (archive.container !== "legacy") throw notForward("it is a plain pickle, with nothing behind it");
    const passage = new LegacyPassage(forward, archive);
    checkDescription(passage.start, limits);
    forward.pass(passage.start);
    return passage;
  } catch (cause) {
    archive.release();
    throw cause;
  }
}

/** The storages of a stream. */
export class LegacyPassage implements Passage {
  readonly archive: Archive;
  /** Elements are little-endian, whatever machine wrote them. */
  readonly big = false;
  /** Where the storages begin. */
  readonly start: number;
  readonly #forward: Forward;
  readonly #rows: readonly number[];

  constructor(forward: Forward, archive: Archive) {
    this.archive = archive;
    this.#forward = forward;
    // Entries ascend, and each is one storage's.
    const { storages, entries } = archive.columns;
    const rows: number[] = [];
    for (const row of archive.ownRows()) if (storages[row * C.S_WORDS + C.S_ENTRY] !== NONE) rows[storages[row * C.S_WORDS + C.S_ENTRY]] = row;
    this.#rows = rows;
    this.start = rows.length === 0 ? archive.end : wide(entries, C.E_HEADER);
  }

  async *parts(room: Room): AsyncGenerator<readonly Part[], void, undefined> {
    const forward = this.#forward;
    for (let i = 0; i < this.#rows.length;) {
      const here = this.#partsHere(i, room);
      i += here.length;
      if (here.length > 0) {
        yield here;
        continue;
      }
      const row = this.#rows[i++];
      const count = forward.here(COUNT) ?? await forward.peek(COUNT);
      if (count.length < COUNT) throw cutShort(forward, "where a storage should begin");
      checkCount(this.archive, row, count, 0);
      forward.pass(COUNT);
      yield* passBytes(forward, row, this.archive.storageBytes(row), room, false, async () => undefined);
    }
  }

  /** Storages that are here, from the i-th on. One of another count than its own is not among them. */
  #partsHere(i: number, room: Room): Part[] {
    const { storages } = this.archive.columns;
    const parts: Part[] = [];
    for (let together = 0; i < this.#rows.length && together < TOGETHER; i++) {
      const row = this.#rows[i];
      const nbytes = this.archive.storageBytes(row);
      const count = this.#forward.here(COUNT);
      if (count === undefined || viewOf(count).getBigInt64(0, true) !== BigInt(wide(storages, row * C.S_WORDS + C.S_NUMEL))) break;
      const part = passBytesHere(this.#forward, { row, nbytes, front: COUNT, behind: 0 }, room, false, () => undefined);
      if (part === undefined) break;
      parts.push(part);
      together += nbytes + GRAIN;
    }
    return parts;
  }
}
