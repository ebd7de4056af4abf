// TorchScript archives: refused as torch.load refuses them, read as values otherwise; their code is text.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { classesOf, codeRecordOf } from "../bindings/checkpoint/script_code.js";
import { ArgumentError, BrineError, inspect, load, loadSync, open, openSync, PyObject, save, UnpicklingError, type Dict, type Value } from "../bindings/index.js";
import { allFixtures, needsShared, sharedFolder } from "./support/walk.js";
import { zipOf, type ZipRecord } from "./support/zip.js";

const fixture = (name: string): string => join(sharedFolder ?? "", "fixtures", name);
const SCRIPT = "torch-2.15.0/torchscript_script.pt";
const OLD = "torch-1.2.0/torchscript_script.pt";

test("load refuses TorchScript under weightsOnly as torch.load does, and says what brine does without it", needsShared, async () => {
  for (const name of [SCRIPT, OLD]) {
    for (const attempt of [() => load(fixture(name)), async () => loadSync(fixture(name), { weightsOnly: true })]) {
      await assert.rejects(attempt, (error: unknown) => {
        assert.ok(error instanceof UnpicklingError);
        assert.equal(error.code, "TORCHSCRIPT");
        assert.match(error.message, /Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch\.load``.*weightsOnly: false.*runs nothing/s);
        return true;
      });
    }
  }
});

test("load with weightsOnly: false gives the module as an inert object, which is saved and loaded again", needsShared, async () => {
  const value = await load(fixture(SCRIPT), { weightsOnly: false });
  assert.ok(value instanceof PyObject);
  assert.equal(`${value.module}.${value.name}`, "__torch__.fixture_types.Script");
  const again = await load(await save(value), { weightsOnly: false });
  assert.ok(again instanceof PyObject);
  const keys = (object: PyObject): Value[] => [...(object.state as Dict).keys()]; // a module's state is a dict
  assert.deepEqual(keys(again), keys(value));
});

test("every scripted fixture loads, opens, lists and inspects with the same tensors", needsShared, async () => {
  const files = new Set(allFixtures().filter(({ kind }) => kind === "torchscript").map(({ path }) => path));
  assert.ok(files.size > 10);
  for (const path of files) {
    const file = await open(path);
    try {
      assert.equal(file.container, "torchscript");
      const { tensors, container, fault } = await inspect(path);
      assert.deepEqual([container, fault], ["torchscript", null]);
      assert.deepEqual(tensors.map(({ path: at }) => at), Array.from(file.tensors(), ({ path: at }) => at));
      assert.ok(tensors.length > 0, path);
      await load(path, { weightsOnly: false });
    } finally {
      await file.close();
    }
  }
});

test("script() tells parameters, buffers, constants and code of a file, and null of any other", needsShared, async () => {
  const file = await open(fixture(SCRIPT));
  const script = await file.script();
  assert.ok(script !== null);
  assert.equal(script.type, "Script");
  assert.deepEqual([...script.parameters.keys()], ["weight"]);
  assert.deepEqual([...script.buffers.keys()], ["k"]);
  assert.deepEqual((await script.buffers.get("k")?.to("cpu"))?.toArray(), [0, 1, 2]);
  assert.deepEqual(script.code, ["code/__torch__/fixture_types.py"]);
  assert.match(await script.text("code/__torch__/fixture_types.py"), /^class Script\(Module\):\n/);
  await assert.rejects(script.text("code/nowhere.py"), (error: unknown) => error instanceof ArgumentError && error.code === "NO_MEMBER");
  await file.close();
  const plain = openSync(await save(null));
  assert.equal(await plain.script(), null);
  await plain.close();
});

test("script() reads model.json, the form of torch 1.0 to 1.2: names and roles come from it", needsShared, async () => {
  const file = await open(fixture(OLD));
  const script = await file.script();
  assert.ok(script?.modelJson !== null && script !== null);
  assert.deepEqual([...script.parameters.keys()], ["weight"]);
  assert.deepEqual((await file.read("weight")).toArray(), [[0, 1], [2, 3]]);
  await file.close();
  const loaded = await load<Dict<string, Value>>(fixture(OLD), { weightsOnly: false });
  assert.ok(loaded.has("weight"));
});

test("constants.pkl is read with its tensors from constants/N", needsShared, async () => {
  let seen = 0;
  for (const name of ["ts__silero-vad-v3.jit", "ts__pytorch-test_lstm.scripted.pt", "ts__affnet-jit.pt"]) {
    const file = await open(join(sharedFolder ?? "", "corpus", name));
    const script = await file.script();
    const expected = file.records.filter(({ name: record }) => /\/constants\/[^/]+$/.test(record)).length;
    const tensors = Array.from(script?.constants as Iterable<Value>); // a tuple
    assert.ok(tensors.length >= expected, name);
    seen += expected;
    await file.close();
  }
  assert.ok(seen > 0, "no file has constants");
});

test("classesOf reads names out of code without running it, in one pass", () => {
  const text = [
    "class A(Module):", '  __parameters__ = ["weight", "a\\"b", ]', "  __buffers__ = []", "  weight : Tensor", "  def forward(self) -> None:",
    '    __parameters__ = ["no", ]', "class B(NamedTuple):", "  x : int", "def f(x: Tensor) -> Tensor:", '  __buffers__ = ["no", ]', "class C(Module):",
    '  __buffers__ = ["k", "größe", "\\141\\n", "unclosed\\', "",
  ].join("\n");
  const classes = classesOf(text);
  assert.deepEqual([...classes.keys()], ["A", "B", "C"]);
  assert.deepEqual([...(classes.get("A")?.parameters ?? [])], ["weight", 'a"b']);
  assert.equal(classes.get("B")?.isModule, false);
  assert.deepEqual([...(classes.get("C")?.buffers ?? [])], ["k", "größe", "a\n", "unclosed\\"]);
  assert.equal(codeRecordOf("__torch__.a.b"), "code/__torch__/a/b.py");
  const started = performance.now();
  classesOf(`class A(Module):\n  __parameters__ = [${'"'.repeat(2_000_000)}`);
  classesOf("class ".repeat(500_000));
  classesOf("class A\n".repeat(200_000));
  assert.ok(performance.now() - started < 5000);
});

const tensorOf = (fields: object): object => ({
  dims: ["2"], strides: ["1"], offset: "0", dataType: "FLOAT", data: { key: "tensors/0" }, device: "cpu", requiresGrad: false, ...fields,
});
const modelOf = (model: unknown, more: readonly ZipRecord[] = []): Uint8Array => zipOf([
  { name: "m/version", bytes: Buffer.from("1\n") },
  { name: "m/tensors/0", bytes: new Uint8Array(8) },
  ...more,
  { name: "m/model.json", bytes: Buffer.from(typeof model === "string" ? model : JSON.stringify(model)) },
]);

test("a hostile model.json is an error with a code, never a value", async () => {
  const cases: readonly (readonly [model: unknown, code: string])[] = [
    ["{", "JSON"], ["[".repeat(100_000), "JSON"], ["[]", "JSON_FORM"], [{ tensors: 1 }, "JSON_FORM"],
    [{ tensors: [tensorOf({ dims: ["3"] })] }, "JSON_FORM"], [{ tensors: [tensorOf({ dims: ["9007199254740991"] })] }, "JSON_FORM"],
    [{ tensors: [tensorOf({ dims: ["2", "2"] })] }, "JSON_FORM"], [{ tensors: [tensorOf({ offset: "-1" })] }, "JSON_FORM"],
    [{ tensors: [tensorOf({ dataType: "toString" })] }, "JSON_FORM"], [{ tensors: [tensorOf({ data: null })] }, "JSON_FORM"],
    [{ tensors: [tensorOf({ data: { key: "tensors/9" } })] }, "STORAGE_MISSING"],
    [{ tensors: [], mainModule: { parameters: [{ name: "w", tensorId: "5" }] } }, "JSON_FORM"],
  ];
  for (const [model, code] of cases) {
    const bytes = modelOf(model);
    for (const attempt of [() => load(bytes, { weightsOnly: false }), () => open(bytes)]) {
      await assert.rejects(attempt, (error: unknown) => {
        assert.ok(error instanceof BrineError, String(error));
        assert.equal(error.code, code, JSON.stringify(model).slice(0, 100));
        return true;
      });
    }
    assert.equal((await inspect(bytes)).fault?.code, code);
  }
  const twice = modelOf({ tensors: [tensorOf({})] }, [{ name: "m/tensors/0", bytes: new Uint8Array(8) }]);
  await assert.rejects(load(twice, { weightsOnly: false }), (error: unknown) => error instanceof BrineError && error.code === "ZIP_DUPLICATE");
});

test("names in a model.json are only names", async () => {
  const names = ["__proto__", "constructor", "toString"];
  const bytes = modelOf({ tensors: [tensorOf({})], mainModule: { parameters: names.map((name) => ({ name, tensorId: "0" })) } });
  const value = await load<Dict<string, Value>>(bytes, { weightsOnly: false });
  assert.deepEqual([...value.keys()], names);
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
});

test("modules nested deep are walked without recursion, and names that would fill the memory are refused", async () => {
  let text = `{"name":"${"n".repeat(1000)}","parameters":[{"name":"w","tensorId":"0"}]}`;
  const depth = 1000;
  const open1 = `{"name":"${"n".repeat(1000)}","parameters":[{"name":"w","tensorId":"0"}],"submodules":[`;
  text = open1.repeat(depth) + text + "]}".repeat(depth);
  const bytes = modelOf(`{"tensors":[${JSON.stringify(tensorOf({}))}],"mainModule":${text}}`);
  await assert.rejects(load(bytes, { weightsOnly: false }), (error: unknown) => error instanceof BrineError && error.code === "LIMIT_PATHS");
});

test("damaged TorchScript archives give values or a BrineError", needsShared, async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-script-"));
  try {
    for (const name of [SCRIPT, OLD, "torch-2.15.0/package.pt", "torch-2.15.0/export.pt2"]) {
      const whole = readFileSync(fixture(name));
      for (let at = 0; at < whole.length; at += 7) {
        const bytes = Uint8Array.from(whole);
        bytes[at] ^= 1 << (at % 8);
        try {
          const file = openSync(bytes);
          try {
            await file.script();
            Array.from(file.tensors());
          } finally {
            await file.close();
          }
          loadSync(bytes, { weightsOnly: false });
        } catch (error) {
          assert.ok(error instanceof BrineError, `${name} at ${at}: ${String(error)}`);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
