// The contract of sources in full, on Node: what every runtime has, and what Node has besides. tests/runtimes runs the same
// contract elsewhere.
import { readFileSync } from "node:fs";
import { open as openHandle } from "node:fs/promises";
import { after, test } from "node:test";
import * as brine from "../bindings/index.js";
import { openSource } from "../bindings/io/to_source.js";
import { errorChecks, refused } from "./portable/errors.js";
import type { Given } from "./portable/packed.js";
import { commonSources, sourceChecks } from "./portable/sources.js";
import { FakeCache, FakeFolder } from "./support/fake_stores.js";
import { serve } from "./support/server.js";

const example = new URL("../../examples/lstm_state_dict.pt", import.meta.url);
const bytes = new Uint8Array(readFileSync(example));

const server = await serve(bytes);
const nothing = await serve(bytes, (_, answer) => (answer.writeHead(404).end(), true));
/** A file that is not read whole by its first request. */
const large = new Uint8Array(brine.saveSync({
  x: new brine.Tensor(new brine.Storage(new Uint8Array(300_000).map((_, i) => i * 7), { dtype: "uint8" }), { dtype: "uint8", shape: [300_000] }),
}));
const larger = await serve(large);
after(() => Promise.all([server, nothing, larger].map((one) => one[Symbol.asyncDispose]())));

const ofNode = new Map<string, () => Given | Promise<Given>>([
  ["a path", () => ({ like: example.pathname })],
  ["a file: URL", () => ({ like: example })],
  ["a FileHandle", async () => {
    const handle = await openHandle(example, "r");
    return { like: handle, close: () => handle.close() };
  }],
]);

const { cacheSource, memoryStore, openHttp } = brine;
const slow: brine.Source = {
  size: bytes.length,
  read: async (offset, into) => {
    const part = bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  },
};

/** Caches over stores that Node has none of itself. */
const cached = new Map<string, () => Given | Promise<Given>>([
  ["a cache of the Cache API", () => ({ like: cacheSource(slow, brine.cacheApiStore(new FakeCache()), { block: 1000, key: "a" }) })],
  ["a cache in the origin's private file system", () => ({ like: cacheSource(slow, brine.opfsStore(new FakeFolder()), { block: 777, key: "a" }) })],
  ["a cache whose store forgets, lies and fails", () => ({
    like: cacheSource(slow, {
      match: (key) => (key.endsWith("1") ? new Uint8Array(3) : key.endsWith("2") ? Promise.reject(new Error("gone")) : undefined),
      put: () => Promise.reject(new Error("full")),
    }, { block: 512, key: "a" }),
  })],
]);

/** Those of a file that takes more than one request. */
const far = new Map<string, () => Given | Promise<Given>>([
  ["an address of a larger file", () => ({ like: larger.url })],
  ["a cached address", async () => ({ like: cacheSource(await openHttp(larger.url), memoryStore(1 << 20)) })],
]);

const checks = [
  ...sourceChecks({ brine, openSource }, large, far),
  ...sourceChecks({ brine, openSource }, bytes, new Map([...ofNode, ...cached, ...commonSources(bytes, server.url)])),
  ...errorChecks(brine, bytes, nothing.url),
];
for (const { name, run } of checks) test(name, run);

test("a FileHandle that is closed is an error with a type", async () => {
  const handle = await openHandle(example, "r");
  await handle.close();
  await refused(brine, () => brine.load(handle), "IO");
});

test("a URL that names no file is an error with a type, in both directions", async () => {
  for (const call of [brine.load, async (from: string | URL) => brine.loadSync(from)]) {
    await refused(brine, () => call("file://elsewhere/model.pt"), "FILE_URL");
    await refused(brine, () => call(new URL("file:///a%2Fb")), "FILE_URL");
    await refused(brine, () => call("s3://[model.pt"), "SOURCE_KIND");
  }
  for (const to of ["file://elsewhere/model.pt", "http://127.0.0.1/model.pt"]) {
    await refused(brine, () => brine.save({ x: 1 }, new URL(to)), "FILE_URL");
    await refused(brine, () => brine.saveSync({ x: 1 }, new URL(to)), "FILE_URL");
  }
});
