// Safetensors: files of the official library are read to their last bit and written again byte for byte, and what the format
// forbids is refused before a tensor is read. The golden files were written by that library; manifest.json says what they hold.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { BrineError, Dict, inspect, load, loadSync, open, openSync, save, saveSync, Tensor, type Accelerator, type Progress, type ProgressEvent, type Source } from "../bindings/index.js";
import { JsonScanner } from "../bindings/safetensors/json_scanner.js";
import { serve } from "./support/server.js";
import { projectRoot } from "./support/walk.js";

const GOLDEN = join(projectRoot, "tests", "golden-safetensors");

interface Told {
  readonly metadata: readonly (readonly [string, string])[] | null;
  readonly tensors: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[]; readonly hex: string | null }[];
}

const manifest = JSON.parse(readFileSync(join(GOLDEN, "manifest.json"), "utf8")) as Readonly<Record<string, Told>>; // made by make.py
const pathOf = (name: string): string => join(GOLDEN, `${name}.safetensors`);

const bytesOf = (t: Tensor): Uint8Array => new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength);
const hexOf = (t: Tensor): string => Buffer.from(bytesOf(t)).toString("hex");
const ruled = (count: number): string => Buffer.from(Array.from({ length: count }, (_, i) => (7 * i + 3) % 256)).toString("hex");

type Names = Dict<string, Tensor>;

function assertHolds(dict: Names, told: Told): void {
  assert.deepEqual([...dict.keys()].sort(), told.tensors.map(({ name }) => name).sort());
  for (const { name, dtype, shape, hex } of told.tensors) {
    const found = dict.get(name);
    assert.ok(found instanceof Tensor, name);
    assert.equal(found.dtype, dtype, name);
    assert.deepEqual([...found.shape], shape, name);
    assert.equal(hexOf(found), hex ?? ruled(found.numel * found.type.itemsize), name);
  }
}

test("the golden folder has a manifest row for every file, and a file for every row", () => {
  assert.deepEqual(readdirSync(GOLDEN).filter((name) => name.endsWith(".safetensors")).sort(), Object.keys(manifest).map((name) => `${name}.safetensors`).sort());
});

for (const [name, told] of Object.entries(manifest)) {
  test(`${name}.safetensors of the official library: loaded to its last bit, and written again byte for byte`, async () => {
    const bytes = new Uint8Array(readFileSync(pathOf(name)));
    for (const dict of [
      await load<Names>(pathOf(name)), loadSync<Names>(pathOf(name)), await load<Names>(bytes), loadSync<Names>(bytes), await load<Names>(new Blob([bytes])),
      await load<Names>(pathToFileURL(pathOf(name))), await load<Names>(new Response(bytes).body as ReadableStream<Uint8Array>),
    ]) assertHolds(dict, told);
    const { saveOptions, verdict, container, globals } = await inspect(bytes);
    assert.deepEqual([container, verdict, globals, saveOptions?.format], ["safetensors", "clean", [], "safetensors"]);
    const again = await save(await load(bytes), undefined, saveOptions ?? {});
    assert.deepEqual(Buffer.from(again), Buffer.from(bytes));
    assert.deepEqual(Buffer.from(saveSync(loadSync(bytes), undefined, saveOptions ?? {})), Buffer.from(bytes));
  });

  test(`${name}.safetensors opened: listed without a byte of its tensors, each read by its own range`, async () => {
    const bytes = new Uint8Array(readFileSync(pathOf(name)));
    const spy = new Spy(bytes);
    await using file = await open(spy);
    assert.equal(file.container, "safetensors");
    assert.deepEqual(file.metadata === null ? null : [...file.metadata], told.metadata);
    assert.deepEqual(Array.from(file.tensors(), ({ name, dtype, shape }) => ({ name, dtype, shape })).sort(byName),
      told.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })).sort(byName));
    spy.reads.length = 0;
    for (const info of file.tensors()) {
      const read = await file.read(info.name);
      // A name that reads like the path of another tensor is a name first.
      const path = info.name === "a" ? info.name : info.path;
      assert.equal(await file.read(path).then(hexOf), hexOf(read));
      const lazy = file.get(info.name);
      assert.ok(lazy !== undefined && lazy === file.get(path) && lazy === (file.root() as Names).get(info.name));
      if (info.nbytes > 0) assert.throws(() => lazy.data, code("NOT_LOCAL"));
      assert.equal(hexOf(await lazy.to("cpu")), hexOf(read));
      for (const { length } of spy.reads.splice(0)) assert.equal(length, info.nbytes);
    }
    assertHolds(new Dict(await Promise.all(told.tensors.map(async ({ name }) => [name, await file.read(name)] as const))), told);
  });
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

/** Counts what is read of it. */
class Spy implements Source {
  readonly reads: { readonly offset: number; readonly length: number }[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(offset: number, into: Uint8Array): number {
    this.reads.push({ offset, length: into.length });
    const part = this.#bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }
}

const code = (expected: string, offset?: number) => (error: unknown): true => {
  assert.ok(error instanceof BrineError, String(error));
  assert.equal(error.code, expected, error.message);
  if (offset !== undefined) assert.equal(error.offset, offset, error.message);
  assert.match(error.message, /^[A-Z].*[^.]$/s);
  return true;
};

/** A file of this header and so many bytes of data. */
function fileOf(header: string | Uint8Array, data: number = 0, length?: bigint): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const one = (fields: string, name: string = "a"): string => `{"${name}":{${fields}}}`;
const U8 = "\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]";

/** So many tensors over the same bytes. */
const crowd = (count: number, shape: string, end: number): string =>
  `{${Array.from({ length: count }, (_, i) => `"w${i}":{"dtype":"F32","shape":${shape},"data_offsets":[0,${end}]}`).join(",")}}`;

/** What is refused: the file, the code, and the byte at which it is found. */
const ATTACKS: readonly (readonly [title: string, file: Uint8Array, code: string, offset: number])[] = [
  // the official library's attacks and tests
  ["attempt 1: a header longer than the file", fileOf(one(U8), 1, 1000n), "SAFETENSORS_HEADER", 0],
  ["attempt 2: many tensors over the same bytes", fileOf(crowd(10_000, "[2,2]", 16), 16), "SAFETENSORS_OFFSETS", 8 + crowd(2, "[2,2]", 16).indexOf("\"w1\"")],
  ["attempt 3: large tensors over the same bytes", fileOf(crowd(1000, "[200,200]", 160_000), 160_000), "SAFETENSORS_OFFSETS", 8 + crowd(2, "[200,200]", 160_000).indexOf("\"w1\"")],
  ["more data than tensors", fileOf(one(U8), 12), "SAFETENSORS_OFFSETS", 8 + 53 + 1],
  ["less data than tensors", fileOf(one("\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]"), 14), "SAFETENSORS_OFFSETS", 9],
  ["a header past 100 MB", fileOf(one(U8), 1, 100_000_001n), "LIMIT_HEADER", 0],
  ["a header of exabytes", fileOf(one(U8), 1, 0xffffff000000003cn), "SAFETENSORS_HEADER", 0],
  ["no header at all", fileOf("", 0, 60n), "NOT_A_CHECKPOINT", 0],
  ["a header that is not UTF-8", fileOf(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), "JSON", 9],
  ["a header that is not closed", fileOf("{"), "JSON", 9],
  ["a shape whose product overflows", fileOf(one("\"dtype\":\"I32\",\"shape\":[2,9223372036854775807],\"data_offsets\":[0,16]"), 16), "JSON_FORM", 8 + 31],
  ["a shape whose product overflows step by step", fileOf(one("\"dtype\":\"I32\",\"shape\":[4294967296,4294967296,0],\"data_offsets\":[0,0]")), "SAFETENSORS_SIZE", 9],
  ["a shape whose bytes overflow", fileOf(one("\"dtype\":\"I32\",\"shape\":[2251799813685248],\"data_offsets\":[0,16]"), 16), "SAFETENSORS_SIZE", 9],
  ["bits that fill no byte", fileOf(one("\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]"), 1), "SAFETENSORS_SIZE", 9],
  ["halves of a pair that stand alone", fileOf(one("\"dtype\":\"F4\",\"shape\":[2,1],\"data_offsets\":[0,1]"), 1), "SAFETENSORS_SIZE", 9],
  // holes, overlaps, ends
  ["a hole in front", fileOf(one("\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]"), 2), "SAFETENSORS_OFFSETS", 9],
  ["a hole in between", fileOf(`{"a":{${U8}},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3), "SAFETENSORS_OFFSETS", 8 + 53],
  ["an overlap", fileOf(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), "SAFETENSORS_OFFSETS", 8 + 53],
  ["one tensor inside another", fileOf(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 4), "SAFETENSORS_OFFSETS", 8 + 53],
  ["an end before its beginning", fileOf(one("\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[1,0]"), 1), "SAFETENSORS_OFFSETS", 9],
  ["an end far behind the file", fileOf(one("\"dtype\":\"U8\",\"shape\":[9007199254740],\"data_offsets\":[0,9007199254740]"), 1), "SAFETENSORS_OFFSETS", 9],
  ["data of no tensor", fileOf("{}", 1), "SAFETENSORS_OFFSETS", 10],
  ["fewer bytes than the shape takes", fileOf(one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]"), 4), "SAFETENSORS_SIZE", 9],
  ["more bytes than the shape takes", fileOf(one("\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,8]"), 8), "SAFETENSORS_SIZE", 9],
  // keys
  ["a tensor named twice", fileOf(`{"a":{${U8}},"a":{${U8}}}`, 1), "JSON_DUPLICATE", 8 + 53],
  ["a tensor named twice, once with an escape", fileOf(`{"a":{${U8}},"\\u0061":{${U8}}}`, 1), "JSON_DUPLICATE", 8 + 53],
  ["a field twice", fileOf(one(`"dtype":"U8",${U8}`), 1), "JSON_DUPLICATE", 8 + 19],
  ["metadata twice", fileOf("{\"__metadata__\":{},\"__metadata__\":{}}"), "JSON_DUPLICATE", 8 + 19],
  ["a key of the metadata twice", fileOf("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}"), "JSON_DUPLICATE", 8 + 25],
  ["metadata that is no text", fileOf("{\"__metadata__\":{\"a\":1}}"), "JSON_FORM", 8 + 21],
  ["metadata that nests", fileOf("{\"__metadata__\":{\"a\":{}}}"), "JSON_FORM", 8 + 21],
  ["metadata that is null", fileOf("{\"__metadata__\":null}"), "JSON_FORM", 8 + 16],
  ["a field that is not there", fileOf(one("\"dtype\":\"U8\",\"shape\":[1]"), 1), "JSON_FORM", 8 + 30],
  ["a field of another format", fileOf(one(`${U8},"order":"F"`), 1), "JSON_FORM", 8 + 52],
  ["an unknown dtype", fileOf(one("\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[0,1]"), 1), "SAFETENSORS_DTYPE", 8 + 14],
  ["a dtype in lower case", fileOf(one("\"dtype\":\"u8\",\"shape\":[1],\"data_offsets\":[0,1]"), 1), "SAFETENSORS_DTYPE", 8 + 14],
  ["three offsets", fileOf(one("\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]"), 1), "JSON_FORM", 8 + 50],
  ["one offset", fileOf(one("\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]"), 1), "JSON_FORM", 8 + 49],
  ["no offset", fileOf(one("\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[]"), 1), "JSON_FORM", 8 + 48],
  ["a size with a point", fileOf(one("\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]"), 1), "JSON_FORM", 8 + 28],
  ["a size with an exponent", fileOf(one("\"dtype\":\"U8\",\"shape\":[1e0],\"data_offsets\":[0,1]"), 1), "JSON_FORM", 8 + 28],
  ["a size with leading zeros", fileOf(one("\"dtype\":\"U8\",\"shape\":[01],\"data_offsets\":[0,1]"), 1), "JSON_FORM", 8 + 28],
  ["a negative size", fileOf(one("\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]"), 1), "JSON_FORM", 8 + 28],
  ["a size as text", fileOf(one("\"dtype\":\"U8\",\"shape\":[\"1\"],\"data_offsets\":[0,1]"), 1), "JSON_FORM", 8 + 28],
  ["a size beyond 2^53", fileOf(one("\"dtype\":\"U8\",\"shape\":[0,9007199254740993],\"data_offsets\":[0,0]")), "JSON_FORM", 8 + 30],
  ["more dimensions than anybody has", fileOf(one(`"dtype":"U8","shape":[${new Array(257).fill(1).join(",")}],"data_offsets":[0,1]`), 1), "LIMIT_NDIM", 8 + 27 + 512],
  // JSON that is none
  ["a comma at the end", fileOf(`{"a":{${U8}},}`, 1), "JSON", 8 + 53],
  ["a comma in front", fileOf(`{,"a":{${U8}}}`, 1), "JSON", 9],
  ["no comma", fileOf(`{"a":{${U8}}"b":{${U8}}}`, 1), "JSON", 8 + 52],
  ["no colon", fileOf(`{"a"{${U8}}}`, 1), "JSON", 8 + 4],
  ["a bare word for a key", fileOf(`{a:{${U8}}}`, 1), "JSON", 9],
  ["a comment", fileOf(`{ /* */ "a":{${U8}}}`, 1), "JSON", 10],
  ["NULs for padding", fileOf(`${one(U8)}\0\0\0`, 1), "JSON", 8 + 53],
  ["more behind the object", fileOf(`${one(U8)}{}`, 1), "JSON", 8 + 53],
  ["an array", fileOf("[]"), "NOT_A_CHECKPOINT", 0],
  ["a byte order mark", fileOf(`\ufeff${one(U8)}`, 1), "NOT_A_CHECKPOINT", 0],
  ["spaces in front of the object", fileOf(` ${one(U8)}`, 1), "SAFETENSORS_HEADER", 0],
  ["half a surrogate pair", fileOf(one(U8, "\\ud800"), 1), "JSON", 9],
  ["an escape that JSON does not know", fileOf(one(U8, "\\x41"), 1), "JSON", 9],
  ["a raw line feed in a name", fileOf(one(U8, "a\nb"), 1), "JSON", 9],
  ["a tensor that is a list", fileOf("{\"a\":[\"U8\",[1],[0,1]]}", 1), "JSON_FORM", 8 + 5],
  ["a list that nests deeply", fileOf(`{"a":${"[".repeat(100_000)}`), "JSON_FORM", 8 + 5],
];

test("a file that begins as a zip, as gzip or as a pickle would is told by its header all the same", async () => {
  // Lengths whose bytes are "PK", gzip's 1f 8b 08, and opcodes that begin old pickles.
  for (const length of [0x4b50, 0x088b1f, 0x58, 0x63, 0x280, 0x7d]) {
    const header = one(U8).padEnd(length, " ");
    if (header.length !== length) continue;
    const dict = await load<Names>(fileOf(header, 1));
    assert.deepEqual([...dict.keys()], ["a"], length.toString(16));
    assert.equal((await open(fileOf(header, 1))).container, "safetensors");
  }
});

test("white space where JSON allows it, fields in any order, and tensors in any order of their data", async () => {
  const header = "{ \"b\" :\t{\"data_offsets\":[ 1 , 3 ],\n\"shape\":[2],\"dtype\":\"I8\"},\r\n \"e\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[3,3]},\"a\": {" + U8 + "} } \n\t";
  const file = fileOf(header, 3);
  file.set([7, 8, 9], file.length - 3);
  const dict = await load<Names>(file);
  assert.deepEqual([...dict].map(([name, t]) => [name, t.dtype, t.toArray()]), [["a", "uint8", [7]], ["b", "int8", [8, 9]], ["e", "float64", []]]);
});

test("every attack of the official library, and whatever else the format forbids, is refused with its code at its byte", async () => {
  for (const [title, file, expected, offset] of ATTACKS) {
    const where = offset;
    await assert.rejects(load(file), code(expected, where), title);
    assert.throws(() => loadSync(file), code(expected, where), title);
    await assert.rejects(open(file), code(expected, where), title);
    assert.throws(() => openSync(file), code(expected, where), title);
    const seen = await inspect(file);
    assert.deepEqual([seen.fault?.code, seen.verdict, seen.tensors], [expected, "incomplete", []], title);
  }
});

test("every cut and every turned bit of a small file is refused, or is another file that the format allows", () => {
  const file = new Uint8Array(readFileSync(pathOf("dtypes")));
  const refusals = new Set<string>();
  const attempt = (bytes: Uint8Array, what: string): void => {
    try {
      for (const [, t] of loadSync<Names>(bytes, { weightsOnly: false })) bytesOf(t);
    } catch (error) {
      assert.ok(error instanceof BrineError, `${what}: ${String(error)}`);
      refusals.add(error.code);
    }
  };
  for (let length = 0; length < file.length; length++) {
    assert.throws(() => loadSync(file.slice(0, length)), (error) => error instanceof BrineError, `cut at ${length}`);
  }
  for (let at = 0; at < file.length; at++) {
    for (let bit = 1; bit < 256; bit <<= 1) {
      const turned = file.slice();
      turned[at] ^= bit;
      attempt(turned, `byte ${at}, bit ${bit}`);
    }
  }
  for (const expected of ["JSON", "JSON_FORM", "SAFETENSORS_DTYPE", "SAFETENSORS_SIZE", "SAFETENSORS_OFFSETS", "SAFETENSORS_HEADER"]) assert.ok(refusals.has(expected), expected);
});

test("the scanner takes what JSON.parse takes, and nothing else", () => {
  const texts = fc.oneof(fc.json({ maxDepth: 6 }), fc.string(), fc.array(fc.constantFrom(..."{}[]\",:0123.eE+-\\u tfnal "), { maxLength: 12 }).map((parts) => parts.join("")));
  const taken = (bytes: Uint8Array): boolean => {
    try {
      const scanner = new JsonScanner(bytes, "text");
      scanner.skip();
      scanner.end();
      return true;
    } catch (error) {
      assert.ok(error instanceof BrineError, String(error));
      return false;
    }
  };
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(fc.property(texts, (text) => {
    const bytes = new TextEncoder().encode(text);
    // Half of a surrogate pair is JSON and no text that UTF-8 can hold.
    assert.equal(taken(bytes), parses(text) && !/\\u[dD][89a-fA-F]/.test(text), text);
  }), { seed: 5, numRuns: 3000, interruptAfterTimeLimit: 10_000 });
  for (const depth of [64, 65]) assert.equal(taken(new TextEncoder().encode("[".repeat(depth) + "]".repeat(depth))), depth === 64);
});

test("limits of the caller hold for headers, tensors and bytes", async () => {
  const file = new Uint8Array(readFileSync(pathOf("dtypes")));
  for (const [limits, expected] of [[{ description: 100 }, "LIMIT_DESCRIPTION"], [{ entries: 19 }, "LIMIT_ENTRIES"], [{ storages: 300 }, "LIMIT_STORAGES"]] as const) {
    await assert.rejects(load(file, { limits }), code(expected));
  }
  await load(file, { limits: { description: 2000, entries: 20, storages: 1000 } });
});

test("a dtype that torch does not have is listed, and no tensor is made of it", async () => {
  const file = fileOf(`{"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]},"b":{"dtype":"F6_E3M2","shape":[8],"data_offsets":[3,9]}}`, 9);
  const opened = await open(file);
  assert.deepEqual(Array.from(opened.tensors(), ({ dtype, nbytes }) => [dtype, nbytes]), [["F6_E2M3", 3], ["F6_E3M2", 6]]);
  await assert.rejects(opened.read("b"), code("SAFETENSORS_DTYPE"));
  await assert.rejects(load(file), code("SAFETENSORS_DTYPE"));
});

test("mapLocation: labels, meta without a byte read, devices, functions that are told the tensor's name", async () => {
  const bytes = new Uint8Array(readFileSync(pathOf("shapes")));
  const spy = new Spy(bytes);
  const nowhere = await load<Names>(spy, { mapLocation: "meta" });
  assert.deepEqual([...nowhere.values()].map((t) => t.device), new Array(7).fill("meta"));
  assert.ok(spy.reads.reduce((sum, { length }) => sum + length, 0) <= 512 + 16384);

  const held = new Map<number, Uint8Array>();
  const device: Accelerator = {
    name: "test:0",
    upload: async (storages) => storages.map(({ bytes: given }) => held.set(held.size, given.slice()).size - 1),
    download: async (handle, from, to) => held.get(handle as number)!.slice(from, to),
  };
  const asked: string[] = [];
  const mixed = await load<Names>(bytes, {
    mapLocation: (storage) => {
      asked.push(`${storage.key} ${storage.dtype} ${storage.nbytes} ${storage.location}`);
      return storage.key === "large" ? device : null;
    },
  });
  assert.ok(asked.includes("large float16 120000 cpu"), asked.join("; "));
  assert.equal(mixed.get("large")?.device, "test:0");
  assert.equal(mixed.get("odd")?.device, "cpu");
  assert.equal(hexOf(await mixed.get("large")!.to("cpu")), ruled(120_000));
  assert.throws(() => loadSync(bytes, { mapLocation: device }), code("NOT_SYNC"));
  await assert.rejects(load(bytes, { mapLocation: "cuda:0" }), code("NO_DEVICE"));
});

test("behind HTTP: the header in one request, then each tensor by its range", async () => {
  const file = fileOf(`{"a":{"dtype":"U8","shape":[300000],"data_offsets":[0,300000]},"b":{"dtype":"U8","shape":[10],"data_offsets":[300000,300010]}}`, 300_010);
  file.fill(5, file.length - 10);
  await using server = await serve(file);
  const opened = await open(server.url);
  const asked = server.asked.length;
  assert.ok(asked <= 2, `${asked} requests`);
  assert.deepEqual((await opened.read("b")).toArray(), new Array(10).fill(5));
  assert.equal(server.asked.length, asked + 1);
  const { from, to } = server.asked.at(-1)!;
  assert.deepEqual([from, to], [file.length - 10, file.length]);
  assert.equal((await load<Names>(server.url)).get("a")?.numel, 300_000);
});

test("slices read the bytes between their first and last element, several tensors are read by one plan, and one after the other", async () => {
  const bytes = new Uint8Array(readFileSync(pathOf("shapes")));
  const spy = new Spy(bytes);
  await using file = await open(spy);
  const large = await file.read("large");
  spy.reads.length = 0;
  const rows = await file.read("large", { slice: [10, 12] });
  assert.deepEqual(spy.reads.map(({ length }) => length), [2 * 200 * 2]);
  assert.deepEqual(rows.toArray(), (large.toArray() as unknown[]).slice(10, 12));
  const columns = await file.read("large", { slice: [null, [-3, null]] });
  assert.deepEqual(columns.toArray(), (large.toArray() as unknown[][]).map((row) => row.slice(-3)));
  assert.equal(columns.storage.nbytes, 300 * 3 * 2);
  assert.deepEqual([...(await file.read("large", { slice: [5, 5] })).shape], [0, 200]);
  await assert.rejects(file.read("odd", { slice: [[0, 1], [0, 1]] }), code("SLICE"));

  spy.reads.length = 0;
  const some = await file.readAll({ filter: ({ name }) => name.endsWith("odd") });
  assert.deepEqual([...some].map(([name, t]) => [name, hexOf(t)]), [["behind.odd", ruled(5)], ["odd", ruled(3)]]);
  assert.equal(spy.reads.length, 1);
  assert.deepEqual([...(await file.readAll({ keys: ["odd", "$[\"scalar\"]", "none"] })).keys()], ["odd", "$[\"scalar\"]", "none"]);
  await assert.rejects(file.readAll({ keys: ["odd", "absent"] }), code("NO_TENSOR"));
  const all = new Dict<string, Tensor>();
  for await (const [name, t] of file) all.set(name, t);
  assertHolds(all, manifest["shapes"]);
});

test("progress goes through its phases and ends where it said it would", async () => {
  const bytes = new Uint8Array(readFileSync(pathOf("shapes")));
  for (const work of [(onProgress: Progress) => load(new Spy(bytes), { onProgress }), async (onProgress: Progress) => save(await load(bytes), undefined, { format: "safetensors", onProgress })]) {
    const seen: ProgressEvent[] = [];
    await work((event) => seen.push(event));
    const phases = [...new Set(seen.map(({ phase }) => phase))];
    assert.deepEqual(phases, seen[0].phase === "write" ? ["write"] : ["open", "read", "build"]);
    for (const phase of phases) {
      const events = seen.filter((event) => event.phase === phase);
      assert.ok(events.every(({ loaded }, i) => i === 0 || loaded >= events[i - 1].loaded), phase);
      if (phase !== "open") assert.equal(events.at(-1)?.loaded, events.at(-1)?.total, phase);
    }
    assert.ok(seen.some(({ tensor }) => tensor === "large"));
  }
});

test("a window, an abort, a closed file", async () => {
  const bytes = new Uint8Array(readFileSync(pathOf("names")));
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  assertHolds(await load<Names>(shifted, { offset: 3 }), manifest["names"]);
  assertHolds(loadSync<Names>(shifted, { offset: 3 }), manifest["names"]);
  const stop = AbortSignal.abort(new Error("enough"));
  await assert.rejects(load(bytes, { signal: stop }), /enough/);
  const file = await open(bytes);
  await file.close();
  await assert.rejects(file.read("a"), code("CLOSED"));
  await assert.rejects(file.readRecord("a"), code("NO_MEMBER"));
});
