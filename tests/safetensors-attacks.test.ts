// What the safetensors format forbids is refused, with a code and at a byte, before a tensor is read: the official library's own
// attacks and tests, and whatever else a header can say.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { BrineError, inspect, load, loadSync, open, openSync, type Dict, type Tensor } from "../bindings/index.js";
import { JsonScanner } from "../bindings/safetensors/json_scanner.js";
import { code, fileOf, one, U8 } from "./support/safetensors.js";
import { projectRoot } from "./support/walk.js";

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
  const file = new Uint8Array(readFileSync(join(projectRoot, "tests", "golden-safetensors", "dtypes.safetensors")));
  const refusals = new Set<string>();
  const attempt = (bytes: Uint8Array, what: string): void => {
    try {
      for (const [, t] of loadSync<Dict<string, Tensor>>(bytes)) t.clone();
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
