// Any record of a zip, whole: found by its name, its bounds checked as those of a storage are, inflated within the limits.
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import { ArgumentError, FormatError, LimitError } from "../core/errors.js";
import { crc32 } from "../core/kernels.js";
import { utf8Bytes } from "../core/text.js";
import { wrongCrc } from "../core/wrong_crc.js";
import type { Steps } from "../io/steps.js";
import { HEADER, localStart } from "./local_header.js";
import type { Archive } from "./archive.js";
import { RecordOffsets } from "./record_offset.js";
import type { Entry } from "./rows.js";
import type { Limits } from "./limits.js";

/** Names that a message lists. */
const LISTED = 12;

/** The row of the record of this name: the whole name, or the one inside the archive's folder. Undefined: there is none. */
export function findRecord(archive: Archive, name: string): number | undefined {
  const { folder } = archive;
  return rowNamed(archive, name) ?? (folder === "" ? undefined : rowNamed(archive, `${folder}/${name}`));
}

/** As `findRecord`; throws an ArgumentError `NO_MEMBER` that lists what there is. */
export function memberRow(archive: Archive, name: string): number {
  const row = archive.hasRecords ? findRecord(archive, name) : undefined;
  if (row !== undefined) return row;
  const names = archive.hasRecords ? namesOf(archive, LISTED) : [];
  const more = archive.entryCount - names.length;
  throw new ArgumentError(
    `No member is named "${name}"; ` +
      (names.length === 0 ? "the file is no zip" : `there are ${names.map((one) => `"${one}"`).join(", ")}${more > 0 ? ` and ${more} more` : ""}`),
    { code: "NO_MEMBER" },
  );
}

/** Names of the first records. */
export function namesOf(archive: Archive, most: number = Infinity): string[] {
  return Array.from({ length: Math.min(most, archive.entryCount) }, (_, row) => archive.entry(row).name);
}

/** Two records of one name are two files to two readers. */
function rowNamed(archive: Archive, name: string): number | undefined {
  const wanted = utf8Bytes(name);
  const { entries, u8 } = archive.columns;
  let found: number | undefined;
  for (let w = 0; w < entries.length; w += C.E_WORDS) {
    if (entries[w + C.E_NAME_LENGTH] !== wanted.length) continue;
    const at = entries[w + C.E_NAME];
    let same = true;
    for (let i = 0; same && i < wanted.length; i++) same = u8[at + i] === wanted[i];
    if (!same) continue;
    if (found !== undefined) {
      throw new FormatError(`Cannot read record "${name}": the archive has two of that name`, { code: "ZIP_DUPLICATE", record: name });
    }
    found = w / C.E_WORDS;
  }
  return found;
}

/** Where the content of a record stands in the source: `length` bytes from `from` on, deflated or as they are. */
export interface Content {
  readonly entry: Entry;
  readonly from: number;
  readonly length: number;
  readonly deflated: boolean;
}

/** Finds the content of a record: the directory does not tell where it begins, since extra fields differ. */
export function* contentOf(archive: Archive, row: number): Steps<Content> {
  const end = checkContent(archive, row);
  const [head] = yield [{ offset: archive.entry(row).header, length: HEADER }];
  return contentIn(archive, row, end, head);
}

/** Throws where a record cannot be read. Answers where the directory begins. */
function checkContent(archive: Archive, row: number): number {
  const entry = archive.entry(row);
  const { name, header, size, packed, method } = entry;
  const wrong = (code: string, why: string): FormatError => new FormatError(`Cannot read record "${name}": ${why}`, { code, offset: header, record: name });
  if (entry.encrypted) throw wrong("ZIP_ENCRYPTED", "it is encrypted");
  if (method !== 0 && method !== 8) throw wrong("ZIP_METHOD", `compression method ${method} is not supported, expected 0 (stored) or 8 (deflated)`);
  if (method === 0 && packed !== size) throw wrong("ZIP_ENTRY_BOUNDS", `it is stored in ${packed} bytes, but has ${size}`);
  const end = archive.fact64(FACT.FACT_DIRECTORY);
  if (header + HEADER > end) throw wrong("ZIP_ENTRY_BOUNDS", "it does not lie before the directory");
  return end;
}

/** Where the content is, by the header that `head` begins with. */
function contentIn(archive: Archive, row: number, end: number, head: Uint8Array): Content {
  const entry = archive.entry(row);
  return { entry, from: entry.header + localStart(archive, row, end, head, 0), length: entry.packed, deflated: entry.method === 8 };
}

/** The content of a record, checked against its CRC. It may be a view of the source's bytes. */
export function* readRecord(archive: Archive, row: number, limits: Limits, most: number = limits.description): Steps<Uint8Array> {
  const end = checkContent(archive, row);
  const { header, packed, size, method, crc, name } = archive.entry(row);
  checkSize(archive.entry(row), method === 8, limits, most);
  // Where reads are dear the content comes along with its header, as far as it stands where it should.
  const length = archive.gap === undefined ? HEADER : Math.min(end, new RecordOffsets(archive).contentOf(row) + packed) - header;
  const [head] = yield [{ offset: header, length: Math.max(HEADER, length) }];
  const { from } = contentIn(archive, row, end, head);
  const held = from + packed <= header + head.length ? head.subarray(from - header, from - header + packed) : undefined;
  const [bytes] = held !== undefined && method === 0 ? [held] : yield [{ offset: from, length: packed, held, ...(method === 8 ? { inflated: size } : {}) }];
  if (crc !== 0 && crc32(bytes) !== crc) throw wrongCrc(name);
  return bytes;
}

/** Throws where a record is larger than may be held. */
export function checkSize({ name, size }: Entry, deflated: boolean, limits: Limits, most: number): void {
  const [limit, value] = deflated && limits.inflated < most ? ["inflated", limits.inflated] as const : ["description", most] as const;
  if (size <= value) return;
  throw new LimitError(`Record "${name}" has ${size} bytes; limits.${limit} is ${value}`, {
    code: `LIMIT_${limit.toUpperCase()}`, found: size, limit: value, record: name,
  });
}
