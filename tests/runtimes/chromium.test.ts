// The package as it was packed, in Chromium: bundled, in a page and in a worker, and by an import map, under a policy that
// allows WebAssembly and no eval, no inline script, and files of one other origin.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bundle } from "./bundle.js";
import { startChromium } from "./chromium/browser.js";
import { serveElsewhere } from "./chromium/elsewhere.js";
import { serveFiles } from "./files_server.js";
import { patiently, show } from "./run.js";
import { runtime, stageFor } from "./stage.js";

const policy = (elsewhere: string, script: string = ""): string => (
  `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${script}; connect-src 'self' ${elsewhere}; worker-src 'self'`);
const PAGE = "<!doctype html><meta charset=utf-8><title>suite</title><script type=module src=entry.js></script>\n";

const [chromium, esbuild] = [runtime("chromium"), runtime("esbuild")];
const absent = chromium === undefined ? "skipped: no chromium" : esbuild === undefined ? "skipped: no esbuild" : false;

for (const [what, inlined] of [["brine", false], ["brine/inline", true]] as const) {
  test(`Chromium runs the suite with ${what}`, { skip: absent }, async (t) => {
    using stage = stageFor("chromium/main", what);
    const site = bundle(stage, esbuild ?? "", "browser", inlined);
    writeFileSync(join(site, "index.html"), PAGE);
    await using elsewhere = await serveElsewhere();
    await using files = await serveFiles(site, { "Content-Security-Policy": policy(elsewhere.url) });
    await using browser = startChromium(chromium ?? "");
    await browser.open(`${files.url}site/index.html?elsewhere=${elsewhere.url}${inlined ? "&inlined" : ""}`);
    for (const who of ["page", "worker"]) {
      const findings = await patiently(files.findings(who), browser);
      await t.test(`in a ${who}`, (t) => show(t, findings, stage.core, !inlined)); // what is inside is compiled before anything can watch
    }
  });
}

/** Where a page finds each name that the package and the suite import, as docs/runtimes.md shows it. */
function importMap(folder: string): string {
  const modules = "/site/node_modules";
  const { imports } = JSON.parse(readFileSync(join(folder, "node_modules", "brine", "package.json"), "utf8")) as { imports: Record<string, { browser: string }> }; // package.test.ts asserts its form
  return JSON.stringify({
    imports: {
      "brine": `${modules}/brine/dist/bindings/index.js`,
      "@assemblyscript/loader": `${modules}/@assemblyscript/loader/index.js`,
      ...Object.fromEntries(Object.entries(imports).map(([name, { browser }]) => [name, `${modules}/brine/${browser.replace("./", "")}`])),
      "node:crypto": "/site/dist/tests/portable/node_crypto.js", // the judge's
    },
  });
}

test("Chromium runs the suite without a bundler, by an import map", { skip: chromium === undefined && "skipped: no chromium" }, async (t) => {
  using stage = stageFor("chromium/main");
  const map = importMap(stage.folder);
  writeFileSync(join(stage.folder, "index.html"), PAGE.replace("<script", `<script type=importmap>${map}</script><script`));
  const allowed = `'sha256-${createHash("sha256").update(map).digest("base64")}'`;
  await using elsewhere = await serveElsewhere();
  await using files = await serveFiles(stage.folder, { "Content-Security-Policy": policy(elsewhere.url, allowed) });
  await using browser = startChromium(chromium ?? "");
  await browser.open(`${files.url}site/index.html?elsewhere=${elsewhere.url}`);
  await show(t, await patiently(files.findings("page"), browser), stage.core);
});
