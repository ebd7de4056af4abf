// Checkpoints as they pass: stream and load give of a stream, however it is cut into pieces, what open and load give of the file.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import {
  ArgumentError, BrineError, load, open, OrderedDict, reprOf, save, Storage, stream, Tensor, UnsupportedError, type Source, type StreamLike, type TensorPart,
} from "../bindings/index.js";
import { equalValues } from "./support/equal.js";
import { everyFixture } from "./support/fixtures.js";
import { serve } from "./support/server.js";
import { corpusEntries, goldenFixtures, needsShared, sharedFolder } from "./support/walk.js";

/** The bytes in pieces of so many. */
function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(to) {
      if (at >= bytes.length) return to.close();
      to.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

/** What came of it: a value, or the error, which must be one of brine's. */
async function outcome<T>(work: Promise<T>): Promise<T | BrineError> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BrineError) return error;
    throw error;
  }
}

function sameValue(a: unknown, b: unknown): boolean {
  try {
    return equalValues(a, b);
  } catch {
    return reprOf(a) === reprOf(b); // tensors without storages cannot be compared so
  }
}

/** What can be said of a tensor by its listing and all bytes of its storage. */
interface Seen {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly storageOffset: number;
}

/** A text for a tensor, with all of its storage. */
function lineOf({ name, dtype, shape, stride, storageOffset }: Seen, storage: Storage, shared: number, flags: readonly boolean[]): string {
  const content = Buffer.from(storage.bytes).toString("base64");
  return JSON.stringify([name, dtype, [...shape], [...stride], storageOffset, flags, storage.location, storage.key, storage.dtype, shared, content]);
}

/** Numbers storages by the memory that they share, in the order in which they are met. */
function sharing(): (storage: object) => number {
  const met = new Map<object, number>();
  return (storage) => {
    const known = met.get(storage) ?? met.size;
    met.set(storage, known);
    return known;
  };
}

/** Names that stand for one tensor each. Those of keys that are objects may not. */
function once(names: readonly string[]): Set<string> {
  const count = new Map<string, number>();
  for (const name of names) count.set(name, (count.get(name) ?? 0) + 1);
  return new Set(names.filter((name) => count.get(name) === 1));
}

/** Every tensor of a stream, by its name. */
async function streamed(source: StreamLike): Promise<Map<string, Tensor[]>> {
  const out = new Map<string, Tensor[]>();
  for await (const [name, tensor] of stream(source)) out.set(name, [...out.get(name) ?? [], tensor]);
  return out;
}

/** The bytes of every tensor of a stream, put together of its parts. */
async function joined(source: StreamLike): Promise<Map<string, { readonly info: TensorPart["info"]; readonly from: number; readonly bytes: Buffer }>> {
  const open = new Map<number, { from: number; length: number; readonly parts: Uint8Array[] }>();
  const out = new Map<string, { readonly info: TensorPart["info"]; readonly from: number; readonly bytes: Buffer }>();
  for await (const [name, { info, offset, bytes, last }] of stream(source, { chunks: true })) {
    const tensor = open.get(info.index) ?? { from: offset, length: 0, parts: [] };
    assert.equal(offset, tensor.from + tensor.length, `a gap in ${name}`);
    tensor.parts.push(bytes.slice());
    tensor.length += bytes.length;
    open.set(info.index, tensor);
    if (!last) continue;
    open.delete(info.index);
    out.set(name, { info, from: tensor.from, bytes: Buffer.concat(tensor.parts) });
  }
  assert.deepEqual([...open.keys()], [], "tensors without their last part");
  return out;
}

/** Holds what a stream gives against what open gives of the file. Answers how many tensors there were. */
async function compare(bytes: Uint8Array, size: number): Promise<number> {
  const file = await open(bytes, { encoding: "latin1" }); // which reads every str of Python 2
  const list = [...file.tensors()];
  const found = await streamed(inPieces(bytes, size));
  assert.equal([...found.values()].flat().length, list.length, "number of tensors");
  const parts = size === 1 ? undefined : await joined(inPieces(bytes, size));
  const [sharedThere, sharedHere] = [sharing(), sharing()];
  const single = once(list.map(({ name }) => name));
  for (const info of list) {
    if (!single.has(info.name)) continue;
    const [tensor] = found.get(info.name) ?? [];
    assert.ok(tensor !== undefined, `no ${info.name}`);
    const there = file.get(info.name);
    assert.ok(there !== undefined);
    await there.storage.load();
    const flags = (t: Tensor): boolean[] => [t.isConj, t.isNeg];
    assert.equal(
      lineOf({ ...tensor, name: info.name, dtype: tensor.dtype, shape: tensor.shape, stride: tensor.stride, storageOffset: tensor.storageOffset },
        tensor.storage, sharedHere(tensor.storage), flags(tensor)),
      lineOf({ name: info.name, dtype: info.dtype, shape: info.shape, stride: info.stride, storageOffset: info.storageOffset },
        there.storage, sharedThere(there.storage), flags(there)),
    );
    if (parts === undefined) continue;
    const part = parts.get(info.name);
    assert.ok(part !== undefined, `no parts of ${info.name}`);
    assert.deepEqual(JSON.parse(JSON.stringify(part.info)), JSON.parse(JSON.stringify(info)));
    const itemsize = info.numel === 0 ? 0 : info.nbytes / info.numel;
    const span = info.numel === 0 ? 0 : info.shape.reduce((sum, n, i) => sum + (n - 1) * info.stride[i], 1);
    const from = info.storageOffset * itemsize;
    assert.ok(part.bytes.equals(Buffer.from(there.storage.bytes).subarray(from, from + span * itemsize)), `bytes of ${info.name}`);
  }
  await file.close();
  return list.length;
}

/** Loads the bytes, and a stream of them, and compares what came of it. */
async function compareLoads(bytes: Uint8Array, size: number, weightsOnly: boolean): Promise<void> {
  const there = await outcome(load(bytes, { weightsOnly }));
  const here = await outcome(load(inPieces(bytes, size), { weightsOnly }));
  if (there instanceof BrineError || here instanceof BrineError) {
    const told = (value: unknown): unknown => (value instanceof BrineError ? [value.name, value.code, value.message, value.offset, value.record] : "a value");
    assert.deepEqual(told(here), told(there));
  } else assert.ok(sameValue(there, here), "other values");
}

/** Every file there is that holds a checkpoint, or looks like it. */
function files(): string[] {
  const paths = everyFixture().map(({ path }) => path).filter((path) => path !== "");
  return [...new Set([...paths, ...corpusEntries().filter(({ path }) => !path.includes("malicious")).map(({ path }) => path)])].filter((path) => statSync(path).isFile());
}

/** Files whose description does not come first, or that are no checkpoints of torch.save: open reads most of them. */
async function isForOpen(bytes: Uint8Array): Promise<boolean> {
  try {
    for await (const item of stream(inPieces(bytes, 65536))) void item;
    return false;
  } catch (error) {
    assert.ok(error instanceof BrineError, String(error));
    if (error instanceof UnsupportedError) assert.match(error.message, /open\(src\)/);
    else assert.ok(await open(bytes).then((file) => file.close().then(() => false), () => true), `${error.code}, and open reads it`);
    return true;
  }
}

test("stream gives of every golden file what open gives, in pieces of 1, 7 and 65,536 bytes", async () => {
  let tensors = 0;
  for (const { path, name } of goldenFixtures()) {
    const bytes = readFileSync(path);
    if (name === "option_byteorder_late") {
      await assert.rejects(streamed(inPieces(bytes, 7)), { code: "NOT_FORWARD" });
      continue;
    }
    for (const size of bytes.length > 20_000 ? [7, 65536] : [1, 7, 65536]) tensors += await compare(bytes, size);
  }
  assert.ok(tensors > 200, `${tensors} tensors`);
});

test("load gives of a stream of every golden file what it gives of the file, in pieces of 1, 7 and 65,536 bytes", async () => {
  for (const { path } of goldenFixtures()) {
    const bytes = readFileSync(path);
    for (const size of bytes.length > 20_000 ? [7, 65536] : [1, 7, 65536]) await compareLoads(bytes, size, false);
    await compareLoads(bytes, 65536, true);
  }
});

test("every fixture and corpus file, as it passes", needsShared, async (t) => {
  let [passed, forOpen, tensors] = [0, 0, 0];
  for (const path of files()) {
    const bytes = readFileSync(path);
    if (bytes.length === 0) continue;
    try {
      for (const weightsOnly of [true, false]) await compareLoads(bytes, 65536, weightsOnly);
      if (await isForOpen(bytes)) forOpen++;
      else {
        tensors += await compare(bytes, 10_007);
        passed++;
      }
    } catch (cause) {
      throw new Error(`${path.slice((sharedFolder ?? "").length)}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
  t.diagnostic(`${passed} files of ${tensors} tensors passed, ${forOpen} are for open`);
  assert.ok(passed > 1000 && forOpen < 200);
});

const file: Promise<Uint8Array> = save(new OrderedDict(Array.from({ length: 8 }, (_, i): [string, Tensor] => {
  const storage = new Storage(Uint8Array.from({ length: 100_000 }, (_, at) => (at * 31 + i) & 0xff), { dtype: "uint8" });
  return [`t${i}`, new Tensor(storage, { dtype: "uint8", shape: [100_000] })];
})));

async function countOf(source: StreamLike): Promise<number> {
  return [...(await streamed(source)).values()].flat().length;
}

test("stream takes streams, answers, iterables, addresses, Blobs, bytes, and sources of the user's own", async () => {
  const bytes = await file;
  await using server = await serve(bytes, (_, answer) => {
    answer.writeHead(200, { "Content-Length": bytes.length });
    answer.end(bytes);
    return true;
  });
  async function* reused(): AsyncGenerator<Uint8Array> { // as an iterable may: one buffer for all of it
    const piece = new Uint8Array(5000);
    for (let at = 0; at < bytes.length; at += piece.length) {
      const part = bytes.subarray(at, at + piece.length);
      piece.set(part);
      yield piece.subarray(0, part.length);
    }
  }
  const own: Source = {
    size: bytes.length,
    read: async (offset, into) => {
      const part = bytes.subarray(offset, offset + into.length);
      into.set(part);
      return part.length;
    },
  };
  for (const source of [inPieces(bytes, 999), new Response(Buffer.from(bytes)), reused(), server.url, new URL(server.url), new Blob([Buffer.from(bytes)]), bytes, own]) {
    assert.equal(await countOf(source), 8);
  }
  assert.equal(await countOf(await fetch(server.url)), 8);
  const padded = Buffer.concat([Buffer.alloc(100, 7), bytes]);
  let count = 0;
  for await (const [name] of stream(inPieces(padded, 64), { offset: 100 })) assert.equal(name, `t${count++}`);
  assert.equal(count, 8);
});

test("stream reads no further than the loop goes, and lets go of the source when it is left", async () => {
  const bytes = await file;
  let [given, cancelled] = [0, 0];
  const source = new ReadableStream<Uint8Array>({
    pull(to) {
      to.enqueue(bytes.slice(given, given + 10_000));
      given += 10_000;
    },
    cancel: () => void cancelled++,
  }, { highWaterMark: 0 });
  for await (const [name] of stream(source)) {
    assert.equal(name, "t0");
    assert.ok(given < 100_000 + 70_000 + 20_000, `${given} bytes were read for the first tensor`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(given < 100_000 + 70_000 + 20_000, `${given} bytes were read ahead`);
    break;
  }
  assert.equal(cancelled, 1);
  let returned = 0;
  const iterable: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: bytes }),
      return: async () => (returned++, { done: true, value: undefined }),
    }),
  };
  for await (const [name] of stream(iterable)) if (name === "t3") break;
  assert.equal(returned, 1);
});

test("an abort ends a stream that waits, and load of one, with its reason, and lets go of it", { timeout: 80_000 }, async () => {
  const bytes = await file;
  const stalled = (): [ReadableStream<Uint8Array>, Promise<void>] => {
    let cancel = (): void => undefined;
    const cancelled = new Promise<void>((resolve) => (cancel = resolve));
    return [new ReadableStream<Uint8Array>({ start: (to) => to.enqueue(bytes.slice(0, 150_000)), cancel }), cancelled];
  };
  const reason = new Error("enough");
  for (const work of [
    async (source: ReadableStream<Uint8Array>, signal: AbortSignal) => {
      for await (const item of stream(source, { signal })) void item;
    },
    (source: ReadableStream<Uint8Array>, signal: AbortSignal) => load(source, { signal }),
  ]) {
    const stop = new AbortController();
    const [source, cancelled] = stalled();
    setTimeout(() => stop.abort(reason), 20);
    await assert.rejects(work(source, stop.signal), reason);
    await cancelled;
  }
  await assert.rejects(async () => {
    for await (const item of stream(inPieces(bytes, 100), { signal: AbortSignal.abort(reason) })) void item;
  }, reason);
});

test("stream tells its progress, and refuses options that it does not have", async () => {
  const bytes = await file;
  let last: unknown;
  const phases = new Set<string>();
  for await (const item of stream(inPieces(bytes, 10_000), { onProgress: (event) => (phases.add(event.phase), last = event) })) void item;
  assert.deepEqual([...phases], ["open", "read"]);
  assert.deepEqual(last, { phase: "read", loaded: 800_000, total: 800_000, tensor: null });
  assert.throws(() => stream(bytes, { mapLocation: "cpu" } as object), (error) => error instanceof ArgumentError && error.code === "OPTION");
  const safe = await save({ x: new Tensor(new Storage(new Uint8Array(4), { dtype: "uint8" }), { dtype: "uint8", shape: [4] }) }, undefined, { format: "safetensors" });
  await assert.rejects(stream(safe).next(), { code: "NOT_FORWARD", message: /it is a safetensors file/ });
});

test("load of a stream gives small storages buffers that they share, and large ones their own", async () => {
  const storage = (size: number, fill: number): Storage => new Storage(new Uint8Array(size).fill(fill), { dtype: "uint8" });
  const of = (s: Storage): Tensor => new Tensor(s, { dtype: "uint8", shape: [s.nbytes] });
  const bytes = await save(new OrderedDict([["a", of(storage(100, 1))], ["b", of(storage(100, 2))], ["c", of(storage(200_000, 3))]]));
  const value = await load<OrderedDict<string, Tensor>>(inPieces(bytes, 1000));
  const [a, b, c] = ["a", "b", "c"].map((name) => value.get(name)?.storage.bytes);
  assert.equal(a?.buffer, b?.buffer);
  assert.notEqual(a?.buffer, c?.buffer);
  assert.deepEqual([a?.[99], b?.[0], b?.[99], c?.[199_999]], [1, 2, 2, 3]);
});

test("load of a stream that only the end shows to be for offsets gives what it gives of the file, small storages and large ones", async () => {
  const sizes = [1, 63, 64, 65, 1000, 65_535, 65_536, 300_000, 2, 64];
  const bytes = await save(new OrderedDict(sizes.map((size, i) => {
    const storage = new Storage(new Uint8Array(size).map((_, at) => at * 7 + i), { dtype: "uint8" });
    return [`t${i}`, new Tensor(storage, { dtype: "uint8", shape: [size] })];
  })));
  const commented = Buffer.concat([bytes, Buffer.from("comment")]);
  commented.writeUInt16LE(7, bytes.length - 2);
  await assert.rejects(async () => {
    for await (const [name] of stream(inPieces(commented, 1000))) assert.match(name, /^t/);
  }, { code: "ZIP_DIRECTORY" });
  const expected = await load<OrderedDict<string, Tensor>>(commented);
  for (const size of [1, 777, 65_536, 1 << 20]) {
    const value = await load<OrderedDict<string, Tensor>>(inPieces(commented, size));
    for (const [name, { storage }] of expected) assert.deepEqual(value.get(name)?.storage.bytes, storage.bytes, `${name} in pieces of ${size}`);
  }
});
