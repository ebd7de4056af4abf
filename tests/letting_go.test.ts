// What never answers does not hold anyone who has given up, and what was closed is never mistaken for another file.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { closeSync, mkdtempSync, openSync as openFd, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { BrineError, inspect, load, open, save, saveSync, stream, tensor, type LoadOptions, type SourceLike, type StreamLike } from "../bindings/index.js";
import { AsyncFileSource } from "../bindings/io/file.node.js";
import { serve } from "./support/server.js";

const bytes = saveSync({ x: tensor([1, 2, 3]) });
const never = (): Promise<never> => new Promise(() => undefined);
/** A body that gives nothing, and never says that it was let go of. */
const mute = (): ReadableStream<Uint8Array> => new ReadableStream({ pull: never, cancel: never });

async function firstOf(from: StreamLike, options: LoadOptions): Promise<void> {
  for await (const item of stream(from, options)) void item;
}

const READERS = { load, open, stream: firstOf, inspect };
type Reader = (from: SourceLike, options: Pick<LoadOptions, "signal" | "fetch">) => Promise<unknown>;
const readers = Object.entries(READERS) as [name: string, read: Reader][]; // each takes more than that

/** Has it given up with the reason of the abort, and left nothing at the signal? */
async function givesUp(read: (signal: AbortSignal) => Promise<unknown>, name: string): Promise<void> {
  const stop = new AbortController();
  const timers = timersHere();
  const late = setTimeout(() => stop.abort(new RangeError("enough")), 50);
  await assert.rejects(read(stop.signal), (error) => error === stop.signal.reason || error instanceof BrineError, name);
  clearTimeout(late);
  assert.equal(getEventListeners(stop.signal, "abort").length, 0, name);
  assert.ok(timersHere() <= timers, `${name}: a timer keeps the process`);
}

const timersHere = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

test("an abort ends whatever waits for a fetch, a body or a source that does not listen", { timeout: 80_000 }, async () => {
  const answers: Record<string, NonNullable<LoadOptions["fetch"]>> = {
    "no answer": never,
    "no body": async () => new Response(mute()),
    "a refusal": async () => new Response(mute(), { status: 404 }),
    "another range": async () => new Response(mute(), { status: 206, headers: { "Content-Range": "bytes 5-9/1000000" } }),
    "nothing at all": async () => undefined as unknown as Response, // what a JavaScript user can give
    "an error": () => { throw new TypeError("no"); },
  };
  for (const [name, read] of readers) {
    for (const [what, fetch] of Object.entries(answers)) {
      await givesUp((signal) => read("http://127.0.0.1:9/model.pth", { signal, fetch }), `${name}, ${what}`);
    }
    await givesUp((signal) => read({ size: 100_000, read: never }, { signal }), `${name}, a source`);
    await givesUp((signal) => read(mute(), { signal }), `${name}, a stream`);
  }
});

test("a stream by its address is given up in time by a fetch that does not listen", { timeout: 80_000 }, async () => {
  for (const fetch of [never, async () => new Response(mute())]) {
    await assert.rejects(async () => {
      for await (const item of stream("http://127.0.0.1:9/model.pth", { fetch, signal: AbortSignal.timeout(200) })) void item;
    }, { name: "TimeoutError" });
  }
});

test("an answer that breaks off is a lost connection; a stream that somebody reads is none of ours", async () => {
  await using server = await serve(bytes, (_, answer) => {
    answer.writeHead(200, { "Content-Length": bytes.length });
    answer.write(bytes.subarray(0, 700), () => answer.destroy());
    return true;
  });
  for (const [name, read] of readers) {
    await assert.rejects(async () => read(await fetch(server.url), {}), (error) => error instanceof BrineError && error.code === "HTTP_LOST", name);
    const locked = new ReadableStream<Uint8Array>();
    locked.getReader();
    await assert.rejects(read(locked, {}), (error) => error instanceof BrineError && error.code === "STREAM_KIND", name);
  }
});

test("a file that is closed while it is read is read to the end, or not at all: its number may be another's by then", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-closed-"));
  try {
    const [path, other] = [join(folder, "a"), join(folder, "b")];
    writeFileSync(path, new Uint8Array(1 << 20).fill(1));
    writeFileSync(other, new Uint8Array(1 << 20).fill(2));
    const source = new AsyncFileSource(path);
    // More reads than threads to read with: some have not begun when the file is closed.
    const into = Array.from({ length: 64 }, () => new Uint8Array(1 << 20));
    const reads = into.map((buffer) => source.read(0, buffer));
    source.close();
    const fds = Array.from({ length: 4 }, () => openFd(other, "r"));
    assert.deepEqual(new Set(await Promise.all(reads)), new Set([1 << 20]));
    for (const buffer of into) assert.ok(buffer.every((byte) => byte === 1));
    await assert.rejects(source.read(0, new Uint8Array(1)), (error) => error instanceof BrineError && error.code === "CLOSED");
    for (const fd of fds) closeSync(fd);

    for (const name of ["model.pt", "model.safetensors"]) {
      const model = join(folder, name);
      await save({ x: tensor([1, 2, 3]) }, model, name.endsWith("pt") ? {} : { format: "safetensors" });
      const file = await open(model);
      const reading = [file.read("x"), file.readAll(), file.get("x")!.to("cpu")];
      await file.close();
      for (const read of reading) await read.catch((error: unknown) => assert.ok(error instanceof BrineError && error.code === "CLOSED", String(error)));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
