// The archive that would be published, looked at by those who look at archives: publint, and whether the types are wrong.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pack, runtime } from "./stage.js";

let folder: string;
let archive: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "brine-published-"));
  archive = pack(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

// The package is for import alone, as its `type` says; brine.wasm is a file, which has no types.
for (const [name, args] of [["publint", ["--strict"]], ["attw", ["--profile", "esm-only", "--exclude-entrypoints", "brine.wasm", "--no-color"]]] as const) {
  const program = runtime(name);
  test(`${name} finds nothing wrong with the package`, { skip: program === undefined && `skipped: no ${name}` }, () => {
    const { status, stdout, stderr } = spawnSync(program ?? "", [archive, ...args], { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  });
}
