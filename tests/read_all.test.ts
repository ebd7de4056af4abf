// Several tensors of an opened file by one plan, and all of them in turn.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { BrineError, Dict, load, open, OrderedDict, reprOf, saveSync, Storage, tensor, Tensor, type ProgressEvent, type Source } from "../bindings/index.js";
import { FarSource } from "./support/far.js";
import { serve } from "./support/server.js";
import { allFixtures, corpusEntries, goldenFixtures, needsShared } from "./support/walk.js";

const codeOf = (code: string) => (error: unknown): boolean => error instanceof BrineError && error.code === code;

const shared = new Storage(new Float32Array(60_000).map((_, i) => i), { dtype: "float32" });
const state = new OrderedDict<string, Tensor>(Array.from({ length: 60 }, (_, i) => {
  if (i % 20 === 0) return [`layer.${i}`, new Tensor(shared, { shape: [100], storageOffset: i * 1000 })];
  return [`layer.${i}`, new Tensor(new Storage(new Float32Array(i * 700).fill(i), { dtype: "float32" }), { shape: [i * 700] })];
}));
const file = saveSync(state);

for (const far of [false, true]) {
  const source = (): Source | Uint8Array => (far ? new FarSource(file) : file);
  const label = far ? " from afar" : "";

  test(`readAll${label} reads all, some by name or path, some by a filter`, async () => {
    const opened = await open(source());
    const all = await opened.readAll();
    assert.deepEqual([...all.keys()], [...state.keys()]);
    for (const [name, tensor] of all) assert.equal(reprOf(tensor), reprOf(state.get(name)), name);
    assert.equal(all.get("layer.0")?.storage, all.get("layer.20")?.storage, "they share memory in the file");
    const two = await opened.readAll({ keys: new Set(["layer.9", "$[\"layer.3\"]"]) });
    assert.deepEqual([...two.keys()], ["layer.9", "$[\"layer.3\"]"]);
    assert.deepEqual(two.get("layer.9")?.data, state.get("layer.9")?.data);
    const some = await opened.readAll({ filter: ({ name, nbytes }) => name.endsWith("7") && nbytes > 50_000 });
    assert.deepEqual([...some.keys()], ["layer.27", "layer.37", "layer.47", "layer.57"]);
    assert.equal((await opened.readAll({ keys: [] })).size, 0);
    await opened.close();
  });

  test(`for await${label} gives every tensor in the order of the list`, async () => {
    const opened = await open(source());
    const names: string[] = [];
    for await (const [name, tensor] of opened) {
      names.push(name);
      assert.deepEqual(tensor.toArray(), state.get(name)?.toArray(), name);
    }
    assert.deepEqual(names, Array.from(opened.tensors(), ({ name }) => name));
    await opened.close();
  });
}

test("every golden and corpus file gives the same tensors at once, in turn, and one by one", needsShared, async (t) => {
  let files = 0;
  const paths = [...goldenFixtures(), ...allFixtures().filter((_, i) => i % 15 === 0), ...corpusEntries()].map(({ path }) => path);
  for (const path of paths) {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > 3_000_000) continue; // folders, of sharded checkpoints
    const bytes = readFileSync(path);
    let opened;
    try {
      opened = await open(bytes);
      opened.tensors();
    } catch (error) {
      assert.ok(error instanceof BrineError, path);
      continue;
    }
    const texts = async (of: AsyncIterable<readonly [string, Tensor]> | Iterable<readonly [string, Tensor]>): Promise<string[]> => {
      const out: string[] = [];
      for await (const [name, tensor] of of) out.push(`${name} ${/bits|float4|complex32/.test(tensor.dtype) ? Buffer.from(tensor.storage.bytes).toString("hex") : reprOf(tensor)}`);
      return out;
    };
    const infos = [...opened.tensors()];
    const opaque = infos.some(({ dtype }) => /bits|float4|complex32/.test(dtype));
    if (!opaque) {
      const named = (await texts(await opened.readAll())).map((text) => text.replace(/#\d+ /, " ")); // keys of a dict may share a name
      assert.deepEqual(await texts(opened), named, path);
      assert.equal(named.length, infos.length);
      const unique = new Set(infos.map(({ name }) => name)).size === infos.length;
      if (unique) assert.deepEqual(await texts(await Promise.all(infos.map(async ({ name }) => [name, await opened.read(name)] as const))), named, path);
    }
    files++;
    await opened.close();
  }
  t.diagnostic(`${files} files`);
  assert.ok(files > 60);
});

test("readAll refuses what it does not know, and more than the limit", async () => {
  const opened = await open(file, { limits: { storages: 100_000 } });
  await assert.rejects(opened.readAll({ keys: ["layer.1", "nobody"] }), codeOf("NO_TENSOR"));
  await assert.rejects(opened.readAll({ keys: ["layer.1"], filter: () => true }), codeOf("OPTION"));
  await assert.rejects(opened.readAll({ keys: "layer.1" }), codeOf("OPTION"));
  await assert.rejects(opened.readAll({ filter: "layer" as never }), codeOf("OPTION")); // what a JavaScript user can write
  await assert.rejects(opened.readAll(), codeOf("LIMIT_STORAGES"));
  await opened.close();
  // A slip of the pen must not read everything.
  for (const bytes of [file, saveSync({ x: tensor([1, 2]) }, undefined, { format: "safetensors" })]) {
    await using other = await open(bytes);
    const [{ name }] = other.tensors();
    await assert.rejects(other.readAll({ filtre: () => false } as object), codeOf("OPTION"));
    await assert.rejects(other.read(name, { slise: [0, 1] } as object), codeOf("OPTION"));
  }
});

test("an iteration reads no more than a little ahead, and leaves nothing behind when it is left", async () => {
  const big = saveSync(new OrderedDict(Array.from({ length: 12 }, (_, i) => [`t${i}`, new Tensor(new Storage(new Uint8Array(3 << 20).fill(i), { dtype: "uint8" }), { shape: [3 << 20] })])));
  const source = new FarSource(big);
  const opened = await open(source);
  const before = source.bytes;
  for await (const [name] of opened) {
    if (name !== "t0") continue;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(source.bytes - before <= 13 << 20, "two batches of 8 MiB at most");
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  const after = source.bytes;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(source.bytes, after);
  await opened.close();
});

test("an abort ends readAll, read and the reads below them", async () => {
  await using server = await serve(file);
  const opened = await open(server.url);
  for (const work of [(signal: AbortSignal) => opened.readAll({ signal }), (signal: AbortSignal) => opened.read("layer.59", { signal })]) {
    const stop = new AbortController();
    const reading = work(stop.signal);
    stop.abort(new RangeError("enough"));
    await assert.rejects(reading, /enough/);
  }
  assert.equal(reprOf(await opened.read("layer.5")), reprOf(state.get("layer.5")), "and the file is still good");
  await opened.close();
});

test("progress of readAll and read: bytes up to the total, with names", async () => {
  for (const source of [file, new FarSource(file)]) {
    const opened = await open(source);
    const seen: ProgressEvent[] = [];
    const tensors = await opened.readAll({ onProgress: (event) => seen.push(event) });
    assert.ok(seen.every(({ phase, loaded, total }, i) => phase === "read" && total !== null && loaded <= total && (i === 0 || loaded >= seen[i - 1].loaded)));
    assert.equal(seen[0].loaded, 0);
    assert.equal(seen.at(-1)?.loaded, seen.at(-1)?.total);
    assert.ok(seen.at(-1)!.total! <= file.length);
    for (const { tensor } of seen) assert.ok(tensor === null || tensors.has(tensor));
    const one: ProgressEvent[] = [];
    await opened.read("layer.59", { onProgress: (event) => one.push(event) });
    assert.equal(one.at(-1)?.tensor, "layer.59");
    await opened.close();
  }
  assert.ok((await load<Dict<string, Tensor>>(file)).size === 60);
});
