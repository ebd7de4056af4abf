// From nothing to the bytes that PyTorch wrote: the object that a fixture describes is made with brine's constructors and
// saved, and the file is the fixture, byte for byte.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { SaveOptions } from "../bindings/checkpoint/options.js";
import "../bindings/index.js"; // makes values whole: they print
import { saveSync } from "../bindings/checkpoint/save.js";
import { BrineError } from "../bindings/core/errors.js";
import { buildObject, NotBuilt, type Description } from "./support/build-object.js";
import { everyFixture, inFirstSet, notWrittenYet, pythonReason } from "./support/fixtures.js";
import { sharedFolder, Tally, type FixtureSave } from "./support/walk.js";

/** A release that wrote each layout. */
const RELEASES: Readonly<Record<string, string>> = { "1.9": "1.13", "2.1": "2.6", "2.7": "2.15" };

/** The fixture's own words for how it was saved, as options of save. */
function optionsOf(save: FixtureSave, release: string): SaveOptions {
  return {
    torchVersion: release.startsWith("torch-2.0.") ? "2.0" : RELEASES[save.layout],
    folder: save.folder,
    storageAlignment: save["alignment"] as number | undefined,
    computeCrc32: save["crc32"] as boolean | undefined,
    byteorderRecord: save["byteorder_record"] as "last" | undefined,
  };
}

test("every fixture that brine can make is the file that PyTorch wrote", (t) => {
  if (sharedFolder === undefined) t.diagnostic("skipped: no ../shared; the golden files alone are made");
  const tally = new Tally();
  const failures: string[] = [];
  const seen = new Set<string>();
  let identical = 0;
  let first = 0;
  for (const fixture of everyFixture()) {
    const { save, object } = fixture;
    if (!fixture.constructible || object === undefined || save === undefined) {
      tally.add("its description does not say how to make it", fixture.id);
      continue;
    }
    const reason = save.format === "zip" ? notWrittenYet(fixture) : "the stream format is not written yet";
    if (reason !== undefined) {
      tally.add(reason, fixture.id);
      continue;
    }
    if (seen.has(fixture.path + object)) continue; // where another release wrote the same bytes, the manifest points there
    seen.add(fixture.path + object);
    if (save["skip_data"] !== undefined) {
      tally.add("files without their data are not written yet", fixture.id);
      continue;
    }
    try {
      const value = buildObject(JSON.parse(readFileSync(object, "utf8")) as Description);
      const bytes = saveSync(value, undefined, optionsOf(save, fixture.release));
      const python = inFirstSet(fixture) ? undefined : pythonReason(fixture);
      if (Buffer.compare(readFileSync(fixture.path), bytes) === 0) {
        identical++;
        if (inFirstSet(fixture)) first++;
      } else if (python !== undefined) tally.add(python, fixture.id);
      else failures.push(`${fixture.id}: other bytes`);
    } catch (error) {
      if (error instanceof NotBuilt && !inFirstSet(fixture)) tally.add(`${error.message} cannot be made yet`, fixture.id);
      else if (error instanceof BrineError) failures.push(`${fixture.id}: ${error.name} [${error.code}]: ${error.message}`);
      else throw error;
    }
  }
  t.diagnostic(`${identical} objects are the file that PyTorch wrote, ${first} of them of the first set (2.7 layout, dense tensors and Python's data)`);
  for (const line of tally.lines()) t.diagnostic(line);
  assert.deepEqual(failures, []);
  assert.ok(first > 0);
});
