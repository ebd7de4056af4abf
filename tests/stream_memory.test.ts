// What streaming takes in memory: a process of its own reads a checkpoint from a server that makes it as it sends it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { evenly, serveHuge, type Huge } from "./support/huge.js";
import type { Streamed } from "./support/stream_client.js";

const MB = 1_000_000;
const STORAGE = 16 * 1024 * 1024;
const LARGE = 1024 * 1024 * 1024;
const client = fileURLToPath(new URL("support/stream_client.js", import.meta.url));

/** Lets a process stream the file. */
async function peakOf(huge: Huge, how: "tensors" | "chunks" | "load"): Promise<Streamed> {
  await using server = await serveHuge(huge);
  const child = spawn(process.execPath, [client, server.url, how], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const status = await new Promise((resolve) => child.on("exit", resolve));
  assert.equal(status, 0);
  const streamed = JSON.parse(printed) as Streamed; // what stream_client.ts prints
  assert.equal(streamed.tensors, huge.length);
  assert.equal(streamed.bytes, huge.reduce((sum, nbytes) => sum + nbytes, 0));
  return streamed;
}

const told = ({ bytes, peak, ms }: Streamed): string => `${(bytes / 1e9).toFixed(1)} GB in ${(ms / 1000).toFixed(1)} s: ${Math.round(peak / MB)} MB at most`;

test("512 MB in storages of 16: less than 150 MB and the largest storage", async (t) => {
  const streamed = await peakOf(evenly(32, STORAGE), "tensors");
  t.diagnostic(told(streamed));
  assert.ok(streamed.peak < 150 * MB + STORAGE, `${streamed.peak} bytes`);
});

test("512 MB in one storage, with chunks: less than 150 MB", async (t) => {
  const streamed = await peakOf([32 * STORAGE], "chunks");
  t.diagnostic(told(streamed));
  assert.ok(streamed.peak < 150 * MB, `${streamed.peak} bytes`);
});

for (const [what, huge] of [["of 16 MB", evenly(32, STORAGE)], ["of 64 KB", evenly(8192, 65_536)], ["of 26 KB", evenly(20_000, 26_000)]] as const) {
  test(`512 MB in storages ${what}, loaded as they pass: in memory once, and less than 300 MB besides`, async (t) => {
    const streamed = await peakOf(huge, "load");
    t.diagnostic(told(streamed));
    assert.ok(streamed.peak < 300 * MB + streamed.bytes, `${streamed.peak} bytes`);
  });
}

const few = { skip: process.env["BRINE_HUGE"] === undefined && "skipped: no BRINE_HUGE in the environment, and this takes a minute" };

test("4 GB in storages of 16 MB: less than 150 MB and the largest storage", few, async (t) => {
  const streamed = await peakOf(evenly(256, STORAGE), "tensors");
  t.diagnostic(told(streamed));
  assert.ok(streamed.peak < 150 * MB + STORAGE, `${streamed.peak} bytes`);
});

test("4 GB in storages of 16 MB and one of 1 GB, with chunks: less than 150 MB", few, async (t) => {
  const streamed = await peakOf([...evenly(192, STORAGE), LARGE], "chunks");
  t.diagnostic(told(streamed));
  assert.ok(streamed.peak < 150 * MB, `${streamed.peak} bytes`);
});
