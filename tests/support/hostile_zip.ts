// Zip archives of which every field can be a lie. What is not given is as an honest writer would have it.
import { deflateRawSync } from "node:zlib";
import { crc32 } from "../../bindings/core/kernels.js";

/** The fields of one header. */
export interface HeaderFields {
  readonly name?: string;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly packed?: number;
  readonly size?: number;
  readonly extra?: Uint8Array;
}

/** A record. */
export interface HostileRecord extends HeaderFields {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Deflate the bytes (method 8). */
  readonly deflate?: boolean;
  /** What stands in the file instead of the content. */
  readonly content?: Uint8Array;
  /** What the local header says instead. */
  readonly local?: HeaderFields;
  /** What the directory says instead. */
  readonly central?: HeaderFields & { readonly header?: number; readonly disk?: number };
  /** The record has no place of its own: its directory entry points at another one's header. */
  readonly at?: number;
}

/** What stands around the records. */
export interface HostileEnd {
  readonly prefix?: Uint8Array;
  readonly suffix?: Uint8Array;
  readonly comment?: Uint8Array;
  readonly between?: Uint8Array;
  readonly entries?: number;
  readonly directorySize?: number;
  readonly directoryOffset?: number;
  /** A zip64 end record and its locator, with these lies. */
  readonly zip64?: { readonly entries?: bigint; readonly size?: bigint; readonly offset?: bigint; readonly locator?: bigint };
}

/** An extra field. */
export function extraField(id: number, body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(body.length, 2);
  return Buffer.concat([head, body]);
}

/** 64-bit integers, side by side. */
export function u64s(...values: readonly bigint[]): Uint8Array {
  const out = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => out.writeBigUInt64LE(BigInt.asUintN(64, value), 8 * i));
  return out;
}

/** The archive. */
export function hostileZip(records: readonly HostileRecord[], end: HostileEnd = {}): Uint8Array {
  const parts: Uint8Array[] = [end.prefix ?? new Uint8Array(0)];
  const directory: Uint8Array[] = [];
  let at = parts[0].length;
  for (const record of records) {
    const content = record.content ?? (record.deflate === true ? deflateRawSync(record.bytes) : record.bytes);
    const fields = { flags: 0, method: record.deflate === true ? 8 : 0, crc: crc32(record.bytes), packed: content.length, size: record.bytes.length, ...record };
    const header = record.at ?? at;
    if (record.at === undefined) {
      const local = headerOf({ ...fields, ...record.local });
      parts.push(Buffer.from("PK\x03\x04", "latin1"), ...local, content);
      at += 4 + local.reduce((sum, part) => sum + part.length, 0) + content.length;
    }
    const rest = Buffer.alloc(14);
    rest.writeUInt16LE(record.central?.disk ?? 0, 2);
    rest.writeUInt32LE(record.central?.header ?? header, 10);
    const [common, name, extra] = headerOf({ ...fields, ...record.central });
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, rest, name, extra);
  }
  if (end.between !== undefined) {
    parts.push(end.between);
    at += end.between.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  if (end.zip64 !== undefined) directory.push(...zip64End(end.zip64, BigInt(records.length), BigInt(size), BigInt(at)));
  const comment = end.comment ?? new Uint8Array(0);
  const last = Buffer.alloc(22);
  last.write("PK\x05\x06", 0, "latin1");
  last.writeUInt16LE(end.entries ?? records.length, 8);
  last.writeUInt16LE(end.entries ?? records.length, 10);
  last.writeUInt32LE(end.directorySize ?? size, 12);
  last.writeUInt32LE(end.directoryOffset ?? at, 16);
  last.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, ...directory, last, comment, end.suffix ?? new Uint8Array(0)]);
}

/** What local headers and entries of the directory have in common, from "version needed" on, then name and extra. */
function headerOf(fields: Required<Omit<HeaderFields, "extra">> & HeaderFields): [Buffer, Buffer, Uint8Array] {
  const name = Buffer.from(fields.name, "utf8");
  const extra = fields.extra ?? new Uint8Array(0);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(fields.flags, 2);
  common.writeUInt16LE(fields.method, 4);
  common.writeUInt32LE(fields.crc, 10);
  common.writeUInt32LE(fields.packed, 14);
  common.writeUInt32LE(fields.size, 18);
  common.writeUInt16LE(name.length, 22);
  common.writeUInt16LE(extra.length, 24);
  return [common, name, extra];
}

function zip64End(lies: NonNullable<HostileEnd["zip64"]>, entries: bigint, size: bigint, offset: bigint): Uint8Array[] {
  const record = Buffer.alloc(56);
  record.write("PK\x06\x06", 0, "latin1");
  record.writeBigUInt64LE(44n, 4);
  record.set(u64s(lies.entries ?? entries, lies.entries ?? entries, lies.size ?? size, lies.offset ?? offset), 24);
  const locator = Buffer.alloc(20);
  locator.write("PK\x06\x07", 0, "latin1");
  locator.set(u64s(lies.locator ?? offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return [record, locator];
}
