// Checkpoints behind HTTP: how little is asked for, and that a server that lies never yields a wrong tensor, a hang, or an
// error without a type. Servers listen on loopback and stop with their test.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { BrineError, Dict, load, open, openHttp, OrderedDict, reprOf, save, Storage, Tensor } from "../bindings/index.js";
import { serve, type Asked, type Lie } from "./support/server.js";
import { projectRoot } from "./support/walk.js";

/** A checkpoint of tensors that are worth a range each. */
async function checkpoint(): Promise<Uint8Array> {
  const all = new OrderedDict<string, Tensor>();
  for (let i = 0; i < 20; i++) {
    const bytes = new Uint8Array(200_000).map((_, at) => (at * 31 + i * 7) & 0xff);
    all.set(`layer.${i}`, new Tensor(new Storage(bytes, { dtype: "uint8" }), { dtype: "uint8", shape: [200, 1000] }));
  }
  return save(all);
}

const file = await checkpoint();
const whole = await load<Dict<string, Tensor>>(file);

const codeOf = (code: string) => (error: unknown): boolean => {
  assert.ok(error instanceof BrineError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

test("open over HTTP asks three times at most, and little beyond the description", async () => {
  await using server = await serve(file);
  const opened = await open(server.url);
  assert.equal(opened.tensors().length, 20);
  assert.ok(server.asked.length <= 3, `${server.asked.length} requests`);
  assert.ok(server.sent() <= 131_072 + 4096, `${server.sent()} bytes`);
  const before = server.sent();
  const tensor = await opened.read("layer.7");
  assert.deepEqual(tensor.data, whole.get("layer.7")?.data);
  assert.ok(server.sent() - before <= 200_000 * 1.02);
  assert.deepEqual(await opened.get("layer.3")?.to("cpu").then(({ data }) => data), whole.get("layer.3")?.data);
  await opened.close();
});

test("load over HTTP gives what load of the file gives; the user's headers and fetch are used", async () => {
  await using server = await serve(file);
  let fetched = 0;
  const value = await load<Dict<string, Tensor>>(server.url, {
    headers: { Authorization: "Bearer x" },
    fetch: (url, init) => {
      fetched++;
      return fetch(url, init);
    },
  });
  assert.deepEqual([...value.keys()], [...whole.keys()]);
  for (const [name, tensor] of value) assert.deepEqual(tensor.data, whole.get(name)?.data);
  assert.equal(fetched, server.asked.length);
  assert.ok(server.asked.every(({ headers }) => headers.authorization === "Bearer x"));
});

test("the command takes addresses: ls reads descriptions, convert the whole", async () => {
  await using server = await serve(file);
  const run = promisify(execFile);
  const command = join(projectRoot, "dist", "bindings", "cli", "main.js");
  const { stdout } = await run(process.execPath, [command, "ls", server.url]);
  assert.match(stdout, /^layer\.19 .*\n20 tensors/m);
  assert.ok(server.sent() < 200_000);
  const folder = mkdtempSync(join(tmpdir(), "brine-http-"));
  try {
    await run(process.execPath, [command, "convert", server.url, join(folder, "model.pth")]);
    assert.deepEqual(readFileSync(join(folder, "model.pth")), Buffer.from(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a server without ranges gives the whole file once", async () => {
  await using server = await serve(file, (_, answer) => {
    answer.writeHead(200, { "Content-Length": file.length });
    answer.end(file);
    return true;
  });
  assert.equal(reprOf(await load(server.url)), reprOf(whole));
  assert.equal(server.asked.length, 1);
});

test("a proxy that packs the whole file gives the file", async () => {
  await using server = await serve(file, (_, answer) => {
    answer.writeHead(200, { "Content-Encoding": "gzip" });
    answer.end(gzipSync(file));
    return true;
  });
  assert.equal(reprOf(await load(server.url)), reprOf(whole));
});

test("a redirect is followed", async () => {
  await using server = await serve(file);
  await using gate = await serve(file, (_, answer) => {
    answer.writeHead(302, { Location: server.url });
    answer.end();
    return true;
  });
  assert.equal(reprOf(await load(gate.url)), reprOf(whole));
});

/** Lies from the second request on, after an honest probe. */
const later = (lie: Lie): Lie => (asked, answer, count) => count > 1 && lie(asked, answer, count);
const partial = (from: number, to: number, total: number, etag = "\"1\""): Record<string, string | number> => ({
  "Content-Range": `bytes ${from}-${to - 1}/${total}`, ETag: etag,
});

const LIES: readonly (readonly [name: string, code: string, lie: Lie])[] = [
  ["404", "HTTP_STATUS", (_, answer) => (answer.writeHead(404).end("no"), true)],
  ["500 for ever", "HTTP_STATUS", (_, answer) => (answer.writeHead(500).end(), true)],
  ["a 206 without a range", "HTTP_RANGE", (asked, answer) => (answer.writeHead(206).end(file.subarray(asked.from, asked.to)), true)],
  ["another range at first", "HTTP_RANGE", (asked, answer) => (answer.writeHead(206, partial(1, asked.to, file.length)).end(file.subarray(1, asked.to)), true)],
  ["200 after 206", "HTTP_RANGE", later((_, answer) => (answer.writeHead(200, { ETag: "\"1\"" }).end(file), true))],
  ["another range", "HTTP_RANGE", later(({ from, to }, answer) => (answer.writeHead(206, partial(from - 1, to - 1, file.length)).end(file.subarray(from - 1, to - 1)), true))],
  ["another total", "HTTP_CHANGED", later(({ from, to }, answer) => (answer.writeHead(206, partial(from, to, file.length + 1)).end(file.subarray(from, to)), true))],
  ["another ETag", "HTTP_CHANGED", later(({ from, to }, answer) => (answer.writeHead(206, partial(from, to, file.length, "\"2\"")).end(file.subarray(from, to)), true))],
  ["416 for what it had", "HTTP_CHANGED", later((_, answer) => (answer.writeHead(416).end(), true))],
  ["a short body", "HTTP_LENGTH", later(({ from, to }, answer) => (answer.writeHead(206, partial(from, to, file.length)).end(file.subarray(from, to - 1)), true))],
  ["a long body", "HTTP_LENGTH", later(({ from, to }, answer) => (answer.writeHead(206, partial(from, to, file.length)).end(Buffer.concat([file.subarray(from, to), Buffer.of(1)])), true))],
  ["a packed range", "HTTP_LENGTH", later(({ from, to }, answer) => (
    answer.writeHead(206, { ...partial(from, to, file.length), "Content-Encoding": "gzip" }).end(gzipSync(file.subarray(from, to - 5))), true))],
  ["a connection that drops", "HTTP_LOST", later(({ from, to }, answer) => {
    answer.writeHead(206, { ...partial(from, to, file.length), "Content-Length": to - from });
    answer.write(file.subarray(from, from + 10), () => answer.destroy());
    return true;
  })],
];

for (const [name, code, lie] of LIES) {
  test(`a server that gives ${name} is an error: ${code}`, async () => {
    await using server = await serve(file, lie);
    const source = openHttp(server.url, { retries: 1 });
    await assert.rejects(source.then((opened) => load(opened)), codeOf(code));
  });
}

test("a server that stalls is an error in time, before the first byte and behind it", async () => {
  for (const begin of [false, true]) {
    await using server = await serve(file, (asked, answer) => {
      if (begin) answer.writeHead(206, partial(asked.from, asked.to, file.length)).write("x");
      return true; // and then nothing
    });
    await assert.rejects(openHttp(server.url, { retries: 0, timeout: 100 }), codeOf("HTTP_LOST"));
  }
});

/** Whether the first bytes, or the last, or all were asked for. */
const askedFor = ({ from, last, headers }: Asked): string => (headers.range === undefined ? "all" : last ? "last" : from === 0 ? "first" : "more");

test("a server that drops whoever asks for a range is asked for the whole file, once", async () => {
  await using server = await serve(file, ({ headers }, answer) => headers.range !== undefined && (answer.destroy(), true));
  assert.equal(reprOf(await load(await openHttp(server.url, { retries: 1 }))), reprOf(whole));
  assert.deepEqual(server.asked.map(askedFor), ["last", "first", "first", "all"]);
  await assert.rejects(openHttp(server.url, { retries: 0, maxBuffered: 1000 }), codeOf("LIMIT_BUFFERED"));
});

test("a server that drops everybody is an error at once, which names the first reason", async () => {
  await using server = await serve(file, (_, answer) => (answer.destroy(), true));
  const lost: unknown[] = [];
  const began = performance.now();
  await assert.rejects(openHttp(server.url, {
    retries: 0,
    fetch: (url, init) => fetch(url, init).catch((error: unknown) => {
      lost.push(error);
      throw error;
    }),
  }), (error) => codeOf("HTTP_LOST")(error) && (error as Error).cause === lost[1]); // of the attempt that every file is opened by
  assert.deepEqual(server.asked.map(askedFor), ["last", "first", "all"]);
  assert.ok(performance.now() - began < 10_000, "nobody waits between these");
});

test("the whole file is not asked for where the server had answered, or was slow to say nothing, nor where it is refused", async () => {
  await using once = await serve(file, ({ from, to, last }, answer) => {
    if (last) answer.writeHead(206, { ...partial(from, to, file.length), "Content-Length": to - from }).write("x", () => answer.destroy());
    else answer.destroy();
    return true;
  });
  await assert.rejects(openHttp(once.url, { retries: 0 }), codeOf("HTTP_LOST"));
  assert.deepEqual(once.asked.map(askedFor), ["last", "first"]);
  await using silent = await serve(file, () => true);
  await assert.rejects(openHttp(silent.url, { retries: 0, timeout: 500 }), codeOf("HTTP_LOST"));
  assert.deepEqual(silent.asked.map(askedFor), ["last", "first"]);
  await using gone = await serve(file, ({ headers }, answer) => {
    if (headers.range === undefined) answer.writeHead(404).end();
    else answer.destroy();
    return true;
  });
  await assert.rejects(openHttp(gone.url, { retries: 0 }), codeOf("HTTP_STATUS"));
});

test("what is worth it is tried again: 503 with Retry-After, 429, a dropped connection", async () => {
  let failures = 0;
  const tried = new Set<number>();
  await using server = await serve(file, ({ from }, answer) => {
    if (tried.has(from)) return false;
    tried.add(from);
    failures++;
    if (failures % 3 === 0) answer.destroy();
    else answer.writeHead(failures % 3 === 1 ? 503 : 429, { "Retry-After": "0" }).end();
    return true;
  });
  assert.equal(reprOf(await load(server.url)), reprOf(whole));
  assert.ok(failures >= 3);
});

test("an abort while a request is under way rejects with its reason", async () => {
  const stop = new AbortController();
  await using server = await serve(file, () => {
    stop.abort(new Error("enough"));
    return true; // no answer
  });
  await assert.rejects(load(server.url, { signal: stop.signal }), /enough/);
});

test("no one at the address, an empty file, a file too large to buffer", async () => {
  await assert.rejects(openHttp("http://127.0.0.1:9/", { retries: 0 }), codeOf("HTTP_LOST"));
  await using empty = await serve(new Uint8Array(0), (_, answer) => (answer.writeHead(416, { "Content-Range": "bytes */0" }).end(), true));
  await assert.rejects(load(empty.url), codeOf("EMPTY"));
  await using unranged = await serve(file, (_, answer) => (answer.writeHead(200).end(file), true));
  await assert.rejects(openHttp(unranged.url, { maxBuffered: 1000 }), codeOf("LIMIT_BUFFERED"));
});
