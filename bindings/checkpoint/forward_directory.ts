// The end of a zip that passed, held against what passed (reference §2.7, §2.8):
//
//   directory: PK\1\2, an entry a record │ zip64 end PK\6\6 │ locator PK\6\7 │ end PK\5\6 │ nothing more
//
// Readers with offsets believe the directory alone. One that lists other records, or has another one behind it, would show
// them another file than the one that passed here.
import { FormatError } from "../core/errors.js";
import { latin1Text } from "../core/text.js";
import type { Forward } from "../io/forward.js";
import { BIG, viewOf, zip64Of, type Met } from "./forward_record.js";
import { cutShort } from "./passage.js";

const ENTRY = 46;
const END64 = 56;
const LOCATOR = 20;
const END = 22;

/** Passes the directory and the end records, which have to be those of these records, in their order, and nothing else. */
export async function passDirectory(forward: Forward, records: readonly Met[]): Promise<void> {
  const start = forward.position;
  for (const met of records) await passEntry(forward, met);
  const end = forward.position;
  const view = viewOf(await take(forward, END64 + LOCATOR + END));
  const count = records.length;
  const size = end - start;
  const wide = (at: number, value: number): boolean => view.getBigUint64(at, true) === BigInt(value);
  const word = (at: number, value: number): boolean => view.getUint32(at, true) === value;
  const half = (at: number, value: number): boolean => view.getUint16(at, true) === value;
  const end64 = word(0, 0x06064b50) && wide(4, 44) && word(16, 0) && word(20, 0) &&
    wide(24, count) && wide(32, count) && wide(40, size) && wide(48, start);
  const at = END64 + LOCATOR;
  const locator = word(END64, 0x07064b50) && word(END64 + 4, 0) && wide(END64 + 8, end) && word(END64 + 16, 1);
  const last = word(at, 0x06054b50) && word(at + 4, 0) && half(at + 8, Math.min(count, 0xffff)) && half(at + 10, Math.min(count, 0xffff)) &&
    word(at + 12, Math.min(size, BIG)) && word(at + 16, Math.min(start, BIG)) && half(at + 20, 0);
  if (!end64 || !locator || !last) throw disagrees(end, "its end records are of another one");
  forward.pass(END64 + LOCATOR + END);
  if ((await forward.peek(1)).length > 0) throw disagrees(forward.position, "bytes stand behind its end");
}

/** Passes an entry, which has to be that of this record. */
async function passEntry(forward: Forward, met: Met): Promise<void> {
  const extra = zip64Of(met.size, met.header);
  const length = ENTRY + met.name.length + (extra === 0 ? 0 : 4 + extra);
  const bytes = forward.here(length) ?? await take(forward, length);
  const view = viewOf(bytes);
  const same = view.getUint32(0, true) === 0x02014b50 && view.getUint16(8, true) === met.flags && view.getUint16(10, true) === 0 &&
    view.getUint32(16, true) === met.crc && view.getUint32(20, true) === Math.min(met.size, BIG) &&
    view.getUint32(24, true) === Math.min(met.size, BIG) && view.getUint16(28, true) === met.name.length &&
    ENTRY + met.name.length + view.getUint16(30, true) === length && view.getUint32(32, true) === 0 && // no comment, one disk
    view.getUint32(42, true) === Math.min(met.header, BIG) && latin1Text(bytes, ENTRY, met.name.length) === met.name &&
    (extra === 0 || sameExtra(view, ENTRY + met.name.length, extra, met));
  if (!same) throw disagrees(forward.position, `where the entry of "${met.name}" should stand is another one`);
  forward.pass(length);
}

function sameExtra(view: DataView, from: number, bytes: number, met: Met): boolean {
  if (view.getUint16(from, true) !== 1 || view.getUint16(from + 2, true) !== bytes) return false;
  const values = [...(met.size >= BIG ? [met.size, met.size] : []), ...(met.header >= BIG ? [met.header] : [])];
  return values.every((value, i) => view.getBigUint64(from + 4 + 8 * i, true) === BigInt(value));
}

async function take(forward: Forward, length: number): Promise<Uint8Array> {
  const bytes = await forward.peek(length);
  if (bytes.length < length) throw cutShort(forward, "inside the directory");
  return bytes;
}

function disagrees(offset: number, how: string): FormatError {
  return new FormatError(`The directory of this zip does not list what stands before it: ${how}. Other readers would see another file`, {
    code: "ZIP_DIRECTORY", offset,
  });
}
