// A look at every record of a zip: does its local header say what the directory says, and how does its content begin.
// Readers that go by the one header see another file than those that go by the other (threats 2.2, 2.3), and a scanner that
// goes by names misses what hides among storages.
import { shown } from "../core/shown.js";
import type { Steps } from "../io/steps.js";
import type { Archive } from "./archive.js";
import type { Entry } from "./rows.js";
import type { InspectionWarning, WarningCode } from "./inspected.js";

/** A record whose content can be scanned. */
export interface Probed {
  readonly row: number;
  readonly entry: Entry;
  /** Where its content begins in the source. */
  readonly start: number;
  /** The first bytes of its content, where it is stored. */
  readonly head: Uint8Array;
}

/** So many reads, at most, and so many bytes: a file on a slow line shall not cost a request for each of its storages. */
export const PROBE_READS = 10_000;
const PROBE_BYTES = 67_108_864;
/** Headers this near to each other are one read, of at most so many bytes. */
const NEAR = 4096;
const WIDEST = 1_048_576;
/** Content that is looked at. */
const HEAD = 16;
/** Room for the local extra: torch pads to 64. */
const EXTRA = 128;
const LOCAL_BYTES = 30;

interface Window {
  readonly rows: number[];
  readonly from: number;
  to: number;
}

/** Looks at every record but one, and at what stands around the archive. */
export function* probe(archive: Archive, except: number, warnings: InspectionWarning[]): Steps<Probed[]> {
  const rows = Array.from({ length: archive.entryCount }, (_, row) => row);
  const headers = rows.map((row) => archive.entry(row).header);
  rows.sort((a, b) => headers[a] - headers[b]);
  const windows: Window[] = [];
  let bytes = 0;
  let left = 0;
  for (const row of rows) {
    const from = headers[row];
    const to = Math.min(archive.size, from + LOCAL_BYTES + archive.entry(row).name.length * 3 + EXTRA + HEAD);
    const last = windows.at(-1);
    if (last !== undefined && from <= last.to + NEAR && to - last.from <= WIDEST) {
      last.rows.push(row);
      last.to = Math.max(last.to, to);
    } else if (windows.length === PROBE_READS || bytes > PROBE_BYTES) left++;
    else {
      windows.push({ rows: [row], from, to });
      bytes += to - from;
    }
  }
  if (left > 0) {
    tell(warnings, "UNSCANNED", null, `${left} of ${rows.length} records were not looked at: ${PROBE_READS} reads or ${PROBE_BYTES} bytes were spent on the others`);
  }
  const out: Probed[] = [];
  const far: Probed[] = [];
  for (let i = 0; i < windows.length; i += 64) {
    const group = windows.slice(i, i + 64);
    const read = yield group.map(({ from, to }) => ({ offset: from, length: to - from }));
    group.forEach((window, k) => {
      for (const row of window.rows) {
        const found = look(archive, row, read[k].subarray(headers[row] - window.from), warnings);
        if (found === null || row === except) continue;
        if (found.head.length < Math.min(HEAD, found.entry.packed)) far.push(found);
        else out.push(found);
      }
    });
  }
  // Content behind a long extra is read for itself.
  for (let i = 0; i < far.length; i += 64) {
    const group = far.slice(i, i + 64);
    const read = yield group.map(({ start, entry }) => ({ offset: start, length: Math.min(HEAD, entry.packed) }));
    group.forEach((found, k) => out.push({ ...found, head: read[k] }));
  }
  return out.sort((a, b) => a.row - b.row);
}

/** Encrypted, strongly encrypted, masked headers: the content is not what it seems. */
const SEALED = 0x1 | 0x40 | 0x2000;
/** What changes the meaning of the content: those, and patch data. */
const TELLING = SEALED | 0x20;

/** Compares the local header with the directory; null where the content cannot be scanned. */
function look(archive: Archive, row: number, bytes: Uint8Array, warnings: InspectionWarning[]): Probed | null {
  const entry = archive.entry(row);
  const warn = (code: WarningCode, message: string): null => {
    tell(warnings, code, entry.name, `Record "${shown(entry.name)}": ${message}`);
    return null;
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < LOCAL_BYTES || view.getUint32(0, true) !== 0x04034b50) return warn("NO_LOCAL_HEADER", "no local header where the directory says");
  const flags = view.getUint16(6, true);
  const method = view.getUint16(8, true);
  const nameLength = view.getUint16(26, true);
  const start = entry.header + LOCAL_BYTES + nameLength + view.getUint16(28, true);
  const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(LOCAL_BYTES, LOCAL_BYTES + nameLength));
  const listed = archive.flagsOf(row);
  if (name !== new TextDecoder("utf-8", { ignoreBOM: true }).decode(archive.rawName(row))) warn("LOCAL_NAME", `its local header calls it "${shown(name)}"`);
  if ((flags & TELLING) !== (listed & TELLING)) warn("LOCAL_FLAGS", `its local header has flags 0x${flags.toString(16)}, the directory 0x${listed.toString(16)}`);
  if (method !== entry.method) warn("LOCAL_METHOD", `its local header says method ${method}, the directory ${entry.method}`);
  if (((flags | listed) & SEALED) !== 0 && (listed & SEALED) !== 0) return warn("ENCRYPTED", "it is encrypted, so it cannot be scanned");
  if (entry.method !== 0 && entry.method !== 8) return warn("UNSCANNED", `it is compressed by method ${entry.method}, so it cannot be scanned`);
  if (start + entry.packed > archive.size) return warn("NO_LOCAL_HEADER", "its content does not lie inside the file");
  return { row, entry, start, head: bytes.subarray(start - entry.header, start - entry.header + Math.min(HEAD, entry.packed)) };
}

/** Tells what stands before and behind the archive. */
export function* probeEnds(archive: Archive, prefix: number, warnings: InspectionWarning[]): Steps<void> {
  if (prefix > 0) tell(warnings, "PREFIX", null, `${prefix} bytes stand before the archive`);
  const from = Math.max(0, archive.size - 65_557);
  const [tail] = yield [{ offset: from, length: archive.size - from }];
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail[at + 1] !== 0x4b || tail[at + 2] !== 5 || tail[at + 3] !== 6) continue;
    const behind = tail.length - at - 22;
    if (behind > 0) tell(warnings, "TRAILING", null, `${behind} bytes stand behind the archive's end record`);
    return;
  }
}

function tell(warnings: InspectionWarning[], code: WarningCode, record: string | null, message: string): void {
  warnings.push({ code, record, message });
}
