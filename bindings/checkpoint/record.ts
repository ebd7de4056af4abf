// A record of a zip: where its content begins, and the content whole, for the few records that are read by name.
//
//   local header, 30 bytes: "PK\3\4" … u16 name length at 26, u16 extra length at 28; then name, extra, content
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import { MAX_DEFLATE_RATIO } from "../../assembly/shared/limits.js";
import { FormatError, LimitError } from "../core/errors.js";
import { crc32 } from "../core/kernels.js";
import type { Steps } from "../io/steps.js";
import { wrongCrc, type Archive } from "./archive.js";
import { wide } from "./columns.js";
import type { Limits } from "./options.js";
import { refuseUnreadable } from "./plan.js";

/** Bytes of a local header that tell where the content begins. */
export const HEADER = 30;

/**
 * Bytes from a local header to the content. The directory does not tell it: extra fields differ.
 *
 * @param entry row of ENTRIES; its header stands at `at` in `bytes`
 * @param end where in the source the next thing begins
 */
export function localStart(archive: Archive, entry: number, end: number, bytes: Uint8Array, at: number): number {
  const { entries } = archive.columns;
  const header = wide(entries, entry * C.E_WORDS + C.E_HEADER);
  if (at + HEADER > bytes.length || bytes[at] !== 0x50 || bytes[at + 1] !== 0x4b || bytes[at + 2] !== 3 || bytes[at + 3] !== 4) {
    const { name } = archive.entry(entry);
    throw new FormatError(`Cannot read record "${name}": no local header where the directory says`, {
      code: "ZIP_BAD_LOCAL", offset: header, record: name,
    });
  }
  const start = HEADER + (bytes[at + 26] | (bytes[at + 27] << 8)) + (bytes[at + 28] | (bytes[at + 29] << 8));
  if (header + start + wide(entries, entry * C.E_WORDS + C.E_PACKED) > end) {
    const { name } = archive.entry(entry);
    throw new FormatError(`Cannot read record "${name}": its content runs into the next record`, {
      code: "ZIP_ENTRY_BOUNDS", offset: header, record: name,
    });
  }
  return start;
}

/** Where the thing behind a record begins: another header, or the directory. */
function nextThing(archive: Archive, header: number): number {
  const { entries } = archive.columns;
  let next = archive.fact64(FACT.FACT_DIRECTORY);
  for (let w = C.E_HEADER; w < entries.length; w += C.E_WORDS) {
    const other = wide(entries, w);
    if (other > header && other < next) next = other;
  }
  return next;
}

/** The content of one record, held against its CRC-32. */
export function* readRecord(archive: Archive, entry: number, limits: Limits): Steps<Uint8Array> {
  refuseUnreadable(archive, entry);
  const { name, size, packed, method, crc, header } = archive.entry(entry);
  if (method === 0 ? size !== packed : size > packed * MAX_DEFLATE_RATIO) {
    throw new FormatError(`Cannot read record "${name}": its sizes disagree`, { code: "ZIP_ENTRY_BOUNDS", offset: header, record: name });
  }
  const most = method === 0 ? limits.description : limits.inflated;
  if (size > most) {
    const limit = method === 0 ? "description" : "inflated";
    throw new LimitError(`Record "${name}" has ${size} bytes; limits.${limit} is ${most}`, {
      code: `LIMIT_${limit.toUpperCase()}`, found: size, limit: most, record: name,
    });
  }
  const [head] = yield [{ offset: header, length: HEADER }];
  const start = header + localStart(archive, entry, nextThing(archive, header), head, 0);
  const [bytes] = yield [{ offset: start, length: packed, inflated: method === 0 ? undefined : size }];
  if (crc !== 0 && crc32(bytes) !== crc) throw wrongCrc(name);
  return bytes;
}
