// A tar of torch 0.1, which passes once and is held for that (reference §1.5): the list of views stands behind the last
// storage, so no tensor is known for good before all have passed.
import * as C from "../../assembly/shared/columns.js";
import { NONE } from "../../assembly/shared/status.js";
import type { Forward } from "../io/forward.js";
import { heldSource } from "../io/held.js";
import type { Source } from "../io/source.js";
import { run } from "../io/steps.js";
import { Archive } from "./archive.js";
import { fetchStorages } from "./fetch.js";
import type { ForwardReading } from "./forward_zip.js";
import { GRAIN, type Part, type Passage, type Room } from "./passage.js";

/** Does a tar begin there? */
export function isTar(head: Uint8Array): boolean {
  return head.length >= 262 && String.fromCharCode(...head.subarray(257, 262)) === "ustar";
}

/** Takes a tar into memory and opens it there. */
export async function openHeldTar(forward: Forward, reading: ForwardReading, most: number): Promise<HeldPassage> {
  const source = await heldSource(forward, most);
  const archive = new Archive(source.size, reading.families);
  try {
    await run(archive.open(reading.safe, reading.limits), source, { signal: reading.signal });
    return new HeldPassage(archive, source);
  } catch (cause) {
    archive.release();
    throw cause;
  }
}

/** The storages of an archive that is in memory, in the order of the file. */
export class HeldPassage implements Passage {
  readonly archive: Archive;
  readonly big = false;
  readonly #source: Source;

  constructor(archive: Archive, source: Source) {
    this.archive = archive;
    this.#source = source;
  }

  async *parts(room: Room): AsyncGenerator<readonly Part[], void, undefined> {
    const { archive } = this;
    const rows: number[] = [];
    for (const row of archive.ownRows()) {
      const entry = archive.columns.storages[row * C.S_WORDS + C.S_ENTRY];
      if (entry !== NONE) rows[entry] = row; // entries ascend, and each is one storage's
    }
    for (const row of rows) {
      const nbytes = archive.storageBytes(row);
      const into = room(row, nbytes);
      let content: Uint8Array = into.subarray(0, 0);
      await run(fetchStorages(archive, [row], { checkCrc32: true, big: false }, (_, bytes, from) => {
        content = bytes.subarray(from, from + nbytes);
      }), this.#source);
      const step = into.length >= nbytes ? Math.max(nbytes, 1) : into.length - (into.length % GRAIN);
      for (let offset = 0; offset < Math.max(nbytes, 1); offset += step) {
        const piece = content.subarray(offset, offset + step);
        into.set(piece);
        yield [{ row, offset, bytes: into.subarray(0, piece.length) }];
      }
    }
  }
}
