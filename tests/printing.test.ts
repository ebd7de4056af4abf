// What brine prints against what PyTorch printed: every case of the fixtures' printing.json that brine can build.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import "../bindings/index.js"; // makes values whole: they print
import { Dict } from "../bindings/python/dict.js";
import { reprOf, strOf } from "../bindings/python/repr.js";
import { setPrintOptions, type PrintSettings } from "../bindings/torch/options.js";
import { buildObject, NotBuilt, type Description } from "./support/build-object.js";
import { needsShared, sharedFolder } from "./support/walk.js";

/** A case of printing.json. */
interface PrintingCase {
  readonly name: string;
  readonly object: Description;
  readonly view?: "keys" | "values" | "items";
  readonly options?: { readonly [name: string]: unknown };
  readonly repr: string;
  readonly str?: string;
}

/** torch's names of the options as brine spells them. */
function settingsOf(options: { readonly [name: string]: unknown }): PrintSettings {
  const { sci_mode: sciMode, threshold, ...rest } = options;
  return {
    ...rest,
    ...(sciMode === undefined ? {} : { sciMode: sciMode as boolean }),
    ...(threshold === undefined ? {} : { threshold: threshold === "inf" ? Infinity : (threshold as number) }),
  };
}

test("printing: every case that brine can build prints as in PyTorch", needsShared, (t) => {
  const file = join(sharedFolder as string, "fixtures", "printing.json"); // needsShared
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly PrintingCase[] };
  const different: string[] = [];
  const notBuilt = new Map<string, string[]>();
  const leaveOut = (reason: string, name: string): void => {
    notBuilt.set(reason, [...(notBuilt.get(reason) ?? []), name]);
  };
  let passed = 0;
  for (const one of cases) {
    // A tensor computed from another prints what computed it, which no description and no file holds.
    if (one.repr.includes("grad_fn=<")) {
      leaveOut("the result of a computation", one.name);
      continue;
    }
    let value: unknown;
    try {
      value = buildObject(one.object);
    } catch (error) {
      if (!(error instanceof NotBuilt)) throw new Error(`${one.name} cannot be built`, { cause: error });
      leaveOut(error.message, one.name);
      continue;
    }
    if (one.view !== undefined) value = (value as Dict)[one.view]();
    setPrintOptions({ profile: "default" });
    if (one.options !== undefined) setPrintOptions(settingsOf(one.options));
    const repr = reprOf(value);
    const str = strOf(value);
    const ours = isOurs(value);
    const string = ours ? String(value) : "";
    const inspected = ours ? inspect(value) : "";
    setPrintOptions({ profile: "default" });
    const wanted = one.str ?? one.repr;
    if (repr !== one.repr) different.push(`${one.name}: repr\n${repr}\nexpected\n${one.repr}`);
    else if (str !== wanted) different.push(`${one.name}: str\n${str}\nexpected\n${wanted}`);
    else if (ours && string !== wanted) different.push(`${one.name}: String(value)\n${string}\nexpected\n${wanted}`);
    else if (ours && inspected !== repr) different.push(`${one.name}: inspect\n${inspected}\nexpected\n${repr}`);
    else passed++;
  }
  t.diagnostic(`${passed} of ${cases.length} cases print equally`);
  for (const [reason, names] of notBuilt) t.diagnostic(`not built, ${reason}: ${names.length} (${names.join(", ")})`);
  assert.deepEqual(different, [], different.join("\n\n"));
  assert.deepEqual([...notBuilt.keys()], ["the result of a computation"]);
  assert.ok(passed > 0);
});

/** Whether String and console.log ask brine for the text; JavaScript's own arrays, sets and bytes print in its way. */
function isOurs(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Array.prototype && prototype !== Set.prototype && prototype !== Uint8Array.prototype;
}
