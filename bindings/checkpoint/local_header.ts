// The header in front of a zip record's content.
//
//   30 bytes: "PK\3\4" … u16 name length at 26, u16 extra length at 28; then name, extra, content
import * as C from "../../assembly/shared/columns.js";
import { FormatError } from "../core/errors.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";

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
