// The records of a zip as torch writes them, met from front to back (reference §2.3 to §2.6). Headers state no sizes:
//
//   PK\3\4 … flags method 0 0 0 0 0 name extra │ name │ zip64 field? FB field │ content │ PK\7\8 crc packed size
//   30 bytes, sizes and crc 0                                                   └ none of these where it is empty
//
// Sizes of the descriptor have 8 bytes where there is a zip64 field: where the header stands at 4 GiB or behind, or the
// content has as much. What is not written like this is not guessed at.
import { FormatError } from "../core/errors.js";
import { crc32 } from "../core/kernels.js";
import { shown } from "../core/shown.js";
import { latin1Text } from "../core/text.js";
import { wrongCrc } from "../core/wrong_crc.js";
import type { Forward } from "../io/forward.js";
import { HEADER } from "./local_header.js";
import { cutShort, notForward } from "./passage.js";

/** Sizes and offsets from here on stand in a zip64 field. */
export const BIG = 0xffffffff;
/** Flags of a record: names are UTF-8, and a descriptor follows the content. */
export const EMPTY_FLAGS = 0x0800;
const FLAGS = 0x0808;
/** The longest content of a small record: `.data/serialization_id` has 40 bytes. */
const MAX_SMALL = 64;
const LOCAL_SIGN = 0x04034b50;
const DIRECTORY_SIGN = 0x02014b50;
const DESCRIPTOR_SIGN = 0x08074b50;

/** A record that was met. Its size and sum are known once it has passed. */
export interface Met {
  /** Its bytes as code points, the folder in front. */
  readonly name: string;
  /** Where its header stands. */
  readonly header: number;
  readonly flags: number;
  /** Bytes of the zip64 field, 0: none. */
  readonly zip64: number;
  size: number;
  crc: number;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Passes the header of the next record; null where the directory comes. */
export async function nextRecord(forward: Forward): Promise<Met | null> {
  for (let wanted = HEADER; ; ) {
    const met = nextRecordHere(forward);
    if (typeof met !== "number") return met;
    wanted = Math.max(wanted, met);
    const bytes = await forward.peek(wanted);
    if (bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === DIRECTORY_SIGN) return null;
    if (bytes.length < wanted) throw cutShort(forward, wanted === HEADER ? "where a record should begin" : "inside the header of a record");
  }
}

/** The same, of a header that is here; else the number of bytes that have to be. */
export function nextRecordHere(forward: Forward): Met | null | number {
  const at = forward.position;
  const head = forward.here(HEADER);
  if (head === undefined) return HEADER;
  const fixed = viewOf(head);
  const sign = fixed.getUint32(0, true);
  if (sign === DIRECTORY_SIGN) return null;
  if (sign !== LOCAL_SIGN) throw notForward("where a record should begin, none does", at);
  const flags = fixed.getUint16(6, true);
  const stated = fixed.getUint32(14, true) | fixed.getUint32(18, true) | fixed.getUint32(22, true);
  if (fixed.getUint16(8, true) !== 0) throw notForward("a record is deflated", at);
  if ((flags !== FLAGS && flags !== EMPTY_FLAGS) || stated !== 0) throw notForward("the header of a record is not as torch.save writes it", at);
  const nameLength = fixed.getUint16(26, true);
  const length = HEADER + nameLength + fixed.getUint16(28, true);
  const all = forward.here(length);
  if (all === undefined) return length;
  const zip64 = extraOf(viewOf(all), HEADER + nameLength, length);
  if (zip64 < 0) throw notForward("a record has extra fields that torch.save does not write", at);
  const name = latin1Text(all, HEADER, nameLength);
  forward.pass(length);
  return { name, header: at, flags, zip64, size: 0, crc: 0 };
}

/** Bytes of the zip64 field, 0 where there is none; -1 where the fields are others than zip64, perhaps, and FB. */
function extraOf(header: DataView, from: number, to: number): number {
  let at = from;
  let zip64 = 0;
  if (to - at >= 4 && header.getUint16(at, true) === 1) {
    zip64 = header.getUint16(at + 2, true);
    at += 4 + zip64;
  }
  return to - at >= 4 && header.getUint16(at, true) === 0x4246 && at + 4 + header.getUint16(at + 2, true) === to ? zip64 : -1;
}

/** Bytes of the zip64 field that a record of this size has at this place. */
export function zip64Of(size: number, header: number): number {
  return (size >= BIG ? 16 : 0) + (header >= BIG ? 8 : 0);
}

/** Bytes of what follows the content of a record of this size. */
export function descriptorBytes(met: Met, size: number): number {
  return size === 0 ? 0 : met.zip64 === 0 ? 16 : 24;
}

/** Passes what follows the content of a record, which has to tell its size, and its sum where it tells one. */
export async function passDescriptor(forward: Forward, met: Met, size: number, crc: number | undefined): Promise<void> {
  const length = descriptorBytes(met, size);
  if (forward.here(length) === undefined && (await forward.peek(length)).length < length) throw cutShort(forward, `behind the content of record "${shown(met.name)}"`);
  passDescriptorHere(forward, met, size, crc);
}

/** The same, of one that is here. */
export function passDescriptorHere(forward: Forward, met: Met, size: number, crc: number | undefined): void {
  if ((size === 0) !== (met.flags === EMPTY_FLAGS) || zip64Of(size, met.header) !== met.zip64) throw wrongSize(met, size);
  met.size = size;
  const bytes = size === 0 ? undefined : forward.here(descriptorBytes(met, size));
  if (bytes === undefined) return;
  const view = viewOf(bytes);
  if (!describes(view, 0, size, bytes.length)) throw wrongSize(met, size);
  met.crc = view.getUint32(4, true);
  forward.pass(bytes.length);
  if (crc !== undefined && met.crc !== 0 && met.crc !== crc) throw wrongCrc(met.name);
}

/** Is this the descriptor of so many bytes? */
function describes(view: DataView, at: number, size: number, length: number): boolean {
  if (view.getUint32(at, true) !== DESCRIPTOR_SIGN) return false;
  if (length === 16) return view.getUint32(at + 8, true) === size && view.getUint32(at + 12, true) === size;
  return view.getBigUint64(at + 8, true) === BigInt(size) && view.getBigUint64(at + 16, true) === BigInt(size);
}

function wrongSize(met: Met, size: number): FormatError {
  return new FormatError(`Cannot read record "${shown(met.name)}": what stands behind its ${size} bytes does not describe so many`, {
    code: "ZIP_DESCRIPTOR", offset: met.header, record: met.name,
  });
}

/** Passes a record of a few bytes, whose size only its descriptor tells, and answers its content as text. */
export async function passSmall(forward: Forward, met: Met): Promise<string> {
  if (met.zip64 !== zip64Of(0, met.header)) throw wrongSize(met, 0);
  if (met.flags === EMPTY_FLAGS) return "";
  const length = descriptorBytes(met, 1);
  const bytes = await forward.peek(MAX_SMALL + length);
  const view = viewOf(bytes);
  for (let n = 1; n + length <= bytes.length; n++) {
    if (!describes(view, n, n, length)) continue;
    const text = latin1Text(bytes, 0, n);
    const crc = crc32(bytes.subarray(0, n));
    forward.pass(n);
    await passDescriptor(forward, met, n, crc);
    return text;
  }
  if (bytes.length < MAX_SMALL + length) throw cutShort(forward, `inside record "${shown(met.name)}"`);
  throw notForward(`only the directory tells how long record "${shown(met.name)}" is`, met.header);
}
