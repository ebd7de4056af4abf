// What a slice carries besides its elements: the lazy bits of conj and neg, a gradient, scales, a class, its storage's label. It is the
// slice of the tensor that `read` gives whole, in every container, or it is refused with a code.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import {
  BrineError, Dict, Global, load, open, Parameter, QuantizedTensor, quantized, saveSync, Storage, SubclassTensor, Tensor, tensor, type CheckpointFile,
  type SliceRange, type Value,
} from "../bindings/index.js";
import { allFixtures, corpusEntries, goldenFixtures, needsShared, Tally } from "./support/walk.js";
import { zipOf, type ZipRecord } from "./support/zip.js";

/** Larger ones take too long as nested arrays. */
const MOST = 5000;

const codeOf = (code: string) => (error: unknown): boolean => error instanceof BrineError && error.code === code;

/** The same slice of nested arrays. */
function sliceOf(all: unknown, ranges: readonly (SliceRange | null)[]): unknown {
  if (!Array.isArray(all) || ranges.length === 0) return all;
  const [range, ...rest] = ranges;
  return all.slice(range?.[0] ?? 0, range?.[1] ?? all.length).map((part: unknown) => sliceOf(part, rest)); // Array's slice counts as Python's
}

const index = fc.option(fc.integer({ min: -4, max: 6 }), { nil: null });
const slices = fc.array(fc.oneof(fc.constant(null), fc.tuple(index, index)), { maxLength: 4 });

/** Holds slices of every tensor of a file against the whole. */
async function check(file: CheckpointFile, where: string, tally: Tally): Promise<void> {
  for (const { name, numel } of file.tensors()) {
    const what = `${where} ${name}`;
    if (numel > MOST) {
      tally.add("large", what);
      continue;
    }
    let whole: Tensor;
    let elements: unknown;
    try {
      whole = await file.read(name);
      elements = whole.toArray();
    } catch (cause) {
      assert.ok(cause instanceof BrineError, `${what}: ${String(cause)}`);
      tally.add(`refused whole, ${cause.code}`, what);
      continue;
    }
    const drawn = fc.sample(slices, { seed: 5, numRuns: 4 }).map((ranges) => ranges.slice(0, whole.shape.length));
    for (const slice of [[], ...drawn]) {
      const of = `${what} ${JSON.stringify(slice)}`;
      let part: Tensor;
      try {
        part = await file.read(name, { slice });
      } catch (cause) {
        assert.ok(cause instanceof BrineError, `${of}: ${String(cause)}`);
        tally.add(`refused slice, ${cause.code}`, what);
        continue;
      }
      tally.add("slices", what);
      assert.deepEqual(part.toArray(), sliceOf(elements, slice), of);
      assert.deepEqual(factsOf(part), factsOf(whole), of);
      assert.ok(part.storage !== whole.storage, of);
    }
  }
}

/** What is told of any view of a tensor. A slice of a parameter is a tensor, as in torch. */
function factsOf(one: Tensor): object {
  const { dtype, device, isConj, isNeg, requiresGrad, storage } = one;
  const kind = one instanceof Parameter ? one.dataTensor : one;
  const scales = kind instanceof QuantizedTensor ? kind.qscheme.toString() : null;
  return { dtype, device, isConj, isNeg, requiresGrad, kind: kind.constructor.name, scales, of: [storage.dtype, storage.location, storage.key] };
}

const numbers = new Storage(Float32Array.from({ length: 400 }, (_, i) => i - 7), { dtype: "float32", location: "cuda:1" });
const pairs = new Storage(Float64Array.from({ length: 60 }, (_, i) => i / 4 - 3), { dtype: "complex128" });
const untyped = new Storage(Uint8Array.from({ length: 64 }, (_, i) => i * 5));
const small = new Storage(Uint8Array.from({ length: 24 }, (_, i) => i * 3), { dtype: "quint8" });
const packed = new Storage(new Uint8Array([0x21, 0x43, 0x65, 0x87]), { dtype: "quint4x2" });

/** Views of every kind. Those that columns describe are in any file; the rest has a value of its own. */
const VIEWS: readonly (readonly [name: string, view: Tensor])[] = [
  ["plain", new Tensor(numbers, { shape: [5, 4], storageOffset: 9 })],
  ["grad", new Tensor(numbers, { shape: [5, 4], stride: [1, 5], requiresGrad: true })],
  ["neg", new Tensor(numbers, { shape: [4, 3, 2], stride: [50, 7, 2], neg: true })],
  ["conj", new Tensor(pairs, { shape: [6, 5], conj: true })],
  ["conj neg", new Tensor(pairs, { shape: [5, 4], stride: [2, 5], storageOffset: 3, conj: true, neg: true, requiresGrad: true })],
  ["conj scalar", new Tensor(pairs, { shape: [], storageOffset: 29, conj: true })],
  ["overlapping", new Tensor(numbers, { shape: [6, 5], stride: [1, 1], storageOffset: 100, neg: true })],
  ["expanded", new Tensor(pairs, { shape: [4, 5], stride: [0, 2], storageOffset: 4, conj: true })],
  ["empty", new Tensor(pairs, { shape: [3, 0, 2], storageOffset: 30, conj: true })],
  ["of bytes", new Tensor(untyped, { dtype: "uint16", shape: [4, 3], stride: [5, 2], storageOffset: 1, neg: true })],
  ["parameter", new Parameter(new Tensor(numbers, { shape: [3, 3], storageOffset: 200, neg: true }))],
  ["frozen", new Parameter(new Tensor(numbers, { shape: [3, 3], storageOffset: 50 }), { requiresGrad: false })],
  ["packed", new Tensor(packed, { shape: [3], storageOffset: 1 })],
  ["quantized", quantized({ storage: small, shape: [4, 5], stride: [1, 4], qscheme: "per_tensor_affine", scale: 0.5, zeroPoint: 3 })],
  ["channels", quantized({
    storage: small, shape: [4, 3], storageOffset: 2, qscheme: "per_channel_affine", axis: 1,
    scales: tensor([0.5, 2, 4], { dtype: "float64" }), zeroPoints: tensor([1, 2, 3]),
  })],
  ["packed scales", quantized({ storage: packed, shape: [2, 4], qscheme: "per_tensor_affine", scale: 0.5, zeroPoint: 3 })],
  ["class", new SubclassTensor(new Tensor(pairs, { shape: [6, 5], conj: true }), { cls: new Global("mine", "Image") })],
];

/** A torch.package archive with one pickle: that of a zip of torch.save, and its storages. */
function packageOf(bytes: Uint8Array): Uint8Array {
  const view = Buffer.from(bytes);
  const records: ZipRecord[] = [{ name: "p/version", bytes: Buffer.from("6\n") }, { name: "p/.data/extern_modules", bytes: Buffer.from("") }];
  for (let at = view.indexOf("PK\x01\x02", 0, "latin1"); at >= 0; at = view.indexOf("PK\x01\x02", at + 46, "latin1")) {
    const name = view.toString("utf8", at + 46, at + 46 + view.readUInt16LE(at + 28));
    const header = view.readUInt32LE(at + 42);
    const from = header + 30 + view.readUInt16LE(header + 26) + view.readUInt16LE(header + 28);
    const content = bytes.slice(from, from + view.readUInt32LE(at + 24));
    const storage = /\/data\/(\d+)$/.exec(name);
    if (storage !== null) records.push({ name: `p/.data/${storage[1]}.storage`, bytes: content });
    else if (name.endsWith("/data.pkl")) records.push({ name: "p/views/all.pkl", bytes: content });
  }
  return zipOf(records);
}

const stored = saveSync(new Dict<Value, Value>(VIEWS));

for (const [kind, bytes] of [["zip", stored], ["package", packageOf(stored)]] as const) {
  test(`slices of views in a ${kind} carry what the views do`, async () => {
    const tally = new Tally();
    const file = await open(bytes);
    assert.equal(file.container, kind);
    await check(file, kind, tally);
    const refused = tally.reasons.filter((reason) => reason.startsWith("refused"));
    assert.deepEqual(refused.sort(), kind === "zip" ? ["refused slice, PACKED_STRIDES"] : ["refused slice, PACKED_STRIDES", "refused slice, QUANTIZER"]);
    for (const { name } of file.tensors()) assert.ok(tally.has(`${kind} ${name}`), name);
    await file.close();
  });
}

test("what a read gives whole is what load gives, lazy bits too", async () => {
  const file = await open(packageOf(stored));
  const loaded = await load<Dict<string, Tensor>>(stored, { weightsOnly: false });
  let seen = 0;
  for (const [name, one] of VIEWS.filter(([, { constructor }]) => constructor !== SubclassTensor)) { // which is listed as the call that it is
    const read = await file.read(`$["views/all.pkl"]["${name}"]`);
    assert.deepEqual(read.toArray(), loaded.get(name)?.toArray(), name);
    assert.deepEqual([read.isConj, read.isNeg, read.requiresGrad], [one.isConj, one.isNeg, one.requiresGrad], name);
    seen++;
  }
  assert.equal(seen, VIEWS.length - 1);
  await file.close();
});

test("elements that share bytes are read as they are, and not copied where a copy would begin within a byte", async () => {
  const file = await open(stored);
  assert.deepEqual((await file.read("packed")).toArray(), [2, 3, 4]);
  assert.deepEqual((await file.readAll({ keys: ["packed"] })).get("packed")?.toArray(), [2, 3, 4]);
  await file.close();
  const odd = new Tensor(packed, { shape: [3], storageOffset: 1 });
  assert.throws(() => odd.clone(), codeOf("PACKED_STRIDES"));
  assert.throws(() => odd.data, codeOf("PACKED_STRIDES"));
  assert.deepEqual(new Tensor(packed, { shape: [3], storageOffset: 2 }).clone().toArray(), [3, 4, 5]);
});

async function checkFiles(paths: readonly string[], t: TestContext): Promise<void> {
  const tally = new Tally();
  for (const path of paths) {
    let file: CheckpointFile | undefined;
    try {
      file = await open(path);
      await check(file, path.split("/").slice(-2).join("/"), tally);
    } catch (cause) {
      if (!(cause instanceof BrineError)) throw cause; // a failed comparison
      tally.add(`not opened, ${cause.code}`, path);
    } finally {
      await file?.close();
    }
  }
  for (const line of tally.lines(2)) t.diagnostic(line);
  assert.ok(tally.count("slices") > paths.length, "most of them have tensors");
}

test("slices of golden files carry what the tensors do", async (t) => {
  await checkFiles(goldenFixtures().map(({ path }) => path), t);
});

test("slices of all fixtures and of the corpus carry what the tensors do", needsShared, async (t) => {
  const corpus = corpusEntries().filter(({ path }) => !path.includes("malicious"));
  await checkFiles([...allFixtures(), ...corpus].map(({ path }) => path).filter((path) => path !== ""), t);
});
