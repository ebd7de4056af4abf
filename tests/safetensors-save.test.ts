// Safetensors, written: the bytes that the official library writes, and a refusal by name of what the format cannot hold. Where
// that library is (BRINE_TORCH_PYTHON), it reads what is written here and is asked what it makes of hostile files.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  BrineError, complex, Dict, load, loadSync, meta, Module, open, OrderedDict, Parameter, save, saveSync, sparse, Storage, Tensor, tensor, tuple, type SaveOptions,
} from "../bindings/index.js";
import { SAFE_DTYPES } from "../bindings/safetensors/dtypes.js";
import { refusal } from "./support/refusal.js";
import { projectRoot } from "./support/walk.js";

const SAFE: SaveOptions = { format: "safetensors" };
const BRINE = join(projectRoot, "dist", "bindings", "cli", "main.js");

async function inFolder(run: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "brine-safetensors-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A tensor of these sizes whose bytes are some numbers. */
function of(dtype: string, shape: readonly number[], seed: number): Tensor {
  const { itemsize } = SAFE_DTYPES.find(({ type }) => type?.name === dtype)!.type!;
  const bytes = new Uint8Array(shape.reduce((n, size) => n * size, itemsize)).map((_, i) => (dtype === "bool" ? (i + seed) & 1 : (i * 7 + seed) & 0xff));
  return new Tensor(new Storage(bytes, { dtype: "untyped" }), { dtype, shape });
}

const hexOf = (t: Tensor): string => Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength).toString("hex");

test("a file of two tensors, byte for byte as the format's description has it", async () => {
  const value = new OrderedDict<string, Tensor>([["b", tensor([1.5], { dtype: "float32" })], ["a", tensor([2], { dtype: "uint8" })], ["n", tensor([3])]]);
  const header = "{\"__metadata__\":{\"format\":\"pt\"},\"n\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[12,13]}}";
  const expected = Buffer.concat([
    Buffer.from([Math.ceil(header.length / 8) * 8, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8)),
    Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0x3f, 2]),
  ]);
  const options: SaveOptions = { format: "safetensors", metadata: { format: "pt" } };
  assert.deepEqual(Buffer.from(await save(value, undefined, options)), expected);
  assert.deepEqual(Buffer.from(saveSync({ a: value.get("a"), n: value.get("n"), b: value.get("b") }, undefined, options)), expected);
  await inFolder(async (folder) => {
    await save(value, join(folder, "one.safetensors"), options);
    saveSync(value, join(folder, "two.safetensors"), options);
    assert.deepEqual(readdirSync(folder).sort(), ["one.safetensors", "two.safetensors"]);
    for (const name of readdirSync(folder)) assert.deepEqual(readFileSync(join(folder, name)), expected);
  });
});

test("what is saved comes back: every dtype, odd names, tensors without elements", async () => {
  const dtypes = SAFE_DTYPES.flatMap(({ type }) => (type === null ? [] : [type.name]));
  assert.equal(dtypes.length, 20);
  await fc.assert(fc.asyncProperty(
    fc.dictionary(fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__"), fc.tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }), fc.nat(255)), { maxKeys: 12 }),
    async (rows) => {
      const value = new Dict<string, Tensor>(Object.entries(rows).map(([name, [dtype, shape, seed]]) => [name, of(dtype, shape, seed)]));
      const bytes = await save(value, undefined, SAFE);
      const back = await load<Dict<string, Tensor>>(bytes);
      assert.deepEqual(new Set(back.keys()), new Set(value.keys()));
      for (const [name, t] of value) {
        const found = back.get(name)!;
        assert.deepEqual([found.dtype, [...found.shape], hexOf(found)], [t.dtype, [...t.shape], hexOf(t)]);
      }
      assert.deepEqual(await save(back, undefined, SAFE), bytes);
    },
  ), { seed: 11, numRuns: 200, interruptAfterTimeLimit: 10_000 });
});

test("strides, gradients and parameters: the elements in the order of their indices", async () => {
  const t = tensor([[1, 2, 3], [4, 5, 6]], { dtype: "float32" });
  const transposed = new Tensor(t.storage, { dtype: "float32", shape: [3, 2], stride: [1, 3] });
  const back = loadSync<Dict<string, Tensor>>(saveSync({ transposed, parameter: new Parameter(tensor([0.5])) }, undefined, SAFE));
  assert.deepEqual(back.get("transposed")?.toArray(), [[1, 4], [2, 5], [3, 6]]);
  assert.deepEqual(back.get("parameter")?.toArray(), [0.5]);
  const conj = new Tensor(new Storage(new Float32Array([1, 2]), { dtype: "complex64" }), { shape: [1], conj: true });
  assert.deepEqual(loadSync<Dict<string, Tensor>>(saveSync({ conj }, undefined, SAFE)).get("conj")?.toArray(), [complex(1, -2)]);
});

test("what the format cannot say is refused, and says which value it is", async () => {
  const shared = tensor([1, 2, 3, 4]);
  const view = (from: number, size: number): Tensor => new Tensor(shared.storage, { shape: [size], storageOffset: from });
  const refused: readonly (readonly [value: unknown, code: string, says: RegExp])[] = [
    [[tensor([1])], "SAFETENSORS_VALUE", /an Array/],
    [tensor([1]), "SAFETENSORS_VALUE", /a Tensor/],
    [null, "SAFETENSORS_VALUE", /None/],
    [new Module("Linear", { module: "torch.nn", parameters: {}, buffers: {}, children: {} }), "SAFETENSORS_VALUE", /a Module/],
    [{ model: new Dict([["w", tensor([1])]]) }, "SAFETENSORS_VALUE", /"model".*a Dict.*flat/],
    [{ epoch: 3 }, "SAFETENSORS_VALUE", /"epoch".*a number/],
    [{ none: null }, "SAFETENSORS_VALUE", /"none".*None/],
    [new Dict<unknown, unknown>([[1, tensor([1])]]), "SAFETENSORS_VALUE", /key 1 /],
    [new Dict<unknown, unknown>([[tuple(1), tensor([1])]]), "SAFETENSORS_VALUE", /key \(1,\)/],
    [{ __metadata__: tensor([1]) }, "SAFETENSORS_VALUE", /metadata/],
    [{ "\ud800": tensor([1]) }, "SAFETENSORS_VALUE", /surrogate/],
    [{ s: sparse({ layout: "sparse_coo", indices: tensor([[0]]), values: tensor([1]), shape: [2] }) }, "SAFETENSORS_VALUE", /"s".*a SparseTensor/],
    [{ m: meta({ dtype: "float32", shape: [2] }) }, "SAFETENSORS_VALUE", /"m"/],
    [{ z: new Tensor(new Storage(new Float64Array(2), { dtype: "complex128" })) }, "SAFETENSORS_DTYPE", /"z".*complex128/],
    [{ a: shared, b: shared }, "SAFETENSORS_SHARED", /"a", "b"/],
    [{ a: view(0, 3), b: view(3, 1), c: view(2, 2) }, "SAFETENSORS_SHARED", /"a", "c", "b"|"a", "c".*"b"/],
    [{ x: tensor([1]), tied: new Parameter(tensor([0.5])), y: new Tensor(shared.storage), z: view(1, 1) }, "SAFETENSORS_SHARED", /"y", "z"/],
  ];
  for (const [value, expected, says] of refused) {
    await assert.rejects(save(value, undefined, SAFE), refusal(expected, says));
    assert.throws(() => saveSync(value, undefined, SAFE), refusal(expected, says));
  }
  // Parts of a storage that do not touch, and views without elements, share nothing.
  const apart = loadSync<Dict<string, Tensor>>(saveSync({ a: view(0, 2), b: view(2, 2), none: view(1, 0) }, undefined, SAFE));
  assert.deepEqual([apart.get("a")?.toArray(), apart.get("b")?.toArray()], [[1, 2], [3, 4]]);
  const copied = loadSync<Dict<string, Tensor>>(saveSync({ a: shared, b: view(1, 2) }, undefined, { format: "safetensors", sharedTensors: "copy" }));
  assert.deepEqual([copied.get("a")?.toArray(), copied.get("b")?.toArray()], [[1, 2, 3, 4], [2, 3]]);
});

test("options of the other format are refused, and metadata that is no text", () => {
  const value = { a: tensor([1]) };
  const wrong: readonly unknown[] = [
    { format: "safetensors", folder: "x" }, { format: "safetensors", pickleProtocol: 2 }, { metadata: {} }, { format: "zip", sharedTensors: "copy" },
    { format: "safetensors", sharedTensors: "drop" }, { format: "safetensors", metadata: { a: 1 } }, { format: "safetensors", metadata: new Map([["\udc00", "x"]]) },
    { format: "safetensors", metadata: ["a"] },
  ];
  for (const options of wrong) {
    assert.throws(() => saveSync(value, undefined, options as SaveOptions), (error) => error instanceof BrineError && (error.code === "OPTION" || error.code === "SAFETENSORS_VALUE"), JSON.stringify(options)); // wrong on purpose
  }
});

test("a save that fails or is aborted leaves no file behind, and an opened file can be saved without holding all of it", async () => {
  await inFolder(async (folder) => {
    const to = join(folder, "x.safetensors");
    await assert.rejects(save({ a: 1 }, to, SAFE), refusal("SAFETENSORS_VALUE"));
    const stop = new AbortController();
    const value = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`t${i}`, of("float32", [1000], i)]));
    await assert.rejects(save(value, to, { ...SAFE, signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) }), /enough/);
    assert.deepEqual(readdirSync(folder), []);
    await save(value, to, SAFE);
    await using file = await open(to);
    await save(file.root(), join(folder, "y.safetensors"), file.saveOptions);
    assert.deepEqual(readFileSync(join(folder, "y.safetensors")), readFileSync(to));
    assert.throws(() => file.get("t0")?.data, refusal("NOT_LOCAL"));
    await save(file.root(), join(folder, "y.pth"));
    assert.deepEqual([...(await load<Dict<string, Tensor>>(join(folder, "y.pth"))).keys()], Object.keys(value));
  });
});

test("brine convert: a.pth to a.safetensors and back, flat names and copies where they are asked for", async () => {
  await inFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    const run = (...args: string[]): { status: number | null; stderr: string; stdout: string } => {
      const { status, stderr, stdout } = spawnSync(process.execPath, [BRINE, ...args], { encoding: "utf8" });
      return { status, stderr, stdout };
    };
    const value = new OrderedDict<string, Tensor>([["w", tensor([[1, 2], [3, 4]], { dtype: "float32" })], ["b", tensor([1, 2])]]);
    await save(value, at("a.pth"));
    assert.deepEqual(run("convert", at("a.pth"), at("a.safetensors")), { status: 0, stderr: "", stdout: "" });
    assert.deepEqual(readFileSync(at("a.safetensors")), Buffer.from(await save(value, undefined, { ...SAFE, metadata: { format: "pt" } })));
    const back = run("convert", at("a.safetensors"), at("b.pth"));
    assert.equal(back.status, 0, back.stderr);
    const again = await load<Dict<string, Tensor>>(at("b.pth"));
    for (const [name, t] of value) assert.deepEqual(again.get(name)?.toArray(), t.toArray());
    assert.equal(run("convert", at("a.safetensors"), at("c.safetensors")).status, 0);
    assert.deepEqual(readFileSync(at("c.safetensors")), readFileSync(at("a.safetensors")));

    await save({ model: value, tied: value.get("w"), epoch: 3 }, at("nested.pth"));
    const refused = run("convert", at("nested.pth"), at("nested.safetensors"));
    assert.match(refused.stderr, /SAFETENSORS_VALUE.*"model"/);
    assert.equal(refused.status, 1);
    const flat = run("convert", "--flatten", at("nested.pth"), at("nested.safetensors"));
    assert.equal(flat.status, 0, flat.stderr);
    assert.match(flat.stderr, /2 tensors written/);
    assert.deepEqual([...(await load<Dict<string, Tensor>>(at("nested.safetensors"))).keys()].sort(), ["model.b", "model.w"]);

    await save({ a: value.get("w"), b: value.get("w") }, at("tied.pth"));
    assert.match(run("convert", at("tied.pth"), at("tied.safetensors")).stderr, /SAFETENSORS_SHARED/);
    assert.equal(existsSync(at("tied.safetensors")), false);
    assert.equal(run("convert", "--copy", at("tied.pth"), at("tied.safetensors")).status, 0);

    assert.match(execFileSync(process.execPath, [BRINE, "ls", at("a.safetensors")], { encoding: "utf8" }), /w +float32 +\[2, 2\]/);
    const told = execFileSync(process.execPath, [BRINE, "inspect", at("a.safetensors")], { encoding: "utf8" });
    assert.match(told, /container +safetensors/);
    assert.match(told, /verdict +clean/);
    const json = JSON.parse(execFileSync(process.execPath, [BRINE, "inspect", "--json", "--hashes", at("a.safetensors")], { encoding: "utf8" })) as { container: string; tensors: unknown[] };
    assert.deepEqual([json.container, json.tensors.length], ["safetensors", 2]);
  });
});

const python = process.env["BRINE_TORCH_PYTHON"] ?? "";
const hasLibrary = python !== "" && spawnSync(python, ["-c", "import safetensors.torch"]).status === 0;
const skip = hasLibrary ? false : python === "" ? "skipped: no BRINE_TORCH_PYTHON" : "skipped: no safetensors in the Python of BRINE_TORCH_PYTHON";

interface Answer {
  readonly version: string;
  readonly files: Readonly<Record<string, { readonly refused: string } | { readonly metadata: Readonly<Record<string, string>> | null; readonly tensors: Readonly<Record<string, readonly [string, number[], string]>> }>>;
}

test("the official library reads what is written here, and writes the same bytes", { skip }, async () => {
  await inFolder(async (folder) => {
    const written = new Map<string, Dict<string, Tensor>>();
    const dtypes = SAFE_DTYPES.flatMap(({ type }) => (type === null ? [] : [type.name]));
    const samples = fc.sample(
      fc.dictionary(fc.string({ unit: "binary", minLength: 1 }).filter((name) => !name.startsWith("__")), fc.tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }), fc.nat(255)), { minKeys: 1, maxKeys: 30 }),
      { seed: 3, numRuns: 60 },
    );
    for (const [i, rows] of samples.entries()) {
      const value = new Dict<string, Tensor>(Object.entries(rows).map(([name, [dtype, shape, seed]]) => [name, of(dtype, shape, seed)]));
      const name = `${String(i).padStart(3, "0")}.safetensors`;
      // Of two or more texts the library leaves the order to chance.
      await save(value, join(folder, name), { format: "safetensors", ...(i % 3 === 0 ? {} : { metadata: i % 3 === 1 ? {} : { [`k${i} é"\n`]: "v \u0001" } }) });
      written.set(name, value);
    }
    const { files } = JSON.parse(execFileSync(python, [join(projectRoot, "tests", "pytorch", "safetensors_check.py"), folder], { encoding: "utf8", maxBuffer: 1 << 28 })) as Answer; // as the script says
    assert.equal(Object.keys(files).length, written.size);
    for (const [name, value] of written) {
      const told = files[name];
      assert.ok(told !== undefined && "tensors" in told, JSON.stringify(told));
      assert.deepEqual(told.tensors, Object.fromEntries(Array.from(value, ([key, t]) => [key, [t.dtype, [...t.shape], hexOf(t)]])), name);
      assert.deepEqual(readFileSync(join(folder, name.replace("safetensors", "again"))), readFileSync(join(folder, name)), name);
    }
  });
});
