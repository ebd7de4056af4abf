// The package as it was packed, in Bun.
import { test } from "node:test";
import { serveFiles } from "./files_server.js";
import { patiently, show, start } from "./run.js";
import { runtime, stageFor } from "./stage.js";

const bun = runtime("bun");

test("Bun runs the suite", { skip: bun === undefined && "skipped: no bun" }, async (t) => {
  using stage = stageFor("bun/main");
  await using files = await serveFiles();
  await using running = start(bun ?? "", ["--no-install", stage.entry, files.url, stage.files], stage.folder);
  await show(t, await patiently(files.findings("bun"), running), stage.core);
});
