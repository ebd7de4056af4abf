// docs/errors.md and the code name the same errors: every fault of the core has a row in bindings/core/faults.ts, every
// code that can be thrown stands on the page with its class, and the page names none that is gone.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as faults from "../assembly/shared/faults.js";
import { faultError } from "../bindings/core/faults.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

const lines = readFileSync(join(root, "docs", "errors.md"), "utf8").split("\n");

/** Code → its classes, from the tables of the page. One code may stand for the same trouble in reading and in writing. */
const page = new Map<string, Set<string>>();
for (const line of lines) {
  const [, code, cls] = /^\| `(\w+)` \| `(\w+)` \|/.exec(line) ?? [];
  if (code !== undefined && cls !== undefined) page.set(code, (page.get(code) ?? new Set()).add(cls));
}

const bindings = readdirSync(join(root, "bindings"), { recursive: true })
  .map((name) => String(name))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(join(root, "bindings", name), "utf8"))
  .join("\n");

test("every fault of the core becomes an error of its own, which stands on the page with its class and number", () => {
  const missing: string[] = [];
  for (const [name, number] of Object.entries(faults)) {
    if (name === "F_NONE") continue;
    const error = faultError({ code: number, offset: 0, x: 0n, y: 0n });
    assert.match(error.message, /^[A-Z].*[^.]$/s, `${name}: a message begins with a capital and ends without a full stop`);
    if (error.code === "UNKNOWN") missing.push(`${name} has no row in bindings/core/faults.ts`);
    else if (!page.get(error.code)?.has(error.name)) missing.push(`${name}: | \`${error.code}\` | \`${error.name}\` |`);
    else if (!lines.includes(`| ${number} | \`${error.code}\` |`)) missing.push(`${name}: | ${number} | \`${error.code}\` |`);
  }
  assert.deepEqual(missing, []);
});

test("every code that the bindings throw stands on the page, with its class", () => {
  const missing: string[] = [];
  for (const match of bindings.matchAll(/\bcode: "([A-Z][A-Z0-9_]+)"/g)) {
    const [, code = ""] = match;
    const made = [...bindings.slice(Math.max(0, match.index - 600), match.index).matchAll(/\bnew (\w+)\(/g)].at(-1)?.[1];
    const classes = page.get(code);
    if (classes === undefined) missing.push(code);
    else if (made?.endsWith("Error") === true && !classes.has(made)) missing.push(`${code} as ${made}`);
  }
  assert.deepEqual([...new Set(missing)].sort(), []);
});

test("every code of the page is one that the bindings can throw", () => {
  // LIMIT_… of the option `limits` are made from its names.
  assert.deepEqual([...page.keys()].filter((code) => !bindings.includes(`"${code}"`) && !code.startsWith("LIMIT_")).sort(), []);
});
