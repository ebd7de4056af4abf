// Every pickle of a file besides the one that is loaded: records that begin as pickles under whatever name, pickles behind
// another one's STOP, and pickles inside bytes of pickles. All is bounded, and what a bound leaves out is told.
import * as FACT from "../../assembly/shared/facts.js";
import { NONE } from "../../assembly/shared/status.js";
import { BrineError, SourceError } from "../core/errors.js";
import { crc32 } from "../core/kernels.js";
import { shown } from "../core/shown.js";
import type { Source } from "../io/source.js";
import { run, type RunOptions, type Steps } from "../io/steps.js";
import type { Archive } from "./archive.js";
import { faultOf, type InspectedMember, type InspectionWarning, type WarningCode } from "./inspected.js";
import { beginsAs, hiddenIn, MOST_HIDDEN, scanPickle, type Hidden, type PickleScan } from "./pickle_scan.js";
import { probe, probeEnds, type Probed } from "./zip_probe.js";

/** Pickles that are scanned. */
const MOST_MEMBERS = 10_000;
/** Bytes of all of them together: those of the file, but so many where it is smaller, and at most so many. Deflate makes 1,000 of one. */
const LEAST_BYTES = 67_108_864;
const MOST_BYTES = 268_435_456;
/** A pickle in bytes in a pickle in bytes: so deep. */
const DEPTH = 8;
/** Pickles behind one another. */
const MOST_STACKED = 100;

/** What there is besides the pickle that is loaded. */
export interface Members {
  readonly members: readonly InspectedMember[];
  readonly warnings: readonly InspectionWarning[];
}

/** Scans what an archive, which has been opened as far as it could be, holds besides its pickle. */
export async function membersOf(archive: Archive, source: Source, options: RunOptions): Promise<Members> {
  const scanner = new Scanner(archive, source, options);
  await scanner.scan();
  return scanner;
}

class Scanner implements Members {
  readonly members: InspectedMember[] = [];
  readonly warnings: InspectionWarning[] = [];
  readonly #archive: Archive;
  readonly #source: Source;
  readonly #options: RunOptions;
  readonly #most: number;
  #bytes = 0;
  #left = 0;

  constructor(archive: Archive, source: Source, options: RunOptions) {
    this.#archive = archive;
    this.#source = source;
    this.#options = options;
    this.#most = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, archive.size));
  }

  async scan(): Promise<void> {
    const archive = this.#archive;
    const kind = archive.fact(FACT.FACT_CONTAINER);
    if (kind === FACT.CONTAINER_STREAM) {
      await this.#front(archive.fact64(FACT.FACT_PICKLE_HEADER));
      this.#hidden(null);
      const end = archive.fact64(FACT.FACT_DIRECTORY);
      if (end > 0 && end < archive.size) this.#warn("TRAILING", null, `${archive.size - end} bytes stand behind the last storage`);
      if (end > 0) await this.#loose(end, 0);
    } else if (kind === FACT.CONTAINER_TAR) this.#hidden(null); // its pickles are all read, and torch looks at no other member
    else if (archive.entryCount > 0) await this.#zip();
    else if (kind === FACT.CONTAINER_PICKLE && archive.fact(FACT.FACT_CONSUMED) > 0) {
      this.#hidden(null);
      await this.#loose(archive.fact(FACT.FACT_CONSUMED), 1);
    } else await this.#loose(0, 0);
    if (this.#left > 0) {
      this.#warn("UNSCANNED", null, `${this.#left} pickles or more were not scanned: ${MOST_MEMBERS} pickles, ${this.#most} bytes, ${MOST_STACKED} behind one another and ${DEPTH} inside one another are`);
    }
  }

  async #zip(): Promise<void> {
    const archive = this.#archive;
    const consumed = archive.fact(FACT.FACT_CONSUMED);
    const main = archive.fact(FACT.FACT_PICKLE_AT) === 0 ? NONE : archive.fact(FACT.FACT_PICKLE_ENTRY);
    if (main !== NONE) {
      const { name } = archive.entry(main);
      const pickle = archive.memory.bytes(archive.fact(FACT.FACT_PICKLE_AT), archive.fact(FACT.FACT_PICKLE_LENGTH));
      if (consumed > 0 && consumed < pickle.length) {
        this.#pickles({ record: name, offset: consumed, inBytes: false, isPickle: false, bytes: pickle.slice(consumed), depth: 0, behind: 1 });
      }
      this.#hidden(name);
    }
    await this.#guarded(probeEnds(archive, archive.fact64(FACT.FACT_PREFIX), this.warnings));
    const probed = (await this.#guarded(probe(archive, main, this.warnings))) ?? [];
    const storages = new Set(Array.from({ length: archive.storageCount }, (_, row) => archive.storage(row).entry));
    for (const found of probed) {
      const { entry, row, head } = found;
      const isPickle = /\.(pkl|pickle)$/i.test(entry.name);
      const begins = beginsAs(head);
      // Of stored content the first bytes tell; raw elements that happen to begin as an old pickle are too many to try.
      if (entry.method === 0 && begins !== "new" && !isPickle && (begins === null || storages.has(row))) continue;
      if (entry.size > 0) await this.#record(found, isPickle, storages.has(row));
    }
  }

  async #record(found: Probed, isPickle: boolean, isStorage: boolean): Promise<void> {
    const { entry, start } = found;
    if (entry.size > this.#most - this.#bytes) {
      this.#left++;
      return;
    }
    const bytes = await this.#guarded(content(found, start), (error) => {
      this.members.push({ record: entry.name, offset: 0, inBytes: false, globals: [], fault: faultOf(error) });
    });
    if (bytes === undefined) return;
    if (entry.crc !== 0 && crc32(bytes) !== entry.crc) {
      this.#warn("CRC", entry.name, `Record "${shown(entry.name)}": its content does not have the CRC-32 that the archive states`);
    }
    this.#pickles({ record: entry.name, offset: 0, inBytes: false, isPickle, isStorage, bytes, depth: 0, behind: 0 });
  }

  /** The pickles of a stream before its object: a magic number, a version, and facts of the machine that nobody uses. */
  async #front(length: number): Promise<void> {
    if (length === 0) return;
    if (length > this.#most) this.#left++;
    else {
      const [bytes] = (await this.#guarded(ranges([{ offset: 0, length }]))) ?? [];
      if (bytes !== undefined) this.#pickles({ record: null, offset: 0, inBytes: false, isPickle: true, expected: true, bytes, depth: 0, behind: 0 });
    }
  }

  /** What stands in the source itself from `from` on, behind so many pickles, if it begins as a pickle. */
  async #loose(from: number, behind: number): Promise<void> {
    const length = this.#archive.size - from;
    if (length < 2) return;
    const [head] = (await this.#guarded(ranges([{ offset: from, length: Math.min(length, 16) }]))) ?? [];
    if (head === undefined || (beginsAs(head) === null && behind === 0)) return;
    if (length > this.#most) {
      this.#left++;
      return;
    }
    const [bytes] = (await this.#guarded(ranges([{ offset: from, length }]))) ?? [];
    if (bytes !== undefined) this.#pickles({ record: null, offset: from, inBytes: false, isPickle: false, bytes, depth: 0, behind });
  }

  /** Scans the bytes as a pickle, and what follows it, and what its bytes hold. Nothing here is recursive: a file says how deep it goes. */
  #pickles(first: Place): void {
    const places = [first];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      const { record, offset, inBytes, depth, behind } = place;
      const where = record === null ? "" : ` in record "${shown(record)}"`;
      if (behind === 1 && place.expected !== true) this.#warn("AFTER_STOP", record, `${place.bytes.length} bytes stand behind the end of a pickle${where}`);
      if (behind > MOST_STACKED || depth > DEPTH) {
        this.#left++;
        continue;
      }
      const begins = beginsAs(place.bytes);
      if ((begins === null && !place.isPickle) || !this.#room(place.bytes.length)) continue;
      const scan = scanPickle(place.bytes);
      if (!place.isPickle && isChance(record === null && !inBytes ? "new" : begins, scan, place.isStorage === true)) continue;
      if (inBytes && behind === 0) this.#warn("PICKLE_IN_BYTES", record, `The pickle${where} contains a pickle in bytes`);
      if (place.expected !== true || scan.globals.length > 0 || scan.fault !== null) {
        this.members.push({ record, offset, inBytes, globals: scan.globals, fault: scan.fault });
      }
      for (const next of hiddenPlaces(record, scan.hidden, depth + 1)) places.push(next);
      if (scan.hidden.length > MOST_HIDDEN) this.#left++;
      const { consumed } = scan;
      if (consumed === null || consumed >= place.bytes.length) continue;
      places.push({ ...place, isPickle: false, bytes: place.bytes.subarray(consumed), offset: offset === null ? null : offset + consumed, behind: behind + 1 });
    }
  }

  /** Pickles inside the bytes of the pickle that is loaded. */
  #hidden(record: string | null): void {
    const hidden = hiddenIn(this.#archive);
    if (hidden.length > MOST_HIDDEN) this.#left++;
    for (const place of hiddenPlaces(record, hidden, 1)) this.#pickles(place);
  }

  #warn(code: WarningCode, record: string | null, message: string): void {
    this.warnings.push({ code, record, message });
  }

  /** Counts a pickle of so many bytes; false: it is too much. */
  #room(bytes: number): boolean {
    if (this.members.length >= MOST_MEMBERS || bytes > this.#most - this.#bytes) {
      this.#left++;
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  /** Content that cannot be read is told; a source that cannot be read is thrown. */
  async #guarded<T>(steps: Steps<T>, failed: (error: BrineError) => void = () => {}): Promise<T | undefined> {
    try {
      return await run(steps, this.#source, this.#options);
    } catch (cause) {
      if (!(cause instanceof BrineError) || cause instanceof SourceError) throw cause;
      failed(cause);
      return undefined;
    }
  }
}

/** Bytes that may be a pickle. */
interface Place {
  readonly record: string | null;
  readonly offset: number | null;
  readonly inBytes: boolean;
  /** Its name says so. */
  readonly isPickle: boolean;
  /** It is the content of a storage: elements, of which some begin as pickles do. */
  readonly isStorage?: boolean;
  /** It belongs there: told only where it names something. */
  readonly expected?: boolean;
  readonly bytes: Uint8Array;
  /** Inside the bytes of so many pickles. */
  readonly depth: number;
  /** Behind so many others. */
  readonly behind: number;
}

/** Bytes of a pickle that may be pickles. Within a pickle inside another one, offsets mean nothing any more. */
function hiddenPlaces(record: string | null, hidden: readonly Hidden[], depth: number): Place[] {
  return hidden.slice(0, MOST_HIDDEN).map(({ offset, bytes }) => ({ record, offset: depth === 1 ? offset : null, inBytes: true, isPickle: false, bytes, depth, behind: 0 }));
}

function* ranges(reads: readonly { readonly offset: number; readonly length: number }[]): Steps<readonly Uint8Array[]> {
  return yield reads;
}

function* content({ entry }: Probed, start: number): Steps<Uint8Array> {
  const [bytes] = yield [{ offset: start, length: entry.packed, ...(entry.method === 8 ? { inflated: entry.size } : {}) }];
  return bytes;
}

/** Faults at which every reader of pickles stops. Of the others, readers differ: they are told. */
const EVERYWHERE: ReadonlySet<string> = new Set([
  "PICKLE_END", "PICKLE_OPCODE", "PICKLE_STACK", "PICKLE_MARK", "PICKLE_MEMO", "PICKLE_TEXT", "PICKLE_OPERAND", "PICKLE_NEGATIVE", "PICKLE_NAME",
]);

/**
 * Did bytes that are no pickle happen to begin as one? They name nothing, or nothing that could be a name, and break off:
 * elements of a tensor wherever they do, other bytes where every reader would.
 */
function isChance(begins: "new" | "old" | null, { globals, fault, consumed }: PickleScan, isStorage: boolean): boolean {
  const isName = (text: string): boolean => /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(text);
  if (begins === "old" && !globals.some(({ module, name }) => isName(module) && isName(name))) return true;
  return globals.length === 0 && consumed === null && fault !== null && (isStorage || EVERYWHERE.has(fault.code));
}
