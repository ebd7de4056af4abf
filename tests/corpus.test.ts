// Real files that other people's programs wrote: brine sees in each what PyTorch sees. The folder is walked, so a new file
// needs no code; what is not read yet is listed by reason.
import assert from "node:assert/strict";
import { execFileSync, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonObject } from "../bindings/checkpoint/json.js";
import { BrineError } from "../bindings/core/errors.js";
import { compareDocuments } from "./portable/compare.js";
import { documentText } from "./support/document.js";
import { parseJson } from "./portable/expect-json.js";
import { corpusEntries, needsShared, projectRoot, sharedFolder, Tally, type CorpusEntry } from "./support/walk.js";

/** Kinds that brine reads whole. */
const READ: ReadonlySet<string> = new Set([
  "zip", "zip-optim", "zip-hf", "zip-embeds", "zip-lightning", "sb3member", "zip-be", "zip-model", "zip-pyg", "zip-quant",
  "legacy", "legacy-ancient", "legacy-ckpt", "legacy-model", "legacy-optim", "legacy-quant", "ts", "ts-mobile", "ts-old", "lookalike",
  "legacytar",
]);

interface Expected {
  readonly entry: CorpusEntry;
  readonly text: string;
}

/** The encoding of Python 2's strs with which PyTorch read a file. */
function encodingOf(text: string): string {
  const { load } = JSON.parse(text) as { readonly load: { readonly tree?: string } };
  return load.tree?.endsWith("encoding=latin1") === true ? "latin1" : "utf-8";
}

/** The files that PyTorch describes, of the kinds that are read. */
function expected(tally: Tally): Expected[] {
  const out: Expected[] = [];
  for (const entry of corpusEntries()) {
    if (entry.expect === null) {
      tally.add("PyTorch itself gives no description", entry.file);
      continue;
    }
    const text = readFileSync(entry.expect, "utf8");
    const { load, jit } = JSON.parse(text) as { readonly load: { readonly tree?: string }; readonly jit?: unknown };
    if (!READ.has(entry.kind)) tally.add(`kind ${entry.kind} is not read yet`, entry.file);
    else if (!load.tree?.startsWith("ok") && jit === undefined) tally.add("PyTorch cannot load it", entry.file);
    else out.push({ entry, text });
  }
  return out;
}

test("inspect sees in every corpus file of the kinds it reads what PyTorch sees", needsShared, async (t) => {
  const tally = new Tally();
  const files = expected(tally);
  const failures: string[] = [];
  for (const { entry, text } of files) {
    try {
      const actual = parseJson(await documentText(entry.path, encodingOf(text))) as JsonObject;
      for (const { path, expected: e, found } of compareDocuments(parseJson(text) as JsonObject, actual, 3)) {
        failures.push(`${entry.file}: ${path}: expected ${e}, found ${found}`);
      }
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      failures.push(`${entry.file}: ${error.name} [${error.code}]: ${error.message}`);
    }
  }
  t.diagnostic(`${files.length} files equal real PyTorch's description`);
  for (const line of tally.lines()) t.diagnostic(line);
  assert.deepEqual(failures, []);
  assert.ok(files.length > 0, "the corpus has no file of the kinds that are read");
});

test("brine inspect --json --hashes of one file of each kind passes compare.py", needsShared, (t) => {
  const python = pythonWith("json");
  if (python === undefined) return t.skip("skipped: no python3");
  const folder = mkdtempSync(join(tmpdir(), "brine-corpus-"));
  try {
    const kinds = new Set<string>();
    const tally = new Tally();
    for (const { entry, text } of expected(tally)) {
      if (kinds.has(entry.kind) || encodingOf(text) !== "utf-8") continue; // the command has no option for it
      kinds.add(entry.kind);
      const command = join(projectRoot, "dist", "bindings", "cli", "main.js");
      const actual = execFileSync(process.execPath, [command, "inspect", "--json", "--hashes", entry.path], { maxBuffer: 1 << 28 });
      const at = join(folder, "actual.json");
      writeFileSync(at, actual);
      const compare = join(sharedFolder as string, "tools", "compare.py"); // needsShared
      const answer: SpawnSyncReturns<string> = spawnSync(python, [compare, entry.expect as string, at], { encoding: "utf8" });
      assert.equal(answer.status, 0, `${entry.file}: ${answer.stdout}`);
      t.diagnostic(`${entry.kind}: ${entry.file}`);
    }
    // A kind may have no file whose every value is read yet: the other test lists those.
    const whole = new Set(corpusEntries().filter(({ kind, file }) => READ.has(kind) && !tally.has(file)).map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), [...whole].sort());
    assert.ok(kinds.size > 10);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The name of a Python 3 on this machine. */
function pythonWith(module: string): string | undefined {
  for (const name of ["python3", "python"]) {
    if (spawnSync(name, ["-c", `import sys, ${module}; sys.exit(sys.version_info < (3, 6))`]).status === 0) return name;
  }
  return undefined;
}
