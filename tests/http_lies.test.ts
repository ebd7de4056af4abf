// Servers that lie, break off and stall: never a wrong tensor, a hang or an error without a type, and never a storm of requests.
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { BrineError, Dict, load, open, openHttp, OrderedDict, reprOf, saveSync, Storage, Tensor, type HttpOptions } from "../bindings/index.js";
import { serve, type Asked, type Lie } from "./support/server.js";

const all = new OrderedDict<string, Tensor>(Array.from({ length: 6 }, (_, i) => (
  [`layer.${i}`, new Tensor(new Storage(new Uint8Array(400_000).map((_, at) => (at * 31 + i * 7) >> 1), { dtype: "uint8" }), { dtype: "uint8", shape: [400_000] })])));
const file = saveSync(all);
const expected = reprOf(all);

const codeOf = (...codes: string[]) => (error: unknown): boolean => {
  assert.ok(error instanceof BrineError, String(error));
  assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
  return true;
};

/** The headers of an honest answer, or of one that says something else. */
function headers({ from, to }: Asked, other: Record<string, string | number> = {}): Record<string, string | number> {
  return { "Content-Range": `bytes ${from}-${to - 1}/${file.length}`, ETag: "\"1\"", ...other };
}

/** Lies about everything but the first answer. */
const later = (lie: Lie): Lie => (asked, answer, count) => count > 1 && lie(asked, answer, count);
const give = (answer: ServerResponse, head: Record<string, string | number>, body: Uint8Array, status: number = 206): true => {
  answer.writeHead(status, head).end(body);
  return true;
};

async function loadFrom(url: string, options: HttpOptions): Promise<unknown> {
  return load(await openHttp(url, options));
}

const LIES: readonly (readonly [name: string, codes: readonly string[], lie: Lie])[] = [
  ["many parts (multipart/byteranges)", ["HTTP_RANGE"], ({ from, to }, answer) => give(answer, { "Content-Type": "multipart/byteranges; boundary=x" }, file.subarray(from, to))],
  ["many parts later", ["HTTP_RANGE"], later(({ from, to }, answer) => give(answer, { ETag: "\"1\"", "Content-Type": "multipart/byteranges; boundary=x" }, file.subarray(from, to)))],
  ["a Content-Range of an unknown size", ["HTTP_RANGE"], (a, answer) => give(answer, { "Content-Range": `bytes ${a.from}-${a.to - 1}/*` }, file.subarray(a.from, a.to))],
  ["a Content-Range past 2^53", ["HTTP_RANGE"], (a, answer) => give(answer, { "Content-Range": `bytes ${a.from}-${a.to - 1}/9007199254740993` }, file.subarray(a.from, a.to))],
  ["a Content-Range that ends before it begins", ["HTTP_RANGE"], (a, answer) => give(answer, { "Content-Range": `bytes ${a.to}-${a.from}/${file.length}` }, file.subarray(a.from, a.to))],
  ["a negative Content-Range", ["HTTP_RANGE"], (a, answer) => give(answer, { "Content-Range": `bytes -5-${a.to}/${file.length}` }, file.subarray(a.from, a.to))],
  ["two Content-Ranges", ["HTTP_RANGE"], (a, answer) => {
    answer.setHeader("Content-Range", [`bytes ${a.from}-${a.to - 1}/${file.length}`, "bytes 0-1/2"]);
    answer.writeHead(206).end(file.subarray(a.from, a.to));
    return true;
  }],
  ["a file of 8 PiB", ["ZIP_DIRECTORY_BOUNDS", "ZIP_BAD_END64", "HTTP_RANGE"], (a, answer) => {
    const total = Number.MAX_SAFE_INTEGER;
    const [from, to] = a.last ? [total - (a.to - a.from), total] : [a.from, a.to];
    return give(answer, { "Content-Range": `bytes ${from}-${to - 1}/${total}`, ETag: "\"1\"" }, file.subarray(a.from, a.to));
  }],
  ["no version, where it had one", ["HTTP_CHANGED"], later((a, answer) => give(answer, { "Content-Range": headers(a)["Content-Range"] }, file.subarray(a.from, a.to)))],
  ["the same weak ETag, modified since", ["HTTP_CHANGED"], (a, answer, count) => (
    give(answer, headers(a, { ETag: "W/\"1\"", "Last-Modified": new Date(count * 1e6).toUTCString() }), file.subarray(a.from, a.to)))],
  ["another time where there is no ETag", ["HTTP_CHANGED"], (a, answer, count) => (
    give(answer, { "Content-Range": headers(a)["Content-Range"], "Last-Modified": new Date(count * 1e6).toUTCString() }, file.subarray(a.from, a.to)))],
  ["412", ["HTTP_CHANGED"], later((_, answer) => give(answer, {}, new Uint8Array(0), 412))],
  ["other bytes in the same version", ["CRC", "ZIP_BAD_LOCAL", "UNSAFE_GLOBAL", "PICKLE_OPCODE"], later((a, answer) => give(answer, headers(a), file.subarray(a.from, a.to).map((byte, i) => (i > 200 ? byte ^ 1 : byte))))],
  ["a body that never ends", ["HTTP_LENGTH"], later((a, answer) => {
    answer.writeHead(206, headers(a));
    const more = (): void => void (answer.destroyed || answer.write(new Uint8Array(65536), more));
    more();
    return true;
  })],
  ["headers that never end", ["HTTP_LOST"], (_, answer) => {
    for (let i = 0; i < 2000; i++) answer.setHeader(`X-${i}`, "y".repeat(400));
    answer.writeHead(206).end();
    return true;
  }],
  ["no HTTP at all", ["HTTP_LOST"], (_, answer) => (answer.socket?.end("\0\0 this is no HTTP\r\n\r\n"), true)],
  ["redirects round and round", ["HTTP_LOST"], (_, answer) => give(answer, { Location: "/again" }, new Uint8Array(0), 302)],
  ["a redirect to a file", ["HTTP_LOST"], (_, answer) => give(answer, { Location: "file:///etc/hostname" }, new Uint8Array(0), 302)],
  ["a redirect to nowhere", ["HTTP_STATUS", "HTTP_LOST"], (_, answer) => give(answer, {}, new Uint8Array(0), 302)],
  ["ranges packed by a proxy", ["HTTP_LENGTH"], (a, answer) => give(answer, headers(a, { "Content-Encoding": "gzip" }), gzipSync(file.subarray(a.from, a.to - 5)))],
  ["what is no gzip, and says so", ["HTTP_LOST"], later((a, answer) => give(answer, headers(a, { "Content-Encoding": "gzip" }), file.subarray(a.from, a.to)))],
  ["204", ["HTTP_STATUS"], (_, answer) => (answer.writeHead(204).end(), true)],
  ["an HTML page with status 200", ["HTML"], (_, answer) => give(answer, {}, Buffer.from("<!DOCTYPE html><html>Please log in</html>"), 200)],
];

for (const [name, codes, lie] of LIES) {
  test(`a server that gives ${name}: ${codes.join(" or ")}`, { timeout: 80_000 }, async () => {
    await using server = await serve(file, lie);
    await assert.rejects(loadFrom(server.url, { retries: 1, timeout: 5000 }), codeOf(...codes));
    assert.ok(server.asked.length <= 140, `${server.asked.length} requests`); // fetch follows 20 redirects each time
  });
}

test("a range that a proxy packed and fetch unpacked is that range", async () => {
  await using server = await serve(file, (a, answer) => give(answer, headers(a, { "Content-Encoding": "gzip" }), gzipSync(file.subarray(a.from, a.to))));
  assert.equal(reprOf(await load(server.url)), expected);
});

test("a transfer that breaks off goes on from where it was, and moves nothing twice", async () => {
  let drops = 0;
  let sent: ServerResponse | undefined;
  await using server = await serve(file, (asked, answer) => {
    if (asked.to - asked.from < 300_000 || drops === 2) return false;
    drops++;
    answer.writeHead(206, { ...headers(asked), "Content-Length": asked.to - asked.from });
    answer.write(file.subarray(asked.from, asked.from + 100_000));
    sent = answer;
    return true;
  });
  const opened = await open(server.url);
  const before = server.asked.length;
  const tensor = await opened.read("layer.3", { onProgress: ({ loaded }) => {
    if (loaded >= drops * 100_000) sent?.destroy(); // all of it has come
  } });
  assert.deepEqual(tensor.data, all.get("layer.3")?.data);
  const asked = server.asked.slice(before).map(({ from }) => from);
  assert.equal(asked.length, 3);
  assert.deepEqual([asked[1] - asked[0], asked[2] - asked[1]], [100_000, 100_000]);
  await opened.close();
});

test("a body that ends early goes on as well; another version does not go on", async () => {
  for (const [second, codes] of [["\"1\"", null], ["\"2\"", ["HTTP_CHANGED"]]] as const) {
    let cut = 0;
    await using server = await serve(file, (asked, answer) => {
      if (asked.to - asked.from < 300_000) return false;
      return give(answer, headers(asked, { ETag: cut++ === 0 ? "\"1\"" : second }), file.subarray(asked.from, cut === 1 ? asked.from + 5000 : asked.to));
    });
    const opened = await open(server.url);
    const reading = opened.read("layer.3");
    if (codes === null) assert.deepEqual((await reading).data, all.get("layer.3")?.data);
    else await assert.rejects(reading, codeOf(...codes));
    await opened.close();
  }
});

test("a body longer than announced is read again from its beginning", async () => {
  let lies = 0;
  await using server = await serve(file, (asked, answer) => {
    if (asked.to - asked.from < 300_000 || lies++ > 0) return false;
    answer.writeHead(206, headers(asked));
    answer.write(new Uint8Array(asked.to - asked.from), () => setTimeout(() => answer.end("more"), 20));
    return true;
  });
  const opened = await open(server.url);
  assert.deepEqual((await opened.read("layer.3")).data, all.get("layer.3")?.data);
  await opened.close();
});

test("a server that gives a byte and breaks off, for ever, is given up after so many attempts", async () => {
  await using server = await serve(file, later((asked, answer) => {
    answer.writeHead(206, { ...headers(asked), "Content-Length": asked.to - asked.from });
    answer.write(file.subarray(asked.from, asked.from + 1), () => setTimeout(() => answer.destroy(), 5));
    return true;
  }));
  const source = await openHttp(server.url, { retries: 2 });
  await assert.rejects(load(source), codeOf("HTTP_LOST"));
  assert.ok(server.asked.length <= 1 + 3 * 4, `${server.asked.length} requests`);
});

test("when one read fails for good the others of its batch stop", async () => {
  await using server = await serve(file, later((asked, answer) => (answer.writeHead(asked.to - asked.from > 300_000 ? 404 : 503).end(), true)));
  const started = performance.now();
  await assert.rejects(load(await openHttp(server.url, { retries: 1 })), codeOf("HTTP_STATUS"));
  const { length } = server.asked;
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.equal(server.asked.length, length, "nobody goes on asking");
  assert.ok(performance.now() - started < 20_000);
});

test("a server that stalls or drips on the way is given up in time", { timeout: 80_000 }, async () => {
  for (const drip of [false, true]) {
    const timers: NodeJS.Timeout[] = [];
    await using server = await serve(file, later((asked, answer) => {
      answer.writeHead(206, headers(asked)).write("x");
      if (drip) timers.push(setInterval(() => answer.write("x"), 20));
      return true;
    }));
    const source = await openHttp(server.url, { retries: 0, timeout: 200 });
    await assert.rejects(load(source), codeOf("HTTP_LOST"));
    timers.forEach(clearInterval);
  }
});

test("a good pace may take longer than the timeout", async () => {
  await using server = await serve(file, later((asked, answer) => {
    answer.writeHead(206, headers(asked));
    let at = asked.from;
    const more = (): void => {
      answer.write(file.subarray(at, Math.min(asked.to, at + 60_000)));
      at += 60_000;
      if (at < asked.to) setTimeout(more, 120);
      else answer.end();
    };
    more();
    return true;
  }));
  assert.equal(reprOf(await loadFrom(server.url, { retries: 0, timeout: 3000 })), expected);
});

test("a fetch that never answers, throws something odd, or gives a body of something else", { timeout: 80_000 }, async () => {
  const odd = (fetch: HttpOptions["fetch"]): Promise<unknown> => openHttp("http://127.0.0.1:9/", { fetch, retries: 0, timeout: 100 });
  await assert.rejects(odd(() => new Promise(() => undefined)), codeOf("HTTP_LOST"));
  await assert.rejects(odd(() => Promise.reject(new Error("ConnectionRefused"))), codeOf("HTTP_LOST"));
  await assert.rejects(odd(() => Promise.reject("no")), codeOf("HTTP_LOST"));
  await assert.rejects(odd(() => { throw new RangeError("no"); }), codeOf("HTTP_LOST"));
  const strings = new ReadableStream({ start: (to) => (to.enqueue("text"), to.close()) });
  await assert.rejects(odd(async () => new Response(strings, { status: 206, headers: { "Content-Range": "bytes 0-3/4" } })), codeOf("STREAM_KIND", "HTTP_LOST"));
});

test("an abort while a server rests before another attempt rejects at once", async () => {
  await using server = await serve(file, later((_, answer) => (answer.writeHead(503, { "Retry-After": "86400" }).end(), true)));
  const source = await openHttp(server.url);
  const stop = new AbortController();
  const loading = load(source, { signal: stop.signal });
  setTimeout(() => stop.abort(new RangeError("enough")), 100);
  const started = performance.now();
  await assert.rejects(loading, /enough/);
  assert.ok(performance.now() - started < 8000, "it wanted ten seconds");
});

test("what a watcher throws comes out as it is, and is no reason to ask again", async () => {
  await using server = await serve(file);
  const mine = new TypeError("mine");
  await assert.rejects(load(server.url, { onProgress: ({ phase, loaded }) => {
    if (phase === "read" && loaded > 0) throw mine;
  } }), (error) => error === mine);
});

test("a redirect that leads to another version later is told", async () => {
  let version = 0;
  await using server = await serve(file, (asked, answer) => give(answer, headers(asked, { ETag: `"${version > 2 ? 2 : 1}"` }), file.subarray(asked.from, asked.to)));
  await using gate = await serve(file, (_, answer) => {
    version++;
    return give(answer, { Location: server.url }, new Uint8Array(0), 307);
  });
  await assert.rejects(load<Dict>(gate.url), codeOf("HTTP_CHANGED"));
});
