// Slices: what is read is the same slice of the whole tensor, whatever its strides, its container and its byte order; and no
// more is read than lies between its first element and its last.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { BrineError, Dict, load, open, OrderedDict, reprOf, saveSync, Storage, Tensor, type CheckpointFile, type SliceRange } from "../bindings/index.js";
import { FarSource } from "./support/far.js";
import { hostileZip } from "./support/hostile_zip.js";
import { allFixtures, goldenFixtures, needsShared } from "./support/walk.js";

const codeOf = (code: string) => (error: unknown): boolean => error instanceof BrineError && error.code === code;

/** The same slice of a tensor that is here, element by element. */
function sliceOf(all: unknown, ranges: readonly (SliceRange | null)[]): unknown {
  if (!Array.isArray(all) || ranges.length === 0) return all;
  const [range, ...rest] = ranges;
  return all.slice(range?.[0] ?? 0, range?.[1] ?? all.length).map((part: unknown) => sliceOf(part, rest)); // Array's slice counts as Python's
}

const ramp = new Storage(new Float32Array(5000).map((_, i) => i), { dtype: "float32" });
const halves = new Storage(new Uint16Array(600).map((_, i) => i * 7), { dtype: "float16" });

/** Views of every kind over two storages. */
const VIEWS = new OrderedDict<string, Tensor>([
  ["plain", new Tensor(ramp, { shape: [50, 100] })],
  ["transposed", new Tensor(ramp, { shape: [100, 50], stride: [1, 100] })],
  ["expanded", new Tensor(ramp, { shape: [40, 7, 3], stride: [3, 0, 1], storageOffset: 17 })],
  ["strided", new Tensor(ramp, { shape: [10, 10], stride: [200, 3], storageOffset: 5 })],
  ["overlapping", new Tensor(ramp, { shape: [30, 8], stride: [2, 1], storageOffset: 1000 })],
  ["channels last", new Tensor(ramp, { shape: [2, 3, 8, 9], stride: [216, 1, 27, 3], storageOffset: 8 })],
  ["vector", new Tensor(ramp, { shape: [4000], storageOffset: 999 })],
  ["half", new Tensor(halves, { shape: [20, 30] })],
  ["half column", new Tensor(halves, { dtype: "float16", shape: [20], stride: [30], storageOffset: 29 })],
  ["scalar", new Tensor(ramp, { shape: [], storageOffset: 77 })],
  ["empty", new Tensor(ramp, { shape: [0, 4] })],
]);

const stored = saveSync(VIEWS);

/** The same records, deflated. */
function deflated(bytes: Uint8Array): Uint8Array {
  const view = Buffer.from(bytes);
  const records = [];
  for (let at = view.indexOf("PK\x01\x02", 0, "latin1"); at >= 0; at = view.indexOf("PK\x01\x02", at + 46, "latin1")) {
    const name = view.toString("utf8", at + 46, at + 46 + view.readUInt16LE(at + 28));
    const header = view.readUInt32LE(at + 42);
    const from = header + 30 + view.readUInt16LE(header + 26) + view.readUInt16LE(header + 28);
    records.push({ name, bytes: bytes.slice(from, from + view.readUInt32LE(at + 24)), deflate: true });
  }
  return hostileZip(records);
}

const range = fc.oneof(
  fc.constant(null),
  fc.tuple(fc.option(fc.integer({ min: -60, max: 110 }), { nil: null }), fc.option(fc.integer({ min: -60, max: 110 }), { nil: null })),
);

async function compare(file: CheckpointFile, whole: ReadonlyMap<string, Tensor>, seed: number): Promise<void> {
  const names = [...whole.keys()];
  await fc.assert(fc.asyncProperty(fc.constantFrom(...names), fc.array(range, { maxLength: 4 }), async (name, drawn) => {
    const all = whole.get(name)!;
    const slice = drawn.slice(0, all.shape.length);
    const part = await file.read(name, { slice });
    assert.deepEqual(part.toArray(), all.shape.length === 0 ? all.toArray() : sliceOf(all.toArray(), slice), `${name} ${JSON.stringify(slice)}`);
    assert.equal(part.dtype, all.dtype);
    assert.equal(part.requiresGrad, all.requiresGrad);
    assert.ok(part.storage.nbytes <= Math.max(part.numel * part.type.itemsize, all.storage.nbytes));
  }), { seed, numRuns: 300 });
}

for (const [kind, bytes] of [["stored", stored], ["deflated", deflated(stored)]] as const) {
  for (const far of [false, true]) {
    test(`slices of a ${kind} zip${far ? " from afar" : ""} are those of the whole tensors`, async () => {
      const file = await open(far ? new FarSource(bytes) : bytes);
      await compare(file, await load<Dict<string, Tensor>>(bytes), 7);
      await file.close();
    });
  }
}

test("slices of golden files, of the stream format and of big-endian files are those of the whole tensors", needsShared, async (t) => {
  let files = 0;
  const fixtures = [...goldenFixtures(), ...allFixtures()].filter(({ path }, i) => /legacy|big_endian|strid|view|transpos|expand/.test(path) || i % 12 === 0);
  for (const { path, kind } of fixtures) {
    if (kind !== "save") continue;
    const bytes = readFileSync(path);
    const file = await open(i(files) ? new FarSource(bytes) : path);
    try {
      if (file.container === "tar") continue;
      const whole = new Map<string, Tensor>();
      for (const { name } of file.tensors()) {
        const all = await file.read(name);
        if (all.numel < 5000 && !/bits|float4|complex32|bcomplex/.test(all.dtype)) whole.set(name, all);
      }
      for (const [name, all] of whole) {
        for (const slice of [[[0, 1]], [[1, null]], [[-1, null], [0, -1]], [null, [1, 2]]] as const) {
          if (slice.length > all.shape.length) continue;
          assert.deepEqual((await file.read(name, { slice })).toArray(), sliceOf(all.toArray(), slice), `${path} ${name}`);
        }
      }
      files++;
    } finally {
      await file.close();
    }
  }
  t.diagnostic(`${files} files`);
  assert.ok(files > 50);
});

function i(n: number): boolean {
  return n % 2 === 1;
}

test("a slice reads its rows and no more; a slice of columns keeps only them", async () => {
  const source = new FarSource(stored);
  const file = await open(source);
  const before = source.bytes;
  await file.read("plain", { slice: [0, 5] });
  assert.ok(source.bytes - before < 2000 + 256, `${source.bytes - before} bytes`);
  const column = await file.read("plain", { slice: [null, [3, 4]] });
  assert.equal(column.storage.nbytes, 200);
  const expanded = await file.read("expanded", { slice: [0, 40] });
  assert.ok(expanded.storage.nbytes < 600, "an expanded tensor is not written out");
  await file.close();
});

test("a slice that is none is refused", async () => {
  const file = await open(stored);
  for (const slice of [5, "0:5", [1.5, 2], [[0, 1], 2], [[0, 1, 2]], {}, [[0, 1], [0, 1], [0, 1]]]) {
    await assert.rejects(file.read("plain", { slice: slice as never }), codeOf("SLICE")); // what a JavaScript user can write
  }
  await assert.rejects(file.read("scalar", { slice: [0, 1] }), codeOf("SLICE"));
  await assert.rejects(file.read("nobody", { slice: [0, 1] }), codeOf("NO_TENSOR"));
  assert.equal((await file.read("plain", { slice: [40, 10] })).numel, 0);
  assert.equal(reprOf(await file.read("plain", { slice: [] })), reprOf(await file.read("plain")));
  await file.close();
});
