// One contract, every source: size, reads at any offset, short only at the end, the same checkpoint through each.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { open as openHandle } from "node:fs/promises";
import { test } from "node:test";
import {
  BrineError, cacheApiStore, cacheSource, load, loadSync, memoryStore, openHttp, opfsStore, reprOf, saveSync, Storage, Tensor, type Source, type SourceLike, type SyncSourceLike,
} from "../bindings/index.js";
import { openSource } from "../bindings/io/to_source.js";
import { FakeCache, FakeFolder } from "./support/fake_stores.js";
import { serve } from "./support/server.js";

const example = new URL("../../examples/lstm_state_dict.pt", import.meta.url);
const bytes = new Uint8Array(readFileSync(example));
const expected = reprOf(loadSync(bytes));

interface Given extends AsyncDisposable {
  readonly like: SourceLike;
  readonly bytes: Uint8Array;
}

const given = (like: SourceLike, dispose: () => Promise<void> = async () => undefined, of: Uint8Array = bytes): Given => ({ like, bytes: of, [Symbol.asyncDispose]: dispose });

/** A file that is not read whole by its first request. */
const large = saveSync({ x: new Tensor(new Storage(new Uint8Array(300_000).map((_, i) => i * 7), { dtype: "uint8" }), { dtype: "uint8", shape: [300_000] }) });

const slow: Source = {
  size: bytes.length,
  read: async (offset, into) => {
    const part = bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  },
};

/** Every kind of source, of the same file. */
const SOURCES: ReadonlyMap<string, () => Promise<Given>> = new Map([
  ["a path", async () => given(example.pathname)],
  ["a file: URL", async () => given(example)],
  ["an ArrayBuffer", async () => given(bytes.slice().buffer)],
  ["a Uint8Array", async () => given(bytes)],
  ["a Blob", async () => given(new Blob([bytes]))],
  ["a File", async () => given(new File([bytes.subarray(0, 100), bytes.subarray(100)], "model.pth"))],
  ["a Response", async () => given(new Response(bytes))],
  ["a ReadableStream", async () => given(new Blob([bytes]).stream())],
  ["a FileHandle", async () => {
    const handle = await openHandle(example, "r");
    return given(handle, () => handle.close());
  }],
  ["an address", async () => {
    const server = await serve(bytes);
    return given(server.url, async () => server[Symbol.asyncDispose]());
  }],
  ["a cached address", async () => {
    const server = await serve(large);
    return given(cacheSource(await openHttp(server.url), memoryStore(1 << 20)), async () => server[Symbol.asyncDispose](), large);
  }],
  ["a cache of the Cache API", async () => given(cacheSource(slow, cacheApiStore(new FakeCache()), { block: 1000, key: "a" }))],
  ["a cache in the origin's private file system", async () => given(cacheSource(slow, opfsStore(new FakeFolder()), { block: 777, key: "a" }))],
  ["a cache whose store forgets, lies and fails", async () => given(cacheSource(slow, {
    match: (key) => (key.endsWith("1") ? new Uint8Array(3) : key.endsWith("2") ? Promise.reject(new Error("gone")) : undefined),
    put: () => Promise.reject(new Error("full")),
  }, { block: 512, key: "a" }))],
  ["a source of the user's own", async () => given({
    size: bytes.length,
    read: async (offset: number, into: Uint8Array) => {
      const part = bytes.subarray(offset, offset + into.length);
      into.set(part);
      return part.length;
    },
  })],
]);

async function readAt(source: Source, offset: number, length: number): Promise<Uint8Array> {
  const into = new Uint8Array(length).fill(0xaa);
  const n = await source.read(offset, into);
  assert.ok(into.subarray(n).every((byte) => byte === 0xaa), "wrote past what it says it gave");
  return into.subarray(0, n);
}

for (const [name, make] of SOURCES) {
  test(`${name} keeps the contract of a source`, async () => {
    await using here = await make();
    const source = await openSource(here.like);
    const { bytes } = here;
    assert.equal(source.size, bytes.length);
    for (const [offset, length] of [[0, 1], [0, bytes.length], [1, 7], [4095, 4098], [bytes.length - 3, 3], [64, 0]] as const) {
      assert.deepEqual(await readAt(source, offset, length), bytes.subarray(offset, offset + length), `${length} bytes at ${offset}`);
    }
    // Short only at the end.
    assert.deepEqual(await readAt(source, bytes.length - 3, 10), bytes.subarray(-3));
    assert.equal((await readAt(source, bytes.length, 10)).length, 0);
    await source.close?.();
  });

  test(`${name} loads`, async () => {
    await using here = await make();
    assert.equal(reprOf(await load(here.like)), here.bytes === bytes ? expected : reprOf(loadSync(here.bytes)));
  });
}

test("what takes a promise is refused by the synchronous functions, which name load", () => {
  for (const like of [new Blob([bytes]), new Response(bytes), new Blob([bytes]).stream(), "http://127.0.0.1:9/a.pt"]) {
    assert.throws(() => loadSync(like as SyncSourceLike), (error: unknown) => error instanceof BrineError && /use load/.test(error.message)); // what a JavaScript user can write
  }
});

test("a response that is no file, a stream that breaks or gives no bytes, an address of another kind", async () => {
  const code = (wanted: string) => (error: unknown): boolean => error instanceof BrineError && error.code === wanted;
  await assert.rejects(load(new Response("no", { status: 404 })), code("HTTP_STATUS"));
  await assert.rejects(load(new Response(bytes, { status: 206 })), code("HTTP_RANGE"));
  await assert.rejects(load(new Response(bytes, { headers: { "Content-Length": "5" } })), code("HTTP_LENGTH"));
  const used = new Response(bytes);
  await used.arrayBuffer();
  await assert.rejects(load(used), code("STREAM_KIND"));
  const strings = new ReadableStream({ start: (to) => (to.enqueue("text"), to.close()) });
  await assert.rejects(load(strings as ReadableStream<Uint8Array>), code("STREAM_KIND")); // what a JavaScript user can give
  const broken = new ReadableStream<Uint8Array>({ pull: (to) => to.error(new RangeError("gone")) });
  await assert.rejects(load(broken), /gone/);
  await assert.rejects(load("ftp://127.0.0.1/a.pt"), code("SOURCE_KIND"));
  await assert.rejects(openHttp("file:///a.pt"), code("SOURCE_KIND"));
});
