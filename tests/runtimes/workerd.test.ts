// The package as it was packed, in workerd: bundled under its condition, brine.wasm as a module, without Node's modules.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Findings } from "../portable/suite.js";
import { bundle } from "./bundle.js";
import { serveFiles } from "./files_server.js";
import { show } from "./run.js";
import { runtime, stageFor } from "./stage.js";
import { serveCache } from "./workerd/cache_service.js";
import { serveWorker } from "./workerd/serve.js";

const [workerd, esbuild] = [runtime("workerd"), runtime("esbuild")];

test("workerd runs the suite", { skip: (workerd === undefined || esbuild === undefined) && "skipped: no workerd" }, async (t) => {
  using stage = stageFor("workerd/worker");
  const folder = bundle(stage, esbuild ?? "", "workerd");
  assert.equal(createHash("sha256").update(readFileSync(join(folder, "brine.wasm"))).digest("hex"), stage.core);
  await using files = await serveFiles();
  await using cache = await serveCache();
  await using worker = await serveWorker(workerd ?? "", folder, "entry.js", { FILES: files.url }, cache.address);
  const answer = await fetch(worker.url);
  const text = await answer.text();
  assert.ok(answer.ok, `${text}\n${worker.printed()}`);
  await show(t, JSON.parse(text) as Findings, stage.core, false); // as the suite makes it
});
