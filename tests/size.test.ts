// What a program carries that imports `load` alone: what esbuild puts into the chunks that a page fetches at once, besides the
// wasm, and what every load fetches while its first bytes are read: the loader of the wasm, and what makes values whole.
// Families of values come when a file needs them: the bundle, split so, loads golden files in Node, and tells what it fetched
// for each.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Counter, loadSync, Module, NDArray, OrderedDict, Parameter, PyObject, quantized, saveSync, sparse, Storage, tensor } from "../bindings/index.js";
import { projectRoot } from "./support/walk.js";

const program = join(projectRoot, "tests", "runtimes", "node_modules", ".bin", "esbuild");
const needsEsbuild = { skip: existsSync(program) ? false : "skipped: no esbuild" };
const golden = join(projectRoot, "tests", "golden");
/** Bytes of gzip: of what a page fetches at once, and with what every load fetches. */
const AT_ONCE = 27_000;
const EVERY_LOAD = 41_500;

const folder = mkdtempSync(join(tmpdir(), "brine-size-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** As much of esbuild's metafile as is asked here. */
interface Output {
  readonly entryPoint?: string;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
}

/** A program that imports `load`, in chunks. */
class Bundle {
  readonly out: string;
  readonly #outputs: { readonly [name: string]: Output };

  constructor(platform: "browser" | "node") {
    this.out = join(folder, platform);
    const index = join(projectRoot, "dist", "bindings", "index.js");
    const entry = join(folder, "main.js");
    writeFileSync(entry, `export { load } from ${JSON.stringify(index)};\n`);
    const meta = join(folder, `${platform}.json`);
    const args = [entry, "--bundle", "--splitting", "--minify", "--format=esm", `--platform=${platform}`, `--outdir=${this.out}`, `--metafile=${meta}`, "--log-level=warning", "--color=false"];
    const { status, stderr } = spawnSync(program, args, { cwd: projectRoot, encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    const { outputs } = JSON.parse(readFileSync(meta, "utf8")) as { readonly outputs: { readonly [name: string]: Output } };
    this.#outputs = Object.fromEntries(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  }

  /** The chunk that a file of ours is the entry of. */
  chunkOf(file: string): string {
    const found = Object.entries(this.#outputs).find(([, { entryPoint }]) => entryPoint !== undefined && basename(entryPoint) === file);
    assert.ok(found !== undefined, `no chunk begins with ${file}`);
    return found[0];
  }

  /** The chunks that are fetched with these. */
  closure(chunks: readonly string[]): Set<string> {
    const met = new Set<string>();
    const stack = [...chunks];
    for (let chunk = stack.pop(); chunk !== undefined; chunk = stack.pop()) {
      if (met.has(chunk)) continue;
      met.add(chunk);
      for (const { path, kind } of this.#outputs[chunk]?.imports ?? []) if (kind === "import-statement" && basename(path) in this.#outputs) stack.push(basename(path));
    }
    return met;
  }

  packed(chunks: Iterable<string>): number {
    let sum = 0;
    for (const chunk of chunks) sum += gzipSync(readFileSync(join(this.out, chunk)), { level: 9 }).length;
    return sum;
  }

  /** The families' pages, by the names of their chunks. */
  families(): Map<string, string> {
    const out = new Map<string, string>();
    for (const [chunk, { entryPoint }] of Object.entries(this.#outputs)) {
      const name = /family_(\w+)\.js$/.exec(entryPoint ?? "")?.[1];
      if (name !== undefined) out.set(chunk, name);
    }
    return out;
  }
}

test("a program that imports load fetches at most 27,000 bytes at once, packed, besides the wasm", needsEsbuild, (t) => {
  const bundle = new Bundle("browser");
  const main = bundle.chunkOf("main.js");
  const atOnce = bundle.packed(bundle.closure([main]));
  const everyLoad = bundle.packed(bundle.closure([main, bundle.chunkOf("family_values.js"), bundle.chunkOf("loader.js")]));
  const all = bundle.packed(readdirSync(bundle.out).filter((name) => name.endsWith(".js")));
  t.diagnostic(`${atOnce} bytes at once, ${everyLoad} with what every load fetches, ${all} in all chunks`);
  assert.ok(atOnce <= AT_ONCE, `${atOnce} bytes at once`);
  assert.ok(everyLoad <= EVERY_LOAD, `${everyLoad} bytes for every load`);
});

/** Loads the files that it is given, and says of each what it is, and of all which families were fetched. */
const HOST = `import { readFileSync } from "node:fs";
import { load } from "./main.js";
const texts = [];
for (const path of process.argv.slice(2)) {
  const value = await load(readFileSync(path), { weightsOnly: false });
  texts.push(String(value));
}
process.stdout.write(JSON.stringify({ texts, fetched: (globalThis.fetched ?? []).sort() }));
`;

/** A bundle for Node whose families tell when they are fetched. */
function tellingBundle(): Bundle {
  const bundle = new Bundle("node");
  copyFileSync(join(projectRoot, "dist", "bindings", "core", "brine.wasm"), join(bundle.out, "brine.wasm"));
  writeFileSync(join(bundle.out, "host.mjs"), HOST);
  for (const [chunk, name] of bundle.families()) {
    const path = join(bundle.out, chunk);
    writeFileSync(path, `${readFileSync(path, "utf8")}\n(globalThis.fetched ??= []).push(${JSON.stringify(name)});\n`);
  }
  return bundle;
}

function hosted({ out }: Bundle, paths: readonly string[]): { readonly texts: readonly string[]; readonly fetched: readonly string[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(out, "host.mjs"), ...paths], { encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as ReturnType<typeof hosted>; // what HOST writes
}

/** Which families a value needs when it is loaded. */
const NEEDED: readonly (readonly [what: string, value: unknown, families: readonly string[]])[] = [
  ["a state dict", new OrderedDict([["w", tensor([[1.5, 2]])]]), ["values"]],
  ["a parameter", new Parameter(tensor([1.5])), ["values"]],
  ["a sparse tensor", sparse({ layout: "sparse_coo", indices: tensor([[0, 1]]), values: tensor([1.5, 2]), shape: [2] }), ["python", "tensors", "values"]],
  ["a quantized tensor", quantized({ storage: new Storage(new Uint8Array([1, 2]), { dtype: "quint8" }), shape: [2], qscheme: "per_tensor_affine", scale: 0.5, zeroPoint: 1 }), ["python", "tensors", "values"]],
  ["an array", new NDArray({ dtype: "|u1", shape: [2], bytes: Uint8Array.of(1, 2) }), ["numpy", "texts", "values"]],
  ["text beyond ASCII", new OrderedDict([["größe\u00a0\u0378", 1]]), ["texts", "values"]],
  ["an object of a known class", new PyObject({ module: "pathlib", name: "PosixPath", via: "reduce", args: ["/a", "b"] }), ["names", "texts", "values"]],
  ["a module", new Module("Net", { parameters: { weight: new Parameter(tensor([1.5])) } }), ["modules", "names", "values"]],
  ["a counter", new Counter([["a", 1]]), ["python", "values"]],
];

test("the bundle loads every golden file as the package does", needsEsbuild, () => {
  const names = readdirSync(golden).filter((name) => name.endsWith(".pt")).sort();
  assert.ok(names.length > 50);
  const { texts } = hosted(tellingBundle(), names.map((name) => join(golden, name)));
  for (const [i, name] of names.entries()) assert.equal(texts[i], String(loadSync(join(golden, name), { weightsOnly: false })), name);
});

test("the bundle fetches the families that a file needs", needsEsbuild, () => {
  const bundle = tellingBundle();
  for (const [what, value, families] of NEEDED) {
    const path = join(folder, "value.pt");
    saveSync(value, path);
    const { texts, fetched } = hosted(bundle, [path]);
    assert.deepEqual(fetched, families, what);
    assert.deepEqual(texts, [String(value)], what);
  }
});

test("the bundle prints text that came from no file", needsEsbuild, () => {
  const { out } = tellingBundle();
  const path = join(folder, "value.pt");
  saveSync(new OrderedDict([["w", 1]]), path);
  writeFileSync(join(out, "adds.mjs"), `import { readFileSync } from "node:fs";
import { load } from "./main.js";
const value = await load(readFileSync(process.argv[2]));
value.set("gr\u00f6\u00dfe\u0378\u00a0\u{1f600}", 1);
process.stdout.write(JSON.stringify([String(value), globalThis.fetched]));
`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(out, "adds.mjs"), path], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), ["OrderedDict([('w', 1), ('größe\\u0378\\xa0😀', 1)])", ["values"]]);
});
