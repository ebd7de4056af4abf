// What torch.load(weights_only=True) of the newest release loads, `load` loads, and what that refuses, it refuses.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { loadSync } from "../bindings/checkpoint/load_sync.js";
import { BrineError } from "../bindings/core/errors.js";
import { everyFixture } from "./support/fixtures.js";
import { needsShared, Tally } from "./support/walk.js";

test("load accepts and refuses the fixtures that torch accepts and refuses", needsShared, (t) => {
  const tally = new Tally();
  const failures: string[] = [];
  const seen = new Set<string>();
  const counts = { loaded: 0, refused: 0 };
  for (const fixture of everyFixture()) {
    if (fixture.kind !== "save" || fixture.expect === undefined || seen.has(fixture.path)) continue;
    seen.add(fixture.path);
    const { load } = JSON.parse(readFileSync(fixture.expect, "utf8")) as { readonly load: { readonly weights_only?: string } };
    if (load.weights_only === undefined) continue;
    if (load.weights_only.includes("'torch.storage.UntypedStorage' has no attribute 'dtype'")) {
      tally.add("torch cannot read what it wrote itself: untyped storages in the stream format", fixture.id);
      continue;
    }
    let answer = "ok";
    try {
      loadSync(fixture.path);
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      answer = `${error.code}: ${error.message}`;
    }
    if ((load.weights_only === "ok") === (answer === "ok")) counts[answer === "ok" ? "loaded" : "refused"]++;
    else failures.push(`${fixture.id}: torch says ${load.weights_only}, brine ${answer}`);
  }
  t.diagnostic(`${counts.loaded} loaded, ${counts.refused} refused`);
  for (const line of tally.lines()) t.diagnostic(line);
  assert.deepEqual(failures, []);
  assert.ok(counts.loaded > 100 && counts.refused > 100);
});
