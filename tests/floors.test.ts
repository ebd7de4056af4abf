// The floor table of docs/architecture.md holds for every import of the code, so that the picture and the code cannot
// part. The table is read from the page itself: to allow an import is to change the page.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkFile, readAliases, readFloorTable, roomOf } from "./support/floors.js";
import { importsOf } from "./support/imports.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(root, "docs", "architecture.md"), "utf8");
const rooms = readFloorTable(page);
const aliases = readAliases(JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Parameters<typeof readAliases>[0]); // package.test.ts asserts on it

/** Every folder that holds code of ours, made or generated. */
const CODE = ["assembly", "bindings", "gpu", "tests", "bench", "examples", "scripts"];

function sources(): string[] {
  const found: string[] = [];
  for (const folder of CODE) {
    let names: string[];
    try {
      names = readdirSync(join(root, folder), { recursive: true }) as string[];
    } catch {
      continue; // a house without this room yet
    }
    for (const name of names) {
      const path = `${folder}/${name.replaceAll("\\", "/")}`;
      if (/\.(?:[cm]?ts|mjs|js)$/.test(path) && !path.includes("node_modules/")) found.push(path);
    }
  }
  return found.sort();
}

test("every import of every file is allowed by the floor table", () => {
  const faults = sources().flatMap((path) => checkFile(rooms, path, readFileSync(join(root, path), "utf8"), aliases));
  assert.deepEqual(faults, []);
});

test("a runtime's builtins are named only by files whose names say the runtime, and by the command", () => {
  const bindings = sources().filter((path) => path.startsWith("bindings/") && !path.startsWith("bindings/cli/"));
  const naming = bindings.filter((path) => importsOf(readFileSync(join(root, path), "utf8")).some((name) => name?.includes(":") === true));
  assert.ok(naming.length > 0);
  assert.deepEqual(naming.filter((path) => !/\.(?:node|bun|deno)\.ts$/.test(path)), []);
});

test("a name with # has a file for every runtime, and the files of one name stand side by side", () => {
  const conditions = ["workerd", "edge-light", "browser", "deno", "bun", "node", "default"];
  const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { imports: Record<string, Record<string, string>> }; // read by readAliases too
  const files = new Set(sources());
  for (const [name, targets] of Object.entries(imports)) {
    assert.deepEqual(Object.keys(targets), conditions, name);
    for (const source of aliases.get(name) ?? []) {
      assert.ok(files.has(source), `"${name}" names ${source}, which is not there`);
      assert.match(source, new RegExp(`^bindings/${name.slice(1)}\\.[a-z_]+\\.ts$`));
    }
  }
});

/** Two rooms that may import each other: docs/architecture.md says why. Their files still may not. */
const SIDE_BY_SIDE = ["assembly/pickle", "assembly/torch"];

/** The first circle that is met on the ways from `start`, in words; nothing where there is none. */
function circle(start: string, next: (name: string) => Iterable<string>): string | undefined {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): string | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name].join(" → ");
    if (done.has(name)) return undefined;
    for (const other of next(name)) {
      const found = visit(other, [...way, name]);
      if (found !== undefined) return found;
    }
    done.add(name);
    return undefined;
  };
  return visit(start, []);
}

test("every row of the floor table names only rooms of the table, and rooms import in no circle", () => {
  for (const { name, rooms: others } of rooms.values()) {
    for (const other of others) assert.ok(rooms.has(other), `"${name}" may import "${other}", which is no row of the table`);
  }
  const others = (name: string): string[] => [...(rooms.get(name)?.rooms ?? [])]
    .filter((other) => !(SIDE_BY_SIDE.includes(name) && SIDE_BY_SIDE.includes(other)));
  for (const name of rooms.keys()) assert.equal(circle(name, others), undefined);
});

test("no file of the core imports itself by way of others", () => {
  const files = sources().filter((path) => path.startsWith("assembly/"));
  const imports = new Map(files.map((path) => [path, importsOf(readFileSync(join(root, path), "utf8"))
    .filter((name) => name !== null && name.startsWith("."))
    .map((name) => `${posix.join(posix.dirname(path), name ?? "")}.ts`)]));
  for (const path of files) assert.equal(circle(path, (name) => imports.get(name) ?? []), undefined);
});

test("every row of the floor table has a file in it", () => {
  const filled = new Set(sources().map((path) => roomOf(rooms, path)?.name));
  assert.deepEqual([...rooms.keys()].filter((name) => !filled.has(name)), []);
});

// The checker itself, held against a small house with known faults.

const house = readFloorTable([
  "| Room | May import | Modules |",
  "|---|---|---|",
  "| `low` | | |",
  "| `mid` | `low` | `node:fs`, `lib`, `core.wasm` |",
  "| `top/**` | `low`, `mid` | `node:*`, `import(…)` |",
].join("\n"));

const faultsOf = (path: string, text: string): string[] => checkFile(house, path, text);

test("the checker sees an import that points up, in every form that an import can have", () => {
  const forms = [
    'import { a } from "../mid/a.js";',
    'import a, {\n  type b,\n} from "../mid/a.js";',
    'import type { A } from "../mid/a.js";',
    'import * as a from "../mid/a.js";',
    'import "../mid/a.js";',
    'export { a } from "../mid/a.js";',
    'export * from "../mid/a.js";',
    'export type { A } from "../mid/a.js";',
    'const a = await import("../mid/a.js");',
    "const a = await import(`../mid/a.js`);",
    'type A = import("../mid/a.js").A;',
    'import a = require("../mid/a.js");',
    'const a = 1 / 2; /* "*/ import { b } from "../mid/a.js"; // "',
    'const pattern = /["\'`]/; import { b } from "../mid/a.js";',
    'const text = `${await import("../mid/a.js")}`;',
  ];
  for (const form of forms) {
    assert.deepEqual(faultsOf("low/x.ts", form), ['low/x.ts imports "../mid/a.js": room "low" may not import room "mid"'], form);
    assert.deepEqual(faultsOf("top/deep/x.ts", form.replace("../mid", "../../mid")), [], form);
  }
});

test("the checker reads no import in a comment, a string or a property", () => {
  const quiet = [
    '// import { a } from "../mid/a.js";',
    '/* import("../mid/a.js") */',
    'const text = "import { a } from \'../mid/a.js\'";',
    "const text = `import { a } from \"../mid/a.js\";`;",
    'page.import("../mid/a.js");',
    "const here = import.meta.url;",
    'const from = "../mid/a.js";',
  ];
  for (const text of quiet) assert.deepEqual(faultsOf("low/x.ts", text), [], text);
});

test("the checker knows builtins and packages", () => {
  assert.deepEqual(faultsOf("low/x.ts", 'import "node:fs";'), ['low/x.ts imports "node:fs": room "low" may not import it']);
  assert.deepEqual(faultsOf("mid/x.ts", 'import "node:fs"; import "lib"; import "lib/deep"; import "./y.js"; import "../low/y.js";'), []);
  assert.deepEqual(faultsOf("mid/x.ts", 'import "node:path"; import "library";'), [
    'mid/x.ts imports "node:path": room "mid" may not import it',
    'mid/x.ts imports "library": room "mid" may not import it',
  ]);
  assert.deepEqual(faultsOf("mid/x.ts", 'import "../core.wasm"; import "../core.wasm?module";'), []);
  assert.deepEqual(faultsOf("low/x.ts", 'import "../core.wasm";'), ['low/x.ts imports "../core.wasm": room "low" may not import it']);
  assert.deepEqual(faultsOf("top/x.ts", 'import "node:path"; import "fs";'), [
    'top/x.ts imports "fs": room "top/**" may not import it',
  ]);
});

test("the checker follows a name with # to every file that stands for it", () => {
  const names = readAliases({ imports: { "#x": { node: "./dist/low/x.node.js", default: "./dist/mid/x.web.js" } } });
  const told = (path: string): string[] => checkFile(house, path, 'import { x } from "#x"; import "#y";', names);
  assert.deepEqual(told("low/a.ts"), [
    'low/a.ts imports "#x": room "low" may not import room "mid"',
    'low/a.ts imports "#y", which is no name of package.json\'s imports',
  ]);
  assert.deepEqual(told("top/a.ts"), ['top/a.ts imports "#y", which is no name of package.json\'s imports']);
});

test("the checker refuses a file in no room, an import out of every room, and an import that it cannot read", () => {
  assert.deepEqual(faultsOf("attic/x.ts", ""), ["attic/x.ts stands in no room of the floor table"]);
  assert.deepEqual(faultsOf("low/deep/x.ts", ""), ["low/deep/x.ts stands in no room of the floor table"]);
  assert.deepEqual(faultsOf("mid/x.ts", 'import "../attic/y.js";'), [
    'mid/x.ts imports "../attic/y.js", which stands in no room of the floor table',
  ]);
  assert.deepEqual(faultsOf("mid/x.ts", "await import(name);"), [
    "mid/x.ts has an import whose name is no plain text, so that its floor cannot be told",
  ]);
  assert.deepEqual(faultsOf("top/x.ts", "await import(name);"), []);
});
