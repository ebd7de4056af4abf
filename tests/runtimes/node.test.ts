// The package as it was packed, in the Node that runs the tests and in Node 24.
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { serveFiles } from "./files_server.js";
import { patiently, show, start } from "./run.js";
import { runtime, stageFor } from "./stage.js";

/** The Node of tests/runtimes; undefined also where it is the one that runs this. */
const other = ((): string | undefined => {
  const found = runtime("node");
  return found === undefined || execFileSync(found, ["--version"], { encoding: "utf8" }).trim() === process.version ? undefined : found;
})();

for (const [name, program] of [[`Node ${process.versions.node}`, process.execPath], ["Node 24", other]] as const) {
  test(`${name} runs the suite`, { skip: program === undefined && "skipped: no other Node" }, async (t) => {
    using stage = stageFor("node/main");
    await using files = await serveFiles();
    await using running = start(program ?? "", [stage.entry, files.url, stage.files, "node"], stage.folder);
    await show(t, await patiently(files.findings("node"), running), stage.core);
  });
}
