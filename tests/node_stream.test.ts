// examples/node_stream does what it says: it tells of an upload, and of a remote checkpoint, while they arrive.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { open } from "../bindings/index.js";
import { evenly, hugeZip, serveHuge } from "./support/huge.js";

const example = new URL("../../examples/lstm_state_dict.pt", import.meta.url);
const program = fileURLToPath(new URL("../examples/node_stream/server.js", import.meta.url));

async function start(env: Readonly<Record<string, string>>): Promise<AsyncDisposable & { readonly url: string }> {
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
  const [printed] = await once(child.stdout.setEncoding("utf8"), "data") as [string]; // in one piece, it is short
  return {
    url: printed.trim(),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await once(child, "exit");
    },
  };
}

interface Line {
  readonly name?: string;
  readonly dtype?: string;
  readonly shape?: readonly number[];
  readonly bytes?: number;
  readonly sha256?: string;
  readonly done?: boolean;
  readonly error?: string;
}

const linesOf = (text: string): Line[] => text.trim().split("\n").map((line) => JSON.parse(line) as Line); // as the example prints them

test("it tells of every tensor that is sent to it, and whether all was well", async () => {
  await using server = await start({});
  const bytes = readFileSync(example);
  const lines = linesOf(await (await fetch(server.url, { method: "PUT", body: bytes })).text());
  assert.deepEqual(lines.pop(), { done: true });
  const file = await open(bytes);
  const expected = [];
  for (const { name, dtype, shape, nbytes } of file.tensors()) {
    const { storage, storageOffset } = await file.read(name);
    const itemsize = nbytes / shape.reduce((a, b) => a * b, 1);
    const content = storage.bytes.subarray(storageOffset * itemsize, storageOffset * itemsize + nbytes);
    expected.push({ name, dtype, shape, bytes: nbytes, sha256: createHash("sha256").update(content).digest("hex") });
  }
  await file.close();
  assert.deepEqual(lines, expected);
  const cut = linesOf(await (await fetch(server.url, { method: "PUT", body: bytes.subarray(0, bytes.length - 30) })).text());
  assert.match(cut.at(-1)?.error ?? "", /^CUT_SHORT: /);
  assert.equal((await fetch(server.url)).status, 404);
});

test("it tells of a tensor as soon as that has arrived", async () => {
  await using server = await start({});
  const pieces = hugeZip(evenly(3, 2_000_000));
  const { promise: heard, resolve } = manual<void>();
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(to) {
      if (sent > 3_000_000) await heard; // the rest comes when the first tensor has been told of
      const { done, value } = pieces.next();
      if (done === true) return to.close();
      sent += value.length;
      to.enqueue(value.slice());
    },
  });
  const answer = await fetch(server.url, { method: "PUT", body, duplex: "half" } as RequestInit); // newer than the types
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader?.read();
  assert.match(first?.value ?? "", /^{"name":"layer\.0"/);
  resolve();
  let rest = first?.value ?? "";
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) rest += part.value;
  assert.deepEqual(linesOf(rest).map(({ name, done }) => name ?? done), ["layer.0", "layer.1", "layer.2", true]);
});

function manual<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((go) => (resolve = go));
  return { promise, resolve };
}

test("it tells of the checkpoint whose address it was given", async () => {
  await using remote = await serveHuge(evenly(5, 300_000));
  await using server = await start({ MODEL: remote.url });
  const lines = linesOf(await (await fetch(server.url)).text());
  assert.deepEqual(lines.map(({ name, bytes, done }) => [name, bytes, done]), [
    ...[0, 1, 2, 3, 4].map((i) => [`layer.${i}`, 300_000, undefined]), [undefined, undefined, true],
  ]);
});
