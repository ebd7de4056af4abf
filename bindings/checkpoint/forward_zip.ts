// A zip that torch.save wrote, read from front to back without its directory (reference §2.2):
//
//   data.pkl │ .format_version, .storage_alignment, byteorder │ data/<key> … │ version, byteorder?, id │ directory
//
// torch 1.5 put version first, releases before 2.7 lack the small records, those before 2.1 byteorder as well. data.pkl ends
// where its pickle does, and says how long each storage is; descriptors have to agree, and the directory in the end.
import { NONE } from "../../assembly/shared/status.js";
import { FormatError } from "../core/errors.js";
import { crc32 } from "../core/kernels.js";
import { shown } from "../core/shown.js";
import type { Forward } from "../io/forward.js";
import { checkDescription, openAhead, windowLimits } from "./ahead.js";
import type { Archive } from "./archive.js";
import { passDirectory } from "./forward_directory.js";
import { descriptorBytes, nextRecord, nextRecordHere, passDescriptor, passDescriptorHere, passSmall, type Met } from "./forward_record.js";
import type { Families } from "./families.js";
import type { Limits } from "./limits.js";
import { GRAIN, notForward, passBytes, passBytesHere, TOGETHER, type Part, type Passage, type Room } from "./passage.js";

/** How to read. */
export interface ForwardReading {
  /** As `Archive.open` takes it. */
  readonly safe: readonly string[] | undefined;
  readonly limits: Limits;
  readonly checkCrc32: boolean;
  readonly signal: AbortSignal | undefined;
  readonly families: Families;
}

/** Small records that may stand anywhere behind data.pkl. */
const SMALL: ReadonlySet<string> = new Set(["version", ".data/version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"]);
const PICKLE = "data.pkl";

/** Opens a zip at its first header: its pickle and what stands before its storages have passed then. */
export async function openForwardZip(forward: Forward, reading: ForwardReading): Promise<ZipPassage> {
  const records: Met[] = [];
  let first = await nextRecord(forward);
  const folder = first === null ? "" : first.name.slice(0, first.name.indexOf("/") + 1);
  const small = new SmallRecords();
  if (first?.name === `${folder}version` && folder !== "") { // torch 1.5
    records.push(first);
    small.take("version", await passSmall(forward, first));
    first = await nextRecord(forward);
  }
  if (first === null || folder === "" || first.name !== folder + PICKLE) {
    throw notForward(`it begins with ${first === null ? "no record" : `"${shown(first.name)}"`}, and not with the pickle that tells what follows`);
  }
  const { safe, limits, signal, families } = reading;
  const archive = await openAhead(forward, families, (made) => made.openRecordPickle(safe, windowLimits(limits)), signal);
  try {
    records.push(first);
    const length = archive.end;
    checkDescription(length, limits);
    const crc = crc32(await forward.peek(length));
    forward.pass(length);
    await passDescriptor(forward, first, length, crc);
    const passage = new ZipPassage(forward, reading, archive, folder, records, small);
    await passage.begin();
    return passage;
  } catch (cause) {
    archive.release();
    throw cause;
  }
}

/** What the small records said. */
class SmallRecords {
  readonly #seen: Map<string, string> = new Map();
  /** Does the archive keep its elements big end first? */
  big = false;

  has(name: string): boolean {
    return this.#seen.has(name);
  }

  take(name: string, text: string): void {
    if (name.endsWith("version") && !/^\s*([1-9]|10)\s*$/.test(text)) throw notForward(`its record "${name}" says ${JSON.stringify(text)}`);
    if (name === "byteorder" && text !== "little" && text !== "big") throw notForward(`its byteorder is ${JSON.stringify(text)}`);
    this.#seen.set(name, text);
    if (name === "byteorder") this.big = text === "big";
  }
}

/** The storages of a zip. */
export class ZipPassage implements Passage {
  readonly archive: Archive;
  readonly #forward: Forward;
  readonly #reading: ForwardReading;
  readonly #folder: string;
  readonly #records: Met[];
  readonly #small: SmallRecords;
  /** The next record, whose header has passed; undefined: it has not; null: the directory comes. */
  #next: Met | null | undefined = undefined;
  /** What is wrong behind the storages that were handed out last. */
  #broken: unknown;

  constructor(forward: Forward, reading: ForwardReading, archive: Archive, folder: string, records: Met[], small: SmallRecords) {
    this.archive = archive;
    this.#forward = forward;
    this.#reading = reading;
    this.#folder = folder;
    this.#records = records;
    this.#small = small;
  }

  get big(): boolean {
    return this.#small.big;
  }

  /** Releases from 2.7 on write a byteorder, so one that lacks here comes last: nobody knows yet what storages hold. */
  get isByteorderLate(): boolean {
    return this.#small.has(".format_version") && !this.#small.has("byteorder");
  }

  /** Passes the small records before the storages. */
  async begin(): Promise<void> {
    this.#next = await nextRecord(this.#forward);
    while (this.#next !== null && await this.#passSmall(this.#next)) this.#next = await nextRecord(this.#forward);
  }

  async *parts(room: Room): AsyncGenerator<readonly Part[], void, undefined> {
    const { archive } = this;
    const { checkCrc32 } = this.#reading;
    const rows = new Map<string, number>();
    for (const row of archive.ownRows()) rows.set(`${this.#folder}data/${archive.key(row)}`, row);
    const passed = new Uint8Array(archive.storageCount);
    for (;;) {
      if (this.#broken !== undefined) throw this.#broken;
      if (this.#next === undefined) this.#next = await nextRecord(this.#forward);
      const met = this.#next;
      if (met === null) break;
      const row = rows.get(met.name) ?? NONE;
      if (row === NONE) {
        if (!await this.#passSmall(met)) throw notForward(`it has a record "${shown(met.name)}", whose size only the directory tells`, met.header);
        this.#next = undefined;
        continue;
      }
      const here = this.#partsHere(rows, passed, room);
      if (here.length > 0) {
        yield here;
        continue;
      }
      this.#meet(met, row, passed);
      const nbytes = archive.storageBytes(row);
      yield* passBytes(this.#forward, row, nbytes, room, checkCrc32, (crc) => passDescriptor(this.#forward, met, nbytes, checkCrc32 ? crc : undefined));
      this.#next = undefined;
    }
    for (const row of rows.values()) if (passed[row] === 0 && archive.storageBytes(row) > 0) throw missing(archive.storage(row).key);
    await passDirectory(this.#forward, this.#records);
    this.#records.length = 0;
  }

  /** Storages that are here with what belongs to them, from the next record on. Those before one that is wrong are given first. */
  #partsHere(rows: ReadonlyMap<string, number>, passed: Uint8Array, room: Room): Part[] {
    const forward = this.#forward;
    const { checkCrc32 } = this.#reading;
    const parts: Part[] = [];
    let together = 0;
    try {
      for (let met = this.#next; met !== null && met !== undefined && together < TOGETHER; met = this.#next) {
        const [row, record] = [rows.get(met.name) ?? NONE, met];
        if (row === NONE || passed[row] !== 0) break;
        const nbytes = this.archive.storageBytes(row);
        const end = (crc: number): void => passDescriptorHere(forward, record, nbytes, checkCrc32 ? crc : undefined);
        const part = passBytesHere(forward, { row, nbytes, front: 0, behind: descriptorBytes(record, nbytes) }, room, checkCrc32, end);
        if (part === undefined) break;
        this.#meet(record, row, passed);
        parts.push(part);
        together += nbytes + GRAIN;
        const next = nextRecordHere(forward);
        this.#next = typeof next === "number" ? undefined : next;
      }
    } catch (cause) {
      if (parts.length === 0) throw cause;
      this.#broken = cause;
    }
    return parts;
  }

  /** A storage's record comes: once. */
  #meet(met: Met, row: number, passed: Uint8Array): void {
    if (passed[row] !== 0) throw twice(met);
    passed[row] = 1;
    this.#keep(met);
  }

  /** Passes a small record; false: it is none. */
  async #passSmall(met: Met): Promise<boolean> {
    const name = met.name.slice(this.#folder.length);
    if (!SMALL.has(name) || !met.name.startsWith(this.#folder)) return false;
    if (this.#small.has(name)) throw twice(met);
    this.#keep(met);
    this.#small.take(name, await passSmall(this.#forward, met));
    return true;
  }

  #keep(met: Met): void {
    if (this.#records.length >= this.#reading.limits.entries) throw notForward(`it has more records than limits.entries, ${this.#reading.limits.entries}`);
    this.#records.push(met);
  }
}

function twice(met: Met): FormatError {
  return new FormatError(`The archive has two records "${shown(met.name)}": readers disagree on which one counts`, {
    code: "ZIP_DUPLICATE", offset: met.header, record: met.name,
  });
}

function missing(key: string): FormatError {
  return new FormatError(`The archive has no record data/${shown(key)} for a storage that its pickle names`, { code: "STORAGE_MISSING" });
}
