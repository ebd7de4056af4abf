// load, save, open and inspect as a user meets them: options, sources, names, limits, aborts.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  addSafeGlobals, ArgumentError, BrineError, clearSafeGlobals, complex, Dict, dtype, float, FormatError, getSafeGlobals, inspect, LimitError, load,
  loadSync, open, openSync, OrderedDict, Parameter, PicklingError, PyObject, reprOf, safeGlobals, save, saveSync, SourceError, Storage, str, Tensor,
  tensor, tuple, UnpicklingError, UnsupportedError, type Source,
} from "../bindings/index.js";

const example = new URL("../../examples/lstm_state_dict.pt", import.meta.url);
const bytes = new Uint8Array(readFileSync(example));

/** A source that counts what is asked of it. */
class Spy implements Source {
  readonly size: number;
  readonly reads: [number, number][] = [];
  readonly #bytes: Uint8Array;

  constructor(content: Uint8Array) {
    this.#bytes = content;
    this.size = content.length;
  }

  async read(offset: number, into: Uint8Array): Promise<number> {
    this.reads.push([offset, into.length]);
    const part = this.#bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }
}

const codeOf = (code: string) => (error: unknown): boolean => error instanceof BrineError && error.code === code;

test("load: a path, a URL, a buffer, a view and a source give the same", async () => {
  const expected = reprOf(await load(example));
  const padded = new Uint8Array(bytes.length + 3);
  padded.set(bytes, 3);
  for (const source of [example.pathname, bytes, bytes.slice().buffer, padded.subarray(3), new DataView(bytes.slice().buffer), new Spy(bytes)]) {
    assert.equal(reprOf(await load(source)), expected);
  }
});

test("open: what was found stays found, however much is read meanwhile", async () => {
  const many = new Dict<string, Tensor>();
  for (let i = 0; i < 200; i++) many.set(`t${i}`, new Tensor(new Storage(new Uint8Array(40_000).fill(i), { dtype: "uint8" }), { dtype: "uint8", shape: [40_000] }));
  const file = await open(new Spy(await save(many)));
  file.root();
  for (let i = 0; i < 200; i++) {
    assert.equal((await file.read(`t${i}`)).data[39_999], i);
    assert.deepEqual(file.get(`t${i}`)?.shape, many.get(`t${i}`)?.shape);
  }
  await file.close();
});

test("loadSync: a source that answers promises is refused by name", () => {
  assert.throws(() => loadSync(new Spy(bytes)), codeOf("NOT_SYNC"));
});

test("load: options that do not exist, or not yet, are errors and never ignored", async () => {
  await assert.rejects(load(bytes, { mapLocaton: "cpu" } as object), (e: unknown) => e instanceof ArgumentError && e.code === "OPTION");
  await assert.rejects(load(bytes, { devices: [1] } as object), (e: unknown) => e instanceof ArgumentError && e.code === "OPTION");
  await assert.rejects(load(bytes, { member: 1 } as object), (e: unknown) => e instanceof ArgumentError && e.code === "OPTION");
  assert.ok(await load(bytes, { mapLocation: "cpu", mmap: false, offset: 0, weightsOnly: true }));
  for (const options of [{ pickleProtocol: 4 }, { format: "legacy" }, { byteorder: "big" }, { skipData: true }, { torchVersion: "1.8" }] as const) {
    assert.throws(() => saveSync({}, undefined, options), UnsupportedError, JSON.stringify(options));
  }
});

test("load: an abort rejects with its reason", async () => {
  const reason = new Error("enough");
  await assert.rejects(load(bytes, { signal: AbortSignal.abort(reason) }), (e: unknown) => e === reason);
  const controller = new AbortController();
  const slow: Source = {
    size: bytes.length,
    read: async (offset, into) => {
      controller.abort(reason);
      into.set(bytes.subarray(offset, offset + into.length));
      return into.length;
    },
  };
  await assert.rejects(load(slow, { signal: controller.signal }), (e: unknown) => e === reason);
});

test("load: each named limit refuses with both numbers", async () => {
  for (const limits of [{ entries: 3 }, { description: 100 }, { storages: 10 }]) {
    await assert.rejects(load(bytes, { limits }), (e: unknown) => e instanceof LimitError && e.found > e.limit, JSON.stringify(limits));
  }
  await assert.rejects(load(bytes, { limits: { entires: 3 } as object }), codeOf("OPTION"));
});

test("load: a wrong CRC is found, unless the caller does not ask", () => {
  const x = tensor([1, 2, 3], { dtype: "float32" });
  const file = saveSync({ x });
  const at = Buffer.from(file).indexOf(Buffer.from(new Uint8Array(new Float32Array([1, 2, 3]).buffer)));
  file[at] ^= 1;
  assert.throws(() => loadSync(file), codeOf("CRC"));
  assert.equal((loadSync(file, { checkCrc32: false }) as Dict).get("x") instanceof Tensor, true);
});

test("load: a source that gives less than it said is a SourceError", async () => {
  const short: Source = { size: bytes.length, read: (offset, into) => into.length - 1 };
  await assert.rejects(load(short), (e: unknown) => e instanceof SourceError && e.code === "SHORT_READ");
});

test("weightsOnly: refuses classes by name, unless they are allowed", () => {
  const file = saveSync({ a: new PyObject({ module: "argparse", name: "Namespace", args: [], state: new Dict([["x", 1]]) }) });
  assert.throws(() => loadSync(file), (e: unknown) => e instanceof UnpicklingError && e.code === "UNSAFE_GLOBAL" && /argparse\.Namespace/.test(e.message));
  assert.ok((loadSync(file, { weightsOnly: false }) as Dict).get("a") instanceof PyObject);
  addSafeGlobals(["argparse.Namespace"]);
  assert.deepEqual(getSafeGlobals(), ["argparse.Namespace"]);
  assert.ok((loadSync(file) as Dict).get("a") instanceof PyObject);
  clearSafeGlobals();
  assert.throws(() => loadSync(file), codeOf("UNSAFE_GLOBAL"));
});

test("safeGlobals: allows within a scope, a call and a promise, and removes what it was given", async () => {
  const file = saveSync(new PyObject({ module: "m", name: "C", args: [] }));
  assert.ok(safeGlobals(["m.C"], () => loadSync(file)) instanceof PyObject);
  assert.throws(() => loadSync(file), codeOf("UNSAFE_GLOBAL"));
  assert.ok(await safeGlobals(["m.C"], () => load(file)) instanceof PyObject);
  const scope = safeGlobals(["m.C"]);
  assert.ok(loadSync(file) instanceof PyObject);
  scope[Symbol.dispose]();
  assert.throws(() => loadSync(file), codeOf("UNSAFE_GLOBAL"));
  assert.throws(() => safeGlobals(["nodots"]), codeOf("GLOBAL_NAME"));
});

test("weightsOnly: modules that reach the system stay blocked even when allowed", () => {
  const file = saveSync(new PyObject({ module: "os", name: "system", via: "reduce", args: ["true"] }));
  safeGlobals(["os.system"], () => assert.throws(() => loadSync(file), codeOf("BLOCKED_MODULE")));
});

test("open: lists without reading, reads one tensor's range, and closes", async () => {
  const storage = new Storage(new Float32Array(40_000), { dtype: "float32" });
  const file = saveSync({
    part: new Tensor(storage, { shape: [10], storageOffset: 20_000 }), whole: new Tensor(storage, { shape: [40_000] }), "a.b": tensor([1]),
    a: { b: tensor([2]) },
  });
  const spy = new Spy(file);
  const opened = await open(spy);
  const before = spy.reads.length;
  const names = Array.from(opened.tensors(), (t) => t.name);
  assert.deepEqual(names, ["part", "whole", '$["a.b"]', '$["a"]["b"]']);
  assert.equal(spy.reads.length, before);
  assert.ok(before <= 5, `${before} reads to open`);
  const part = await opened.read("part");
  assert.deepEqual(part.shape.slice(), [10]);
  assert.ok(spy.reads.slice(before).reduce((sum, [, n]) => sum + n, 0) < 200, "a part costs its own bytes and a header");
  assert.equal((await opened.read('$["a"]["b"]')).item(), 2);
  await assert.rejects(opened.read("nothing"), codeOf("NO_TENSOR"));
  const lazy = opened.get("whole") as Tensor;
  assert.throws(() => lazy.data, codeOf("NOT_LOCAL"));
  assert.equal((await lazy.to("cpu")).data.length, 40_000);
  assert.equal(opened.get("part")?.storage, lazy.storage);
  const info = [...opened.tensors()][0];
  await opened.close();
  assert.throws(() => info.name, codeOf("CLOSED"));
  assert.throws(() => opened.records, codeOf("CLOSED"));
});

test("load: 10,000 neighbours are a few reads", async () => {
  const sd = new OrderedDict();
  for (let i = 0; i < 10_000; i++) sd.set(`layer.${i}`, tensor([i], { dtype: "float32" }));
  const spy = new Spy(saveSync(sd));
  const back = await load<OrderedDict<string, Tensor>>(spy);
  assert.equal(back.get("layer.9999")?.item(), 9999);
  assert.ok(spy.reads.length < 12, `${spy.reads.length} reads`);
});

test("values of two loads do not share what they should not", () => {
  const a = loadSync(bytes.slice()) as OrderedDict<string, Tensor>;
  const b = loadSync(bytes.slice()) as OrderedDict<string, Tensor>;
  (a.get("bn.weight")!.data as Float32Array)[0] = 77;
  assert.notEqual((b.get("bn.weight")!.data as Float32Array)[0], 77);
});

test("save: a file appears whole or not at all", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-"));
  try {
    const path = join(folder, "model.v1.pth");
    await save({ x: tensor([1]) }, path);
    assert.deepEqual(readdirSync(folder), ["model.v1.pth"]);
    assert.equal(openSync(path).saveOptions.folder, "model.v1");
    const broken = { x: tensor([1]), y: () => 1 };
    assert.throws(() => saveSync(broken, path), PicklingError);
    const late = Storage.deferred({ dtype: "float32", nbytes: 4, read: () => Promise.reject(new Error("gone")) });
    await assert.rejects(save({ t: new Tensor(late, { shape: [1] }) }, path), /gone/);
    assert.throws(() => saveSync({ t: new Tensor(late, { shape: [1] }) }, path), codeOf("NOT_LOCAL"));
    assert.deepEqual(readdirSync(folder), ["model.v1.pth"]);
    assert.ok(await load(path));
    assert.throws(() => saveSync({}, join(folder, ".pth")), codeOf("FOLDER"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("save: one storage under two dtypes is refused, as in torch", () => {
  const storage = new Storage(new Uint8Array(8));
  const value = [new Tensor(storage, { dtype: "float32", shape: [2] }), new Tensor(storage, { dtype: "int32", shape: [2] })];
  assert.throws(() => saveSync(value), codeOf("TWO_DTYPES"));
});

test("save: what Python has not is refused by what it is", () => {
  for (const value of [undefined, Symbol("x"), () => 1, new Float32Array(2), new Date(), [undefined]]) {
    assert.throws(() => saveSync({ value }), (e: unknown) => e instanceof PicklingError && e.code === "UNPICKLABLE");
  }
});

test("save: deep and circular values neither overflow nor hang", () => {
  let deep: unknown = [];
  for (let i = 0; i < 200_000; i++) deep = [deep];
  const back = loadSync(saveSync(deep), { weightsOnly: false });
  let depth = 0;
  for (let at: unknown = back; Array.isArray(at) && at.length > 0; at = at[0]) depth++;
  assert.equal(depth, 200_000);
  const ring: unknown[] = [1];
  ring.push(ring);
  const again = loadSync(saveSync(ring)) as unknown[];
  assert.equal(again[1], again);
});

test("keys such as __proto__ are only keys", () => {
  const back = loadSync(saveSync(new Dict([["__proto__", 1], ["constructor", 2]]))) as Dict;
  assert.equal(back.get("__proto__"), 1);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  assert.equal(Object.getPrototypeOf(back), Dict.prototype);
});

test("inspect: tells what it saw up to the fault, and does not throw", async () => {
  const whole = await inspect(bytes);
  assert.equal(whole.fault, null);
  assert.equal(whole.tensors.length, 26);
  assert.ok(whole.globals.every((global) => global.verdict === "plain data"));
  const cut = await inspect(bytes.subarray(0, 4000));
  assert.equal(cut.fault?.code, "ZIP_NO_END");
  const odd = await inspect(saveSync(new PyObject({ module: "os", name: "system", via: "reduce", args: ["true"] })));
  assert.deepEqual(odd.globals.map(({ name, verdict }) => [name, verdict]), [["system", "dangerous"]]);
});

test("save, then load: any value of Python's comes back as it was, and saves as the same bytes", () => {
  const leaf = fc.oneof(
    fc.constant(null), fc.boolean(), fc.integer(), fc.bigInt(), fc.double(), fc.string({ unit: "binary" }), fc.string(),
    fc.double({ noNaN: true }).map((x) => float(x)), fc.string().map((text) => str(text)), fc.uint8Array(),
    fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true })).map(([re, im]) => complex(re, im)),
    fc.constantFrom("float32", "int64", "bool").map((name) => dtype(name)),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, fc.array(tie("value"), { maxLength: 5 }),
      fc.array(tie("value"), { maxLength: 4 }).map((items) => tuple(...items)),
      fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 5 }).map((pairs) => new Dict(pairs as [string, never][])),
      fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 5 }).map((pairs) => new OrderedDict(pairs as [string, never][])),
      fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 6 }).map((numbers) => new Parameter(tensor(numbers, { dtype: "float32" })))),
  }));
  fc.assert(fc.property(value, (given) => {
    const first = saveSync(given);
    const back = loadSync(first, { weightsOnly: false });
    assert.equal(reprOf(back), reprOf(given as never));
    assert.deepEqual(Buffer.from(saveSync(back)), Buffer.from(first));
  }), { seed: 20261124, numRuns: 300, interruptAfterTimeLimit: 4000 });
});

test("FormatError of a zip that is no checkpoint says what it is", () => {
  assert.throws(() => loadSync(new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:0")), (e: unknown) =>
    e instanceof FormatError && e.code === "GIT_LFS" && /git lfs pull/.test(e.message));
});
