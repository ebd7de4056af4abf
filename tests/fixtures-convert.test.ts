// Through brine's values and back: a file that PyTorch wrote comes out with the same bytes, in the way it was written.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { loadSync } from "../bindings/checkpoint/load_sync.js";
import { openSync } from "../bindings/checkpoint/open_sync.js";
import { saveSync } from "../bindings/checkpoint/save.js";
import { writable } from "../bindings/cli/convert.js";
import { BrineError } from "../bindings/core/errors.js";
import { everyFixture, inFirstSet, notReadYet, notWrittenYet, pythonReason } from "./support/fixtures.js";
import { sharedFolder, Tally } from "./support/walk.js";

test("convert gives the same bytes for every fixture that it writes", (t) => {
  if (sharedFolder === undefined) t.diagnostic("skipped: no ../shared; the golden files alone are converted");
  const tally = new Tally();
  const failures: string[] = [];
  let identical = 0;
  let first = 0;
  const seen = new Map<string, string>();
  for (const fixture of everyFixture()) {
    const reason = notReadYet(fixture) ?? notWrittenYet(fixture) ??
      (fixture.release === "torch-1.4.0-py2" ? "Python 2 wrote it: read, never rewritten" : undefined);
    if (reason !== undefined) {
      tally.add(reason, fixture.id);
      continue;
    }
    if (seen.has(fixture.path)) continue; // where another release wrote the same bytes, the manifest points there
    seen.set(fixture.path, fixture.id);
    try {
      const original = readFileSync(fixture.path);
      const { options, notes } = writable(openSync(original).saveOptions);
      const bytes = saveSync(loadSync(original, { weightsOnly: false }), undefined, options);
      const python = inFirstSet(fixture) ? undefined : pythonReason(fixture);
      if (Buffer.compare(original, bytes) === 0) {
        identical++;
        if (inFirstSet(fixture)) first++;
      } else if (python !== undefined) tally.add(python, fixture.id);
      else failures.push(`${fixture.id}: ${difference(original, bytes)}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`);
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      failures.push(`${fixture.id}: ${error.name} [${error.code}]: ${error.message}`);
    }
  }
  t.diagnostic(`${identical} files come out with the same bytes, ${first} of them of the first set (2.7 layout, dense tensors and Python's data)`);
  for (const line of tally.lines()) t.diagnostic(line);
  assert.deepEqual(failures, []);
  assert.ok(first > 0);
});

/** Where two files part. */
function difference(original: Uint8Array, bytes: Uint8Array): string {
  let at = 0;
  while (at < original.length && original[at] === bytes[at]) at++;
  return `${original.length} bytes, found ${bytes.length}, from byte ${at} on`;
}
