// The package as it was packed, as a page's bundler resolves it: in Node, so that this is seen where there is no browser.
import { test } from "node:test";
import { serveFiles } from "./files_server.js";
import { patiently, show, start } from "./run.js";
import { stageFor } from "./stage.js";

test("the condition `browser`, in Node, runs the suite", async (t) => {
  using stage = stageFor("page/main");
  await using files = await serveFiles();
  await using running = start(process.execPath, ["--conditions=browser", stage.entry, files.url], stage.folder);
  await show(t, await patiently(files.findings("page"), running), stage.core);
});
