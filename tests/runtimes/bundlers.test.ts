// A page and a server that import `load`, bundled by esbuild, Vite and webpack: without a word of warning, and what comes out
// runs. `brine/inline` is one file, and needs no other.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { loadSync, reprOf } from "../../bindings/index.js";
import { projectRoot } from "../support/walk.js";
import { BUNDLERS } from "./bundlers.js";
import { stageFor, type Stage } from "./stage.js";

const example = join(projectRoot, "examples", "lstm_state_dict.pt");
const expected = reprOf(loadSync(example));

let stage: Stage;
before(() => {
  stage = stageFor("page/main");
  const { folder } = stage;
  writeFileSync(join(folder, "page.js"), 'import { load, reprOf } from "brine";\nexport const show = async (bytes) => reprOf(await load(bytes));\n');
  writeFileSync(join(folder, "inline.js"), 'import { loadSync, reprOf } from "brine/inline";\nexport const show = (bytes) => reprOf(loadSync(bytes));\n');
  // A page's files are behind an address; here they are those of the bundle's folder. And a page has a document, in which Vite
  // asks for chunks beforehand.
  writeFileSync(join(folder, "page_host.mjs"), `import { readFileSync } from "node:fs";
globalThis.fetch = async (at) => new Response(readFileSync(at));
globalThis.document = { querySelector: () => null, getElementsByTagName: () => [], createElement: () => ({ setAttribute() {} }), head: { appendChild() {} } };
const { show } = await import(process.argv[2]);
process.stdout.write(await show(readFileSync(process.argv[3])));
`);
  writeFileSync(join(folder, "host.mjs"), `import { readFileSync } from "node:fs";
const { show } = await import(process.argv[2]);
process.stdout.write(await show(readFileSync(process.argv[3])));
`);
});
after(() => stage[Symbol.dispose]());

for (const bundler of BUNDLERS) {
  for (const [entry, platform, host] of [["page.js", "browser", "page_host.mjs"], ["page.js", "node", "host.mjs"], ["inline.js", "browser", "host.mjs"]] as const) {
    test(`${bundler.name} bundles ${entry} for ${platform}, and it runs`, { skip: bundler.isHere ? false : `skipped: no ${bundler.name}` }, async () => {
      const out = join(stage.folder, "out", `${bundler.name}-${platform}-${entry.slice(0, -3)}`);
      assert.deepEqual(await bundler.bundle({ folder: stage.folder, entry, out, platform }), []);
      if (entry === "inline.js") for (const name of readdirSync(out)) if (name !== entry) rmSync(join(out, name), { recursive: true });
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(stage.folder, host), join(out, entry), example], { encoding: "utf8" });
      assert.equal(status, 0, stderr);
      assert.equal(stdout, expected);
    });
  }
}
