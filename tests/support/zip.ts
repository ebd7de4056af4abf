// Zip archives made by hand, for files that no PyTorch would write.
import { crc32 } from "../../bindings/core/kernels.js";

/** A record of an archive. */
export interface ZipRecord {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A zip of stored records, in order. */
export function zipOf(records: readonly ZipRecord[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes } of records) {
    const text = Buffer.from(name, "utf8");
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(text.length, 22);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), common, text, bytes);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10); // offset of the local header
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, rest, text);
    at += 30 + text.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(records.length, 8);
  end.writeUInt16LE(records.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
