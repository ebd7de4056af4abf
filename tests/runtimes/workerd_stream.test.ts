// What streaming takes in workerd, whose isolates have 128 MB: the whole process is held to that.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { evenly, serveHuge, type Huge } from "../support/huge.js";
import { bundle } from "./bundle.js";
import { runtime, stageFor } from "./stage.js";
import { serveWorker } from "./workerd/serve.js";
import type { Counted } from "./workerd/stream_worker.js";

const MB = 1_000_000;
const STORAGE = 16 * 1024 * 1024;
const LARGE = 1024 * 1024 * 1024;
const [workerd, esbuild] = [runtime("workerd"), runtime("esbuild")];
const absent = (workerd === undefined || esbuild === undefined) && "skipped: no workerd" || !existsSync("/proc/self/status") && "skipped: no /proc";

/** The largest resident set of a process so far, in bytes. */
function peakOf(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1024;
}

async function streamed(huge: Huge): Promise<string> {
  using stage = stageFor("workerd/stream_worker");
  const folder = bundle(stage, esbuild ?? "", "workerd");
  await using server = await serveHuge(huge);
  await using worker = await serveWorker(workerd ?? "", folder, "entry.js", { MODEL: server.url });
  const answer = await fetch(worker.url);
  assert.equal(answer.status, 200, worker.printed());
  const { tensors, bytes } = await answer.json() as Counted; // as stream_worker.ts answers
  const peak = peakOf(worker.process.pid ?? 0);
  assert.equal(tensors, huge.length);
  assert.equal(bytes, huge.reduce((sum, nbytes) => sum + nbytes, 0));
  assert.ok(peak < 128 * MB, `${peak} bytes`);
  return `${(bytes / 1e9).toFixed(1)} GB: ${Math.round(peak / MB)} MB at most`;
}

test("workerd streams 512 MB in less than 128 MB", { skip: absent }, async (t) => {
  t.diagnostic(await streamed([...evenly(16, STORAGE), 16 * STORAGE]));
});

const few = absent || process.env["BRINE_HUGE"] === undefined && "skipped: no BRINE_HUGE in the environment, and this takes a minute";

test("workerd streams 4 GB, one storage of 1 GB among them, in less than 128 MB", { skip: few }, async (t) => {
  t.diagnostic(await streamed([...evenly(192, STORAGE), LARGE]));
});
