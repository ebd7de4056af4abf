// Storages as they pass: what readers of the forms of a checkpoint have in common.
import * as C from "../../assembly/shared/columns.js";
import { FormatError, UnsupportedError } from "../core/errors.js";
import { crc32, crc32Within, swapBytes } from "../core/kernels.js";
import type { Forward } from "../io/forward.js";
import { dtypeById } from "../torch/dtype.js";
import type { Archive } from "./archive.js";

/** Bytes of a storage that passed: all of them, or the part that begins at byte `offset`. */
export interface Part {
  /** Row of STORAGES. */
  readonly row: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Where the bytes of a storage go. One as long as the storage gets all of it, and is handed out when it has been checked;
 * through a shorter one the storage passes part by part, each good until the next, and is checked at its end.
 */
export type Room = (row: number, nbytes: number) => Uint8Array;

/** A checkpoint whose description was read, and whose storages are about to pass. */
export interface Passage {
  /** The caller's to release. */
  readonly archive: Archive;
  /** Do elements stand big end first? `turn` turns them. Known for good when all has passed. */
  readonly big: boolean;
  /**
   * The storages, in the order in which they pass, those together that are here together; after the last ones, all is known to
   * belong together.
   */
  parts(room: Room): AsyncGenerator<readonly Part[], void, undefined>;
}

/** Parts end where any element does: a multiple of this. */
export const GRAIN = 16;
/** Bytes between two looks at the sum of a large storage: it is summed while it is near. */
const SLICE = 1048576;
/** A storage of more bytes is worth a promise. */
const MOST_HERE = 65536;
/** Storages are handed out together as long as they have no more bytes than this; one window has room for twice as many, and more. */
export const TOGETHER = 65536;

/**
 * Passes the bytes of one storage.
 *
 * @param end what has to be there behind them; given their CRC-32, which is 0 where `summed` is not set
 */
export async function* passBytes(
  forward: Forward, row: number, nbytes: number, room: Room, summed: boolean, end: (crc: number) => Promise<void>,
): AsyncGenerator<readonly Part[], void, undefined> {
  forward.settle(nbytes);
  const into = room(row, nbytes);
  const whole = into.length >= nbytes;
  const step = whole ? SLICE : into.length - (into.length % GRAIN);
  let crc = 0;
  for (let offset = 0; offset < nbytes;) {
    const from = whole ? offset : 0;
    const piece = into.subarray(from, from + Math.min(step, nbytes - offset));
    const n = await forward.fill(piece);
    if (n < piece.length) throw cutShort(forward, `inside a storage, ${nbytes - offset - n} bytes before its end`);
    if (summed) crc = crc32(piece, crc);
    if (!whole) yield [{ row, offset, bytes: piece }];
    forward.settle(0);
    offset += n;
  }
  await end(crc);
  if (!whole) return;
  yield [{ row, offset: 0, bytes: into.subarray(0, nbytes) }];
  forward.left(nbytes);
}

/** A storage that may be here with all that belongs to it. */
export interface Here {
  readonly row: number;
  readonly nbytes: number;
  /** Bytes in front of its own, which were looked at. */
  readonly front: number;
  /** Bytes behind its own. */
  readonly behind: number;
}

/**
 * Passes a storage that is here: what many small ones cost must not be promises. Undefined where it is not, or where it passes
 * through a shorter buffer.
 *
 * @param end as that of `passBytes`, at once
 */
export function passBytesHere(
  forward: Forward, { row, nbytes, front, behind }: Here, room: Room, summed: boolean, end: (crc: number) => void,
): Part | undefined {
  if (nbytes > MOST_HERE || forward.here(front + nbytes + behind) === undefined) return undefined;
  const into = room(row, nbytes);
  if (into.length < nbytes) return undefined;
  const bytes = into.subarray(0, nbytes);
  forward.pass(front);
  forward.fillHere(bytes);
  end(summed ? crc32Within(bytes, 0, nbytes) : 0);
  return { row, offset: 0, bytes };
}

/** Bytes of all storages. */
export function totalBytes(archive: Archive): number {
  return archive.ownRows().reduce((sum, row) => sum + archive.storageBytes(row), 0);
}

/** Turns the elements of a storage that stands big end first, or of a part of one that ends with an element. */
export function turn(archive: Archive, row: number, bytes: Uint8Array): void {
  const { itemsize, isComplex } = dtypeById(archive.columns.storages[row * C.S_WORDS + C.S_DTYPE]);
  const width = Math.min(8, isComplex ? itemsize / 2 : itemsize);
  if (width > 1) swapBytes(bytes, width as 2 | 4 | 8); // itemsizes are powers of two
}

/** The error of what cannot be read while it passes, however sound it may be. */
export function notForward(why: string, offset?: number): UnsupportedError {
  return new UnsupportedError(`Cannot read this checkpoint as it passes: ${why}. Save it to a file, or keep its bytes, and open(src) reads it`, {
    code: "NOT_FORWARD", offset,
  });
}

/** The error of bytes that end too early. */
export function cutShort(forward: Forward, where: string): FormatError {
  return new FormatError(`Cannot read checkpoint: ${forward.name} ends at byte ${forward.position}, ${where}. It was cut short: fetch it again`, {
    code: "CUT_SHORT", offset: forward.position,
  });
}
