// Zips that lie: each row of the reference's error matrix (§1.3) and of the threats (§2) that a zip can carry, made by hand. What
// comes is an error of brine's own with its code, its place and a message, or, where torch reads the file, the same values.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { BrineError, inspect, loadSync, OrderedDict, saveSync, Tensor, tensor, type Dict } from "../bindings/index.js";
import { openSync } from "../bindings/checkpoint/open_sync.js";
import { crc32 } from "../bindings/core/kernels.js";
import { extraField, hostileZip, u64s, type HostileEnd, type HostileRecord } from "./support/hostile_zip.js";
import { latin1 } from "./support/pickles.js";

/** The records of a state dict with one tensor of four floats, as torch names them. */
function records(): HostileRecord[] {
  const file = saveSync({ w: tensor([1, 2, 3, 4], { dtype: "float32" }) });
  const bytes = Buffer.from(file);
  return openSync(file).records.flatMap(({ name, size }) => {
    if (/format_version|storage_alignment|\.data/.test(name)) return [];
    const at = bytes.indexOf(Buffer.concat([Buffer.from(name), Buffer.from("FB")]));
    const start = at + name.length + 4 + bytes.readUInt16LE(at + name.length + 2);
    return [{ name, bytes: bytes.subarray(start, start + size) }];
  });
}

const all = records();
const at = (ending: string): number => all.findIndex(({ name }) => name.endsWith(ending));

/** The archive with one record changed. */
function changed(ending: string, change: Partial<HostileRecord>, end: HostileEnd = {}): Uint8Array {
  return hostileZip(all.map((record, i) => (i === at(ending) ? { ...record, ...change } : record)), end);
}

/** Where the local header of a record stands in an archive of honest headers. */
function headerOf(ending: string): number {
  return all.slice(0, at(ending)).reduce((sum, { name, bytes }) => sum + 30 + name.length + bytes.length, 0);
}

/** Bytes of a record with its header. */
const bytesOf = (ending: string): number => 30 + all[at(ending)].name.length + all[at(ending)].bytes.length;
/** Where the directory starts. */
const directory = all.reduce((sum, { name, bytes }) => sum + 30 + name.length + bytes.length, 0);

function errorOf(bytes: Uint8Array): BrineError | undefined {
  try {
    loadSync(bytes);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof BrineError, String(error));
    assert.match(error.message, /^[A-Z].*[^.]$/s);
    return error;
  }
}

const valuesOf = (bytes: Uint8Array): unknown => ((loadSync(bytes) as Dict<string, Tensor>).get("w") as Tensor).toArray(); // as records() makes it

test("the archive that the lies start from loads", () => {
  assert.deepEqual(all.map(({ name }) => name), ["archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/version"]);
  assert.deepEqual(valuesOf(hostileZip(all)), [1, 2, 3, 4]);
  assert.deepEqual(valuesOf(changed("data/0", { deflate: true })), [1, 2, 3, 4]);
  assert.deepEqual(valuesOf(changed("data.pkl", { deflate: true })), [1, 2, 3, 4]);
});

const MASKED = 0xffffffff;
const zip64 = (...values: bigint[]): Uint8Array => extraField(1, u64s(...values));
const size = (ending: string): bigint => BigInt(all[at(ending)].bytes.length);
const doubled = (ending: string): Uint8Array => hostileZip([...all, { ...all[at(ending)], bytes: all[at(ending)].bytes.map((b) => b ^ 1) }]);
/** The archive with 16 bits of its first local header changed. */
const patched = (offset: number, value: number): Uint8Array => {
  const bytes = Buffer.from(hostileZip(all));
  bytes.writeUInt16LE(value, offset);
  return bytes;
};
const zeros = Buffer.alloc(16);

/** What is wrong, the file, the code, and the offset where one is told: null: none. */
const LIES: readonly (readonly [what: string, file: Uint8Array, code: string, offset: number | null])[] = [
  ["two storages of one name", doubled("data/0"), "ZIP_DUPLICATE", directory + bytesOf("data/0")],
  ["two pickles", doubled("data.pkl"), "ZIP_DUPLICATE", directory + bytesOf("data.pkl")],
  ["two versions", doubled("version"), "ZIP_DUPLICATE", directory + bytesOf("version")],
  ["a storage that lies over the pickle", changed("data/0", { at: 0 }), "ZIP_OVERLAP", 0],
  ["a storage that reaches into the directory", changed("data/0", { central: { packed: 4000, size: 4000 } }), "ZIP_ENTRY_BOUNDS", null],
  ["an encrypted pickle", changed("data.pkl", { flags: 1 }), "ZIP_ENCRYPTED", 0],
  ["a patched pickle", changed("data.pkl", { flags: 0x20 }), "ZIP_ENCRYPTED", 0],
  ["a strongly encrypted storage", changed("data/0", { flags: 0x40 }), "ZIP_ENCRYPTED", headerOf("data/0")],
  ["a storage with masked headers", changed("data/0", { flags: 0x2000 }), "ZIP_ENCRYPTED", headerOf("data/0")],
  ["a pickle of another CRC", changed("data.pkl", { crc: 1 }), "CRC", null],
  ["a storage of another CRC", changed("data/0", { crc: 1 }), "CRC", null],
  ["a byteorder record of another CRC", changed("byteorder", { bytes: latin1("lottle"), crc: crc32(latin1("little")) }), "ZIP_BYTEORDER", headerOf("byteorder")],
  ["bzip2", changed("data/0", { method: 12 }), "ZIP_METHOD", headerOf("data/0")],
  ["zstd, for the pickle", changed("data.pkl", { method: 93 }), "ZIP_METHOD", 0],
  ["LZMA, for version", changed("version", { method: 14 }), "ZIP_METHOD", headerOf("version")],
  ["a stored pickle of two sizes", changed("data.pkl", { central: { size: 12 } }), "ZIP_ENTRY_BOUNDS", 0],
  ["a stored storage of two sizes", changed("data/0", { central: { size: 12 } }), "STORAGE_SIZE", null],
  ["a storage shorter than claimed", changed("data/0", { bytes: all[at("data/0")].bytes.subarray(0, 12) }), "STORAGE_SIZE", null],
  ["a storage longer than claimed", changed("data/0", { bytes: Buffer.alloc(20) }), "STORAGE_SIZE", null],
  ["no local header", changed("data.pkl", { central: { header: 1 } }), "ZIP_OVERLAP", null],
  ["a local header of another signature", hostileZip(all).map((b, i) => (i === 0 ? b : i === headerOf("data/0") ? 0 : b)), "ZIP_BAD_LOCAL", headerOf("data/0")],
  ["a local extra that pushes the content out", patched(28, 0xffff), "ZIP_ENTRY_BOUNDS", 0],
  ["a local name that does", patched(26, 0xffff), "ZIP_ENTRY_BOUNDS", 0],
  ["the wrong case", changed("data/0", { name: "archive/DATA/0", central: { name: "archive/data/1" } }), "STORAGE_MISSING", null],
  ["no storage", hostileZip(all.filter((_, i) => i !== at("data/0"))), "STORAGE_MISSING", null],
  ["no pickle", hostileZip(all.filter((_, i) => i !== at("data.pkl"))), "ZIP_NO_PICKLE", null],
  ["a name without folder", changed("version", { name: "version" }), "ZIP_NOT_IN_FOLDER", null],
  ["a name in another folder", changed("version", { name: "brchive/version" }), "ZIP_NOT_IN_FOLDER", null],
  ["a NUL within a name", changed("data/0", { name: "archive/data\0/0" }), "STORAGE_MISSING", null],
  ["version 11", changed("version", { bytes: latin1("11\n") }), "ZIP_VERSION", headerOf("version")],
  ["version 0", changed("version", { bytes: latin1("0\n") }), "ZIP_VERSION", headerOf("version")],
  ["a version that is no number", changed("version", { bytes: latin1("three") }), "ZIP_VERSION", headerOf("version")],
  ["an empty version", changed("version", { bytes: new Uint8Array(0) }), "ZIP_VERSION", headerOf("version")],
  ["a version of -3", changed("version", { bytes: latin1("-3") }), "ZIP_VERSION", headerOf("version")],
  ["a version of 2^64 + 3", changed("version", { bytes: latin1("18446744073709551619") }), "ZIP_VERSION", headerOf("version")],
  ["a version of a megabyte", changed("version", { bytes: Buffer.alloc(1 << 20, "3") }), "ZIP_SMALL_RECORD", headerOf("version")],
  ["a byteorder of neither kind", changed("byteorder", { bytes: latin1("middle") }), "ZIP_BYTEORDER", headerOf("byteorder")],
  ["an empty byteorder", changed("byteorder", { bytes: new Uint8Array(0) }), "ZIP_BYTEORDER", headerOf("byteorder")],
  ["a byteorder with more behind it", changed("byteorder", { bytes: latin1("little\n") }), "ZIP_BYTEORDER", headerOf("byteorder")],
  ["a deflated storage longer than it says", changed("data/0", { bytes: zeros, content: deflateRawSync(Buffer.alloc(17)), method: 8 }), "INFLATE", null],
  ["one shorter than it says", changed("data/0", { bytes: zeros, content: deflateRawSync(Buffer.alloc(15)), method: 8 }), "INFLATE", null],
  ["one cut short", changed("data/0", { bytes: zeros, content: deflateRawSync(all[at("data/0")].bytes).subarray(0, 8), method: 8 }), "INFLATE", null],
  ["one with bytes behind its end, which no stream would take", changed("data/0", { content: Buffer.concat([deflateRawSync(all[at("data/0")].bytes), latin1("x")]), method: 8 }), "INFLATE", null],
  ["a deflated pickle that is damaged", changed("data.pkl", { content: Buffer.alloc(40, 0xff), method: 8 }), "INFLATE", null],
  ["a deflated pickle longer than it says", changed("data.pkl", { content: deflateRawSync(Buffer.alloc(all[at("data.pkl")].bytes.length + 1)), method: 8 }), "INFLATE", null],
  ["a bomb: a pickle that inflates to more than deflate can", changed("data.pkl", { content: Buffer.alloc(1000), method: 8, packed: 1000, size: 200_000_000 }), "ZIP_ENTRY_BOUNDS", 0],
  ["a bomb: a pickle of 300 MB", changed("data.pkl", { content: Buffer.alloc(300_000), method: 8, packed: 300_000, size: 300_000_000 }), "LIMIT_INFLATED", null],
  ["a bomb: a storage of a gigabyte where the pickle says 16 bytes", changed("data/0", { content: Buffer.alloc(1_100_000), method: 8, packed: 1_100_000, size: 1 << 30 }), "STORAGE_SIZE", null],
  ["more entries than there are", hostileZip(all, { entries: 5 }), "ZIP_BAD_ENTRY", null],
  ["fewer entries than there are", hostileZip(all, { entries: 3 }), "ZIP_BAD_ENTRY", null],
  ["no entries", hostileZip(all, { entries: 0 }), "ZIP_NO_ENTRIES", null],
  ["an empty archive", hostileZip([]), "ZIP_NO_ENTRIES", null],
  ["a directory of 4 GiB", hostileZip(all, { directorySize: 0xfffffffe }), "ZIP_DIRECTORY_BOUNDS", null],
  ["a directory further on than it is", hostileZip(all, { directoryOffset: directory + 8 }), "ZIP_DIRECTORY_BOUNDS", null],
  ["a directory before where it is", hostileZip(all, { directoryOffset: directory - 8 }), "ZIP_DIRECTORY_BOUNDS", null],
  ["bytes before the archive, which starts as a zip", Buffer.concat([latin1("PK\x03\x04"), hostileZip(all)]), "ZIP_DIRECTORY_BOUNDS", null],
  ["bytes before the archive, which make a text of it", Buffer.concat([latin1("#!/bin/sh\n"), hostileZip(all)]), "NOT_A_CHECKPOINT", 0],
  ["another disk", changed("data/0", { central: { disk: 1 } }), "ZIP_DISKS", null],
  ["zip64: other entries than the 32-bit field", hostileZip(all, { zip64: { entries: 5n } }), "ZIP_BAD_END64", null],
  ["zip64: another directory size", hostileZip(all, { zip64: { size: 1n } }), "ZIP_BAD_END64", null],
  ["zip64: a directory at 2^63", hostileZip(all, { zip64: { offset: 1n << 63n }, directoryOffset: MASKED }), "ZIP_DIRECTORY_BOUNDS", null],
  ["zip64: a directory at 2^64 - 1", hostileZip(all, { zip64: { offset: -1n }, directoryOffset: MASKED }), "ZIP_DIRECTORY_BOUNDS", null],
  ["zip64: 2^53 entries", hostileZip(all, { zip64: { entries: 1n << 53n }, entries: 0xffff }), "LIMIT_ENTRIES", null],
  ["zip64: a locator that points elsewhere", hostileZip(all, { zip64: { locator: 7n } }), "ZIP_BAD_END64", null],
  ["zip64: a record of 2^63 bytes", changed("data/0", { central: { size: MASKED, packed: MASKED, extra: zip64(1n << 63n, 1n << 63n) } }), "ZIP_ENTRY_BOUNDS", null],
  ["zip64: a header at 2^32 + its place", changed("data/0", { central: { header: MASKED, extra: zip64((1n << 32n) + BigInt(headerOf("data/0"))) } }), "ZIP_ENTRY_BOUNDS", null],
  ["zip64: masked sizes without the field", changed("data/0", { central: { size: MASKED, packed: MASKED } }), "ZIP_BAD_ENTRY", null],
  ["zip64: a field too short for what is masked", changed("data/0", { central: { size: MASKED, packed: MASKED, extra: zip64(16n) } }), "ZIP_BAD_ENTRY", null],
  ["zip64: a field longer than the extra", changed("data/0", { central: { size: MASKED, extra: latin1("\x01\0\xff\xff\0\0\0\0") } }), "ZIP_BAD_ENTRY", null],
];

test("each lie is refused by its code, where it stands", () => {
  const failures: string[] = [];
  for (const [what, file, code, offset] of LIES) {
    const error = errorOf(file);
    if (error === undefined) failures.push(`${what}: it loads`);
    else if (error.code !== code || (offset !== null && error.offset !== offset)) failures.push(`${what}: [${error.code}] ${error.offset} ${error.message}`);
  }
  assert.deepEqual(failures, []);
});

test("inspect says the same of each lie, and calls none of them clean whose description is touched", async () => {
  for (const [what, file, code] of LIES) {
    const seen = await inspect(file);
    // Contents of storages are load's business.
    if (seen.fault !== null) assert.deepEqual([seen.fault.code, seen.verdict], [code, "incomplete"], what);
    else assert.ok(seen.verdict === "incomplete" || what === "a storage of another CRC", `${what}: ${seen.verdict}`);
  }
});

test("what torch reads although it is odd, brine reads too, or says why not", () => {
  const read: readonly (readonly [what: string, file: Uint8Array])[] = [
    ["a zero CRC: it was not computed", changed("data/0", { crc: 0 })],
    ["a local header of another name", changed("data/0", { local: { name: "archive/data/1" } })],
    ["a local header with the encryption flag", changed("data/0", { local: { flags: 1 } })],
    ["a local header of another method, size and CRC", changed("data/0", { local: { method: 8, size: 7, packed: 7, crc: 7 } })],
    ["names in another case, which torch folds", hostileZip(all.map((record) => ({ ...record, name: record.name.replace("data/0", "DATA/0") })))],
    ["a comment", hostileZip(all, { comment: latin1("a comment of the archive") })],
    ["a comment with an end record in it", hostileZip(all, { comment: latin1(`PK\x05\x06${"\xff".repeat(40)}`) })],
    ["bytes behind the end", hostileZip(all, { suffix: Buffer.alloc(1000) })],
    ["bytes between the records and the directory", hostileZip(all, { between: Buffer.alloc(100, 0x5a) })],
    ["a path out of the folder, which is only a name", hostileZip(all.map((record) => ({ ...record, name: record.name.replace("archive", "..") })))],
    ["blanks and words around the version", changed("version", { bytes: latin1(" 3abc") })],
    ["a gap before the first record", hostileZip(all, { prefix: latin1("PK\x03\x04") })],
    ["every honest zip64 record", hostileZip(all, { zip64: {} })],
    ["honest zip64 sizes", changed("data/0", { central: { size: MASKED, packed: MASKED, extra: zip64(size("data/0"), size("data/0")) } })],
    ["an honest zip64 header", changed("data/0", { central: { header: MASKED, extra: zip64(BigInt(headerOf("data/0"))) } })],
    ["other extras before the zip64 one", changed("data/0", { central: { size: MASKED, extra: Buffer.concat([extraField(0x5455, Buffer.alloc(5)), zip64(size("data/0"))]) } })],
    ["directory entries in another order", hostileZip([...all].reverse())],
    ["no version record", hostileZip(all.filter((_, i) => i !== at("version")))],
  ];
  for (const [what, file] of read) assert.deepEqual(valuesOf(file), [1, 2, 3, 4], what);
});

test("64-bit fields of a real archive at their edges are refused, or change nothing", () => {
  const file = saveSync(new OrderedDict([["w", tensor([1, 2, 3, 4], { dtype: "float32" })]]));
  const bytes = Buffer.from(file);
  const end64 = bytes.lastIndexOf(Buffer.from("PK\x06\x06", "latin1"));
  const locator = bytes.lastIndexOf(Buffer.from("PK\x06\x07", "latin1"));
  const edges = [0n, 1n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n, 1n << 53n, 1n << 63n, (1n << 64n) - 1n];
  let refused = 0;
  for (const field of [end64 + 4, end64 + 24, end64 + 32, end64 + 40, end64 + 48, locator + 8]) {
    for (const edge of edges) {
      const lie = Buffer.from(bytes);
      lie.writeBigUInt64LE(edge, field);
      try {
        assert.deepEqual(valuesOf(lie), [1, 2, 3, 4]);
      } catch (error) {
        assert.ok(error instanceof BrineError, String(error));
        refused++;
      }
    }
  }
  assert.ok(refused >= 46, `${refused} refused`);
  const entry = bytes.indexOf(Buffer.from("PK\x01\x02", "latin1"));
  for (const [offset, width] of [[8, 2], [10, 2], [20, 4], [24, 4], [28, 2], [30, 2], [32, 2], [34, 2], [42, 4]] as const) {
    for (const value of width === 2 ? [1, 8, 0x7fff, 0xffff] : [0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]) {
      const lie = Buffer.from(bytes);
      lie.writeUIntLE(value, entry + offset, width);
      try {
        assert.deepEqual(valuesOf(lie), [1, 2, 3, 4]);
      } catch (error) {
        assert.ok(error instanceof BrineError, `${offset} ${value}: ${String(error)}`);
      }
    }
  }
});
