// Safetensors: files of the official library are read to their last bit and written again byte for byte, and what the format
// forbids is refused before a tensor is read. The golden files were written by that library; manifest.json says what they hold.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Dict, inspect, load, loadSync, open, save, saveSync, Tensor, type Accelerator, type Progress, type ProgressEvent, type Source } from "../bindings/index.js";
import { code, fileOf, one, U8 } from "./support/safetensors.js";
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
