// A cache around a source: what was read once is not asked for again, and never mixed with another version.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BrineError, cacheApiStore, cacheSource, Dict, load, memoryStore, open, openHttp, opfsStore, reprOf, saveSync, Storage, Tensor, type CacheStore,
} from "../bindings/index.js";
import { FakeCache, FakeFolder } from "./support/fake_stores.js";
import { FarSource } from "./support/far.js";
import { serve } from "./support/server.js";

const codeOf = (code: string) => (error: unknown): boolean => error instanceof BrineError && error.code === code;
const fileOf = (seed: number): Uint8Array => saveSync(Object.fromEntries(Array.from({ length: 8 }, (_, i) => (
  [`t${i}`, new Tensor(new Storage(new Uint8Array(100_000).map((_, at) => at * 13 + i + seed), { dtype: "uint8" }), { dtype: "uint8", shape: [100_000] })]))));

test("what was read once is not asked for again, by the next one who opens the same version either", async () => {
  const file = fileOf(0);
  for (const store of [memoryStore(1 << 24), cacheApiStore(new FakeCache()), opfsStore(new FakeFolder())]) {
    await using server = await serve(file);
    const first = await load(cacheSource(await openHttp(server.url), store));
    const asked = server.asked.length;
    const second = await load(cacheSource(await openHttp(server.url), store));
    assert.equal(reprOf(second), reprOf(first));
    assert.equal(server.asked.length, asked + 1, "only the probe, which tells the version");
    const opened = await open(cacheSource(await openHttp(server.url), store));
    assert.equal(reprOf(await opened.read("t3")), reprOf((first as Dict<string, Tensor>).get("t3")));
    assert.equal(server.asked.length, asked + 2);
    await opened.close();
  }
});

test("another version of the file finds nothing of the old one", async () => {
  let file = fileOf(0);
  let version = 1;
  const store = memoryStore(1 << 24);
  await using server = await serve({ get size() { return file.length; }, bytes: (from, to) => file.subarray(from, to) }, ({ from, to }, answer) => {
    answer.writeHead(206, { "Content-Range": `bytes ${from}-${to - 1}/${file.length}`, ETag: `"${version}"` }).end(file.subarray(from, to));
    return true;
  });
  const old = reprOf(await load(cacheSource(await openHttp(server.url), store)));
  file = fileOf(1);
  version = 2;
  const now = reprOf(await load(cacheSource(await openHttp(server.url), store)));
  assert.notEqual(now, old);
  assert.equal(now, reprOf(await load(file)));
});

test("a file without a version needs a key; one in memory needs no cache", async () => {
  const file = fileOf(0);
  await using server = await serve(file, ({ from, to }, answer) => {
    answer.writeHead(206, { "Content-Range": `bytes ${from}-${to - 1}/${file.length}` }).end(file.subarray(from, to));
    return true;
  });
  const source = await openHttp(server.url);
  assert.throws(() => cacheSource(source, memoryStore(1000)), codeOf("CACHE_KEY"));
  assert.equal(reprOf(await load(cacheSource(source, memoryStore(1 << 20), { key: "model v7" }))), reprOf(await load(file)));
  const inMemory = await openHttp("http://127.0.0.1:9/", { fetch: async () => new Response(fileOf(0).slice()) });
  assert.equal(cacheSource(inMemory, memoryStore(0)), inMemory);
  assert.throws(() => cacheSource(source, memoryStore(10), { block: 0.5 }), codeOf("OPTION"));
  assert.throws(() => memoryStore(-1), codeOf("OPTION"));
});

test("blocks that are missing are read together, those that are there are not", async () => {
  const file = fileOf(0);
  const far = new FarSource(file);
  const kept = memoryStore(Infinity);
  const source = cacheSource(far, kept, { key: "x", block: 1000 });
  const into = new Uint8Array(50_000);
  await source.read(20_500, into.subarray(0, 1000));
  assert.deepEqual(far.reads, [{ offset: 20_000, length: 2000 }]);
  await source.read(0, into);
  assert.deepEqual(far.reads.slice(1), [{ offset: 0, length: 20_000 }, { offset: 22_000, length: 28_000 }]);
  assert.deepEqual(into, file.slice(0, 50_000));
  for (const offset of [file.length, file.length + 1, file.length + 5000]) assert.equal(await source.read(offset, into), 0);
  assert.equal(far.reads.length, 3, "nothing is read behind the end");
});

test("memory keeps what was asked for last, up to its size", () => {
  const store: CacheStore = memoryStore(30);
  for (const key of ["a", "b", "c"]) void store.put(key, new Uint8Array(10));
  void store.match("a");
  void store.put("d", new Uint8Array(10));
  assert.deepEqual(["a", "b", "c", "d"].map((key) => store.match(key) !== undefined), [true, false, true, true]);
  void store.put("e", new Uint8Array(31));
  assert.equal(store.match("e"), undefined);
  void store.put("a", new Uint8Array(30));
  assert.deepEqual(["a", "c", "d"].map((key) => store.match(key) !== undefined), [true, false, false]);
});

test("an abort goes through to the source", async () => {
  await using server = await serve(fileOf(0), (_, answer, count) => count > 1 && (answer.writeHead(206), true));
  const source = cacheSource(await openHttp(server.url), memoryStore(1 << 20));
  const stop = new AbortController();
  const loading = load(source, { signal: stop.signal });
  setTimeout(() => stop.abort(new RangeError("enough")), 20);
  await assert.rejects(loading, /enough/);
});
