// Files that real PyTorch wrote, each release its own: brine sees in each what the newest PyTorch sees.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { JsonObject } from "../bindings/checkpoint/json.js";
import { BrineError } from "../bindings/core/errors.js";
import { compareDocuments } from "./portable/compare.js";
import { documentText } from "./support/document.js";
import { parseJson } from "./portable/expect-json.js";
import { everyFixture, notReadYet } from "./support/fixtures.js";
import { sharedFolder, Tally } from "./support/walk.js";

test("inspect sees in every fixture that it reads what PyTorch sees", async (t) => {
  if (sharedFolder === undefined) t.diagnostic("skipped: no ../shared; the golden files alone are read");
  const tally = new Tally();
  const failures: string[] = [];
  const seen = new Set<string>();
  let passed = 0;
  for (const fixture of everyFixture()) {
    const reason = notReadYet(fixture) ?? (fixture.expect === undefined ? "PyTorch gives no description" : undefined);
    if (reason !== undefined || fixture.expect === undefined) {
      tally.add(reason ?? "", fixture.id);
      continue;
    }
    if (seen.has(fixture.path)) continue; // where another release wrote the same bytes, the manifest points there
    seen.add(fixture.path);
    const expected = parseJson(readFileSync(fixture.expect, "utf8")) as JsonObject;
    if (expected.root === undefined && expected.jit === undefined) {
      tally.add("PyTorch cannot load it", fixture.id);
      continue;
    }
    try {
      const { tree } = expected["load"] as { readonly tree?: string };
      const encoding = tree?.endsWith("encoding=latin1") === true ? "latin1" : undefined;
      const actual = parseJson(await documentText(fixture.path, encoding)) as JsonObject;
      const differences = compareDocuments(expected, actual, 3);
      for (const { path, expected: e, found } of differences) failures.push(`${fixture.id}: ${path}: expected ${e}, found ${found}`);
      if (differences.length === 0) passed++;
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      failures.push(`${fixture.id}: ${error.name} [${error.code}]: ${error.message}`);
    }
  }
  t.diagnostic(`${passed} files equal real PyTorch's description`);
  for (const line of tally.lines()) t.diagnostic(line);
  assert.deepEqual(failures, []);
});
