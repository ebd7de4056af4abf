// Runs the compiled tests and says at the end what was left out and why: absent is not passed. `npm test -- floors`
// runs only the files whose path holds that word. A test whose source is gone stays in dist/ until the next clean, so
// the list comes from tests/ and not from dist/tests/.
import { readdirSync, existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);

const files = readdirSync(join(root, "tests"), { recursive: true })
  .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules") && (words.length === 0 || words.some((word) => path.includes(word))))
  .map((path) => join(root, "dist", "tests", path.replace(/\.ts$/, ".js")))
  .sort();

const absent = files.filter((path) => !existsSync(path)).map((path) => relative(root, path));
if (files.length === 0 || absent.length > 0) {
  console.error(files.length === 0
    ? `No test file has ${words.map((word) => `"${word}"`).join(" or ")} in its path`
    : `Not compiled yet: ${absent.join(", ")}; run "npm run build" first`);
  process.exit(1);
}

// Packages that only tests need, koffi among them, are installed there; a clone without them has tests that say so.
process.env.NODE_PATH = [join(root, "tests", "runtimes", "node_modules"), process.env.NODE_PATH].filter(Boolean).join(delimiter);

/** Reason → names of the tests that were skipped for it. */
const skipped = new Map();

const events = run({ files, concurrency: availableParallelism() });
events.on("test:fail", () => { process.exitCode = 1; });
events.on("test:pass", ({ name, skip }) => {
  if (skip === undefined || skip === false) return;
  const reason = typeof skip === "string" && skip !== "" ? skip : "no reason given";
  skipped.set(reason, [...(skipped.get(reason) ?? []), name]);
});
events.compose(new spec()).on("end", () => {
  if (skipped.size === 0) return;
  process.stdout.write("\nNot run here:\n");
  for (const [reason, names] of skipped) process.stdout.write(`  ${reason}\n${names.map((name) => `    - ${name}\n`).join("")}`);
}).pipe(process.stdout, { end: false });
