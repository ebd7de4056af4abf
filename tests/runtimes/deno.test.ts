// The package as it was packed, in Deno, which may reach the suite's server and read the stage, and nothing else.
import { test } from "node:test";
import { serveFiles } from "./files_server.js";
import { patiently, show, start } from "./run.js";
import { runtime, stageFor } from "./stage.js";

const deno = runtime("deno");

test("Deno runs the suite", { skip: deno === undefined && "skipped: no deno" }, async (t) => {
  using stage = stageFor("deno/main");
  await using files = await serveFiles();
  await using running = start(deno ?? "", [
    "run", "--no-prompt", "--no-remote", "--cached-only", `--allow-net=127.0.0.1:${files.port}`, `--allow-read=${stage.folder}`, `--allow-write=${stage.files}`,
    stage.entry, files.url, stage.files,
  ], stage.folder);
  await show(t, await patiently(files.findings("deno"), running), stage.core);
});
