// The package as it was packed, in Chromium: bundled, in a page and in a worker, under a policy that allows WebAssembly and no
// eval, no inline script, and nobody else's files.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bundle } from "./bundle.js";
import { startChromium } from "./chromium/browser.js";
import { serveFiles } from "./files_server.js";
import { patiently, show } from "./run.js";
import { runtime, stageFor } from "./stage.js";

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
const PAGE = "<!doctype html><meta charset=utf-8><title>suite</title><script type=module src=entry.js></script>\n";

const [chromium, esbuild] = [runtime("chromium"), runtime("esbuild")];
const absent = chromium === undefined ? "skipped: no chromium" : esbuild === undefined ? "skipped: no esbuild" : false;

for (const [what, inlined] of [["brine", false], ["brine/inline", true]] as const) {
  test(`Chromium runs the suite with ${what}`, { skip: absent }, async (t) => {
    using stage = stageFor("chromium/main", what);
    const site = bundle(stage, esbuild ?? "", "browser", inlined);
    writeFileSync(join(site, "index.html"), PAGE);
    await using files = await serveFiles(site, { "Content-Security-Policy": POLICY });
    await using browser = startChromium(chromium ?? "");
    await browser.open(`${files.url}site/index.html${inlined ? "?inlined" : ""}`);
    for (const who of ["page", "worker"]) {
      const findings = await patiently(files.findings(who), browser);
      await t.test(`in a ${who}`, (t) => show(t, findings, stage.core, !inlined)); // what is inside is compiled before anything can watch
    }
  });
}
