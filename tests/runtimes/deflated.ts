// A checkpoint zipped again by a tool that compresses: the same records, each deflated.
import { hostileZip, type HostileRecord } from "../support/hostile_zip.js";

/** The records of a zip without zip64 fields, as its directory lists them, deflated into a new one. */
export function deflated(zip: Buffer): Uint8Array {
  const records: HostileRecord[] = [];
  const end = zip.lastIndexOf("PK\x05\x06", undefined, "latin1");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [size, header] = [zip.readUInt32LE(at + 24), zip.readUInt32LE(at + 42)];
    const [name, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field));
    const content = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
    records.push({ name: zip.toString("utf8", at + 46, at + 46 + name), bytes: zip.subarray(content, content + size), deflate: true });
    at += 46 + name + extra + comment;
  }
  return hostileZip(records);
}
