// How much is asked of a server: a checkpoint of a gigabyte, made as it is served, and a server that counts.
import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { Dict, load, open, reprOf, saveSync, Storage, Tensor, tensor, type CheckpointFile } from "../bindings/index.js";
import { serve, type FileServer } from "./support/server.js";
import { virtualCheckpoint, type VirtualCheckpoint } from "./support/virtual.js";

const SIZES: readonly (readonly [count: number, nbytes: number])[] = [[64, 16 << 20], [1000, 1 << 20], [10_000, 100_000]];

/** Bytes of data.pkl with its header, and of the directory. */
function description(file: VirtualCheckpoint, { records }: CheckpointFile): number {
  const pickle = records.find(({ name }) => name.endsWith("/data.pkl"))!;
  const directory = records.reduce((sum, { name }) => sum + 46 + name.length, 0); // no extras below 4 GiB
  assert.ok(pickle.size + directory < file.size / 100);
  return pickle.size + directory;
}

function counted(server: FileServer): { requests: number; bytes: number } {
  return { requests: server.asked.length, bytes: server.sent() };
}

for (const [count, nbytes] of SIZES) {
  const label = `${count} tensors of ${nbytes} bytes`;
  const file = virtualCheckpoint(count, nbytes);

  test(`open(url) of ${label}: 3 requests at most, and 128 KiB beyond the description`, async () => {
    await using server = await serve(file);
    const opened = await open(server.url);
    const { requests, bytes } = counted(server);
    assert.equal(opened.tensors().length, count);
    assert.ok(requests <= 3, `${requests} requests`);
    assert.ok(bytes <= description(file, opened) + 131_072, `${bytes} bytes for ${description(file, opened)}`);
    await opened.close();
  });

  test(`read(name) of ${label}: one request for each, and nothing of the others`, async () => {
    await using server = await serve(file);
    const opened = await open(server.url);
    for (const i of [0, 1, count - 1, count >> 1]) {
      const before = counted(server);
      const tensor = await opened.read(file.names[i]);
      const after = counted(server);
      assert.ok(Buffer.from(file.of(i)).equals(tensor.data as Uint8Array), file.names[i]); // uint8
      assert.equal(after.requests - before.requests, 1, file.names[i]);
      assert.ok(after.bytes - before.bytes <= nbytes + 256, `${after.bytes - before.bytes} bytes`);
    }
    await opened.close();
  });
}

test("a tenth of 10,000 tensors moves 1.02 times their bytes at most, wherever they lie", async () => {
  const file = virtualCheckpoint(10_000, 100_000);
  await using server = await serve(file);
  const opened = await open(server.url);
  let seed = 3;
  const random = (): number => (seed = Math.imul(seed, 48271) >>> 1) / 2 ** 31;
  for (const chosen of [
    file.names.filter((_, i) => i % 10 === 7), file.names.slice(2000, 3000), file.names.filter(() => random() < 0.1), [...file.names.slice(90, 590), ...file.names.slice(591, 1091)],
  ]) {
    const before = counted(server);
    const tensors = await opened.readAll({ keys: chosen });
    const after = counted(server);
    for (const name of chosen) assert.ok(Buffer.from(file.of(Number(name.split(".")[1]))).equals(tensors.get(name)?.data as Uint8Array), name); // uint8
    const moved = (after.bytes - before.bytes) / (chosen.length * 100_000);
    assert.ok(moved <= 1.02, `${moved} times their bytes`);
    assert.ok(after.requests - before.requests <= chosen.length);
  }
  await opened.close();
});

test("a tenth of 1 GB, 64 tensors of 16 MiB: 1.02 times their bytes, no more than 4 requests at a time", async () => {
  const file = virtualCheckpoint(64, 16 << 20);
  let open_ = 0;
  let most = 0;
  await using server = await serve(file, (_, answer) => {
    most = Math.max(most, ++open_);
    answer.on("close", () => open_--);
    return false;
  });
  const opened = await open(server.url);
  const before = counted(server);
  const tensors = await opened.readAll({ filter: ({ name }) => Number(name.split(".")[1]) % 10 === 3 });
  assert.equal(tensors.size, 7);
  for (const [name, tensor] of tensors) assert.ok(Buffer.from(file.of(Number(name.split(".")[1]))).equals(tensor.data as Uint8Array), name); // uint8
  const after = counted(server);
  assert.ok(after.bytes - before.bytes <= 7 * (16 << 20) * 1.02);
  assert.ok(after.requests - before.requests <= 7);
  assert.ok(most <= 4, `${most} at a time`);
  await opened.close();
});

test("load(url) of small tensors that lie together takes reads of several MiB", async () => {
  const file = virtualCheckpoint(1000, 70_000);
  await using server = await serve(file);
  const all = await load<Dict<string, Tensor>>(server.url);
  assert.ok(Buffer.from(file.of(999)).equals(all.get(file.names[999])?.data as Uint8Array)); // uint8
  assert.ok(server.asked.length <= 3 + Math.ceil(file.size / (7 << 20)), `${server.asked.length} requests`);
  assert.ok(server.sent() <= file.size * 1.02);
});

test("rows of a large tensor: two requests at most, and the bytes of the rows", async () => {
  const rows = new Tensor(new Storage(new Uint8Array(3 << 20).map((_, i) => i * 7), { dtype: "uint8" }), { dtype: "uint8", shape: [3072, 1024] });
  await using server = await serve(saveSync({ rows }));
  const opened = await open(server.url);
  for (const [start, stop] of [[0, 3], [2000, 2010], [-1, null]] as const) {
    const before = counted(server);
    const part = await opened.read("rows", { slice: [start, stop] });
    const after = counted(server);
    assert.deepEqual(part.data, rows.data.slice((start < 0 ? start + 3072 : start) * 1024, (stop ?? 3072) * 1024));
    assert.ok(after.requests - before.requests <= 2);
    assert.ok(after.bytes - before.bytes <= part.numel + 256);
  }
  await opened.close();
});

test("a small file is one request; a server that knows no last bytes is asked for the first ones", async () => {
  const small = saveSync({ x: tensor([1, 2, 3]) });
  await using one = await serve(small);
  assert.equal(reprOf(await load(one.url)), reprOf(await load(small)));
  assert.equal(one.asked.length, 1);

  const file = virtualCheckpoint(1000, 1 << 20);
  for (const refuse of [
    (answer: ServerResponse) => answer.writeHead(400).end(),
    (answer: ServerResponse) => answer.writeHead(416).end(),
    (answer: ServerResponse) => answer.writeHead(501).end(),
    (answer: ServerResponse) => answer.destroy(), // as a browser does whose server does not know its question
    (answer: ServerResponse) => answer.writeHead(200, { "Accept-Ranges": "bytes", "Content-Length": file.size }).flushHeaders(),
  ]) {
    await using server = await serve(file, ({ last }, answer) => last && (refuse(answer), true));
    const opened = await open(server.url);
    assert.ok(server.asked.length <= 5, `${server.asked.length} requests`);
    assert.ok(Buffer.from(file.of(5)).equals((await opened.read(file.names[5])).data as Uint8Array)); // uint8
    await opened.close();
  }
});

test("a thousand reads at once are eight requests at a time, and an abort takes those that wait out of the line", async () => {
  const file = virtualCheckpoint(1000, 70_000);
  let now = 0;
  let most = 0;
  await using server = await serve(file, async (_, answer) => {
    most = Math.max(most, ++now);
    answer.on("close", () => now--);
    await new Promise((resolve) => setTimeout(resolve, 2));
    return false;
  });
  const opened = await open(server.url);
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // five hundred reads listen to it
  const reads = file.names.map((name, i) => opened.read(name, i % 2 === 1 ? { signal: stop.signal } : {}));
  setTimeout(() => stop.abort(new RangeError("enough")), 30);
  const ended = await Promise.allSettled(reads);
  assert.ok(most <= 8, `${most} at a time`);
  assert.ok(ended.every(({ status }, i) => i % 2 === 1 || status === "fulfilled"));
  assert.ok(ended.filter(({ status }) => status === "rejected").length > 300);
  assert.ok(server.asked.length < 700, `${server.asked.length} requests`);
  await opened.close();
});
