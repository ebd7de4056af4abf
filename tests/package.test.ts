// The package is what package.json and the README say it is: exports that exist, files that are meant to be published
// and no others, dependencies with a reason and no others.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { base64 } from "../bindings/core/wasm_base64.js";
import { importsOf } from "./support/imports.js";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly license: string;
  readonly sideEffects: readonly string[];
  readonly engines: Record<string, string>;
  readonly imports: Record<string, Record<string, string>>;
  readonly exports: Record<string, string | Record<string, string>>;
  readonly bin: Record<string, string>;
  readonly files: readonly string[];
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional?: boolean }>;
  readonly devDependencies: Record<string, string>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(read("package.json")) as Manifest; // every field that is used is asserted on below

/** The files that `npm pack` would publish, as paths relative to the root. */
function packed(): string[] {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const npm = process.env["npm_execpath"]; // npm's own script, where npm runs this test
  const answer = npm !== undefined && npm.endsWith(".js")
    ? execFileSync(process.execPath, [npm, ...args], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
    : execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  // npm 12 answers an object by name, earlier ones an array
  const answers = Object.values(JSON.parse(answer) as Record<string, { readonly files: readonly { readonly path: string }[] }>);
  return (answers[0]?.files ?? []).map(({ path }) => path).sort();
}

test("package.json says what the house promises: ESM, Node 20, no side effects but the inlined core's, Apache-2.0", () => {
  assert.equal(manifest.name, "brine");
  assert.match(manifest.version, /^\d+\.\d+\.\d+$/);
  assert.equal(manifest.type, "module");
  assert.equal(manifest.license, "Apache-2.0");
  const pages = ["api/modules", "api/numpy", "api/python", "api/tensors", "api/values", "inline"];
  assert.deepEqual(manifest.sideEffects, pages.map((page) => `./dist/bindings/${page}.js`));
  assert.deepEqual(manifest.engines, { node: ">=20" });
  assert.match(read("LICENSE"), /Apache License\s+Version 2\.0, January 2004/);
  assert.ok(read("CHANGELOG.md").includes(`\n## ${manifest.version}\n`), `CHANGELOG.md has no entry ## ${manifest.version}`);
});

test("every export and every bin is a file, types come first, and the bin can be run", () => {
  for (const [name, target] of Object.entries(manifest.exports)) {
    const conditions = typeof target === "string" ? { default: target } : target;
    for (const path of Object.values(conditions)) assert.ok(existsSync(join(root, path)), `exports["${name}"] names "${path}", which is not there`);
    if (typeof target !== "string") assert.deepEqual([Object.keys(target)[0], Object.keys(target).at(-1)], ["types", "default"]);
  }
  assert.deepEqual(Object.keys(manifest.exports).sort(), [".", "./brine.wasm", "./inline", "./package.json"]);
  assert.deepEqual(Object.keys(manifest.exports["."] ?? {}), ["types", "workerd", "edge-light", "browser", "deno", "bun", "node", "default"]);
  assert.deepEqual(Object.keys(manifest.bin), ["brine"]);
  for (const path of Object.values(manifest.bin)) {
    assert.match(read(path), /^#!\/usr\/bin\/env node\n/, path);
    if (process.platform !== "win32") accessSync(join(root, path), constants.X_OK);
  }
});

test("the package can be imported by its own name, and its wasm found", async () => {
  assert.ok(import.meta.resolve("brine").endsWith("/dist/bindings/index.js"));
  assert.ok(existsSync(fileURLToPath(import.meta.resolve("brine/brine.wasm"))));
  const names = Object.keys((await import("../bindings/index.js")) as object);
  for (const name of ["initSync", "load", "loadSync", "save", "saveSync", "open", "inspect", "addSafeGlobals", "ready", "safeGlobals"]) {
    assert.ok(names.includes(name), `bindings/index.ts does not export ${name}`);
  }
});

test("there is one core: the file that is published, the text that is inlined and what the compiler made are the same bytes", () => {
  const made = readFileSync(join(root, "dist", "brine.wasm"));
  assert.deepEqual(readFileSync(fileURLToPath(import.meta.resolve("brine/brine.wasm"))), made);
  assert.deepEqual(Buffer.from(base64, "base64"), made);
});

test("the published files are the compiled bindings, the two cores and the pages, and nothing else", () => {
  const files = packed();
  const allowed = [
    /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
    /^dist\/(?:bindings\/core\/brine|brine\.scalar)\.wasm$/,
    /^dist\/(?:bindings|assembly\/shared)\/[\w/]+(?:\.\w+)?\.(?:js|d\.ts)$/,
  ];
  assert.deepEqual(files.filter((path) => !allowed.some((pattern) => pattern.test(path))), [], "files that should not be published");
  const needed = [
    "package.json", "README.md", "LICENSE", "CHANGELOG.md", "dist/bindings/core/brine.wasm", "dist/brine.scalar.wasm",
    ...Object.values(manifest.exports).flatMap((target) => (typeof target === "string" ? [target] : Object.values(target))),
    ...Object.values(manifest.imports).flatMap((targets) => Object.values(targets)),
    ...Object.values(manifest.bin),
  ].map((path) => posix.normalize(path));
  assert.deepEqual(needed.filter((path) => !files.includes(path)), [], "files that should be published");
  assert.deepEqual(files.filter((path) => path.endsWith(".js") && !files.includes(path.replace(/\.js$/, ".d.ts"))), [], "files without types");
  for (const path of files) {
    if (path.startsWith("dist/") && path.endsWith(".js")) {
      const source = path.slice("dist/".length).replace(/\.js$/, ".ts");
      const types = source.replace(/\.ts$/, ".d.ts"); // of what a script of the build makes
      assert.ok(existsSync(join(root, source)) || existsSync(join(root, types)), `"${path}" has no source "${source}" any more: run "node scripts/clean.mjs" and build`);
    }
  }
});

test("every import of a published file is published too, a dependency, or a builtin", () => {
  const files = packed();
  const atRunTime = Object.keys(manifest.dependencies);
  for (const path of files) {
    if (!/\.(?:js|d\.ts)$/.test(path)) continue;
    for (const name of importsOf(read(path))) {
      assert.ok(name !== null, `"${path}" imports by a name that is no plain text`);
      if (name.startsWith(".")) {
        const target = posix.join(posix.dirname(path), name.replace(/\?module$/, ""));
        assert.ok(files.includes(target), `"${path}" imports "${name}", which is not published`);
      } else if (name.startsWith("#")) {
        assert.ok(name in manifest.imports, `"${path}" imports "${name}", which package.json does not name`);
      } else if (!name.startsWith("node:")) {
        assert.ok(atRunTime.includes(name), `"${path}" imports "${name}", which is no dependency`);
      }
    }
  }
});

test("no published file names a source map: none are published, and bundlers warn of those that are missing", () => {
  for (const path of packed().filter((path) => /\.(?:js|d\.ts)$/.test(path))) assert.doesNotMatch(read(path), /^\/\/# sourceMappingURL=/m, path);
});

/** Dependency → the reason that the README's design notes give for it. */
function reasons(): ReadonlyMap<string, string> {
  const [, notes = ""] = read("README.md").split(/^## Design notes$/m);
  const [section = ""] = notes.split(/^## /m);
  return new Map([...section.matchAll(/^- \*\*`([^`]+)`\*\*(.*)$/gm)].map(([, name, reason]) => [name ?? "", (reason ?? "").trim()]));
}

const dependencies = [manifest.dependencies, manifest.peerDependencies, manifest.devDependencies].flatMap((all) => Object.keys(all)).sort();

test("every peer is optional", () => {
  const optional = Object.entries(manifest.peerDependenciesMeta).filter(([, meta]) => meta.optional).map(([name]) => name);
  assert.deepEqual(optional, Object.keys(manifest.peerDependencies));
});

test("every dependency is named in the README's design notes with a reason, and no other is", () => {
  assert.deepEqual([...reasons().keys()].sort(), dependencies);
  for (const [name, reason] of reasons()) assert.ok(reason.length > 20, `The README gives no reason for "${name}"`);
});

test("every dependency is run by a script, stands in the floor table, or is said to be waiting", () => {
  const lock = JSON.parse(read("package-lock.json")) as { packages: Record<string, { readonly bin?: Record<string, string> }> };
  const table = read("docs/architecture.md");
  for (const name of dependencies) {
    const commands = Object.keys(lock.packages[`node_modules/${name}`]?.bin ?? {});
    const ran = Object.values(manifest.scripts).some((script) => commands.some((command) => script.split(/\s+/).includes(command)));
    const used = ran || table.includes(`\`${name}\``) || name.startsWith("@types/");
    const waits = reasons().get(name)?.includes("not used yet") ?? false;
    assert.notEqual(used, waits, used ? `"${name}" is used, yet the README says that it waits` : `"${name}" is used by nothing`);
  }
});

test("the scripts of the README's two commands are there", () => {
  for (const name of ["build", "start", "test", "ok", "bench"]) assert.ok(name in manifest.scripts, `package.json has no script "${name}"`);
  for (const script of Object.values(manifest.scripts)) {
    for (const [path] of script.matchAll(/\bscripts\/[\w-]+\.mjs\b/g)) assert.ok(existsSync(join(root, path)), `"${path}" is not there`);
  }
  assert.ok(existsSync(join(root, ".ci/run")));
});
