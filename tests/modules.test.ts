// Whole modules: what PyTorch printed, listed and answered for each is what ours prints, lists and answers, and the file
// comes out the same. The golden folder is a part of the fixtures beside the clone, where there are 53 modules.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect as nodeInspect } from "node:util";
import { ArgumentError, Dict, LimitError, Module, Parameter, Storage, Tensor, float, loadSync, openSync, reprOf, saveSync, tensor, toPlain, tuple } from "../bindings/index.js";
import { projectRoot, sharedFolder } from "./support/walk.js";

interface SavedModule {
  readonly name: string;
  readonly file: string;
  readonly class: string;
  readonly training: boolean;
  readonly repr: string;
  readonly state_dict: readonly (readonly [string, readonly number[], string])[];
  readonly metadata: readonly (readonly [string, { readonly version: number }])[];
  readonly parameters: readonly string[];
  readonly buffers: readonly string[];
  readonly modules: readonly (readonly [string, string])[];
  readonly needs_code?: string;
  readonly loads: readonly {
    readonly file: string;
    readonly strict: boolean;
    readonly result?: string;
    readonly missing?: readonly string[];
    readonly unexpected?: readonly string[];
    readonly message?: string;
  }[];
}

function moduleIn(bytes: Uint8Array): Module {
  const module = loadSync(bytes, { weightsOnly: false });
  assert.ok(module instanceof Module);
  return module;
}

const folders: readonly (readonly [string, string | undefined])[] = [
  ["the golden folder", join(projectRoot, "tests", "golden-modules")],
  ["the fixtures", sharedFolder === undefined ? undefined : join(sharedFolder, "fixtures", "modules")],
];

for (const [where, folder] of folders) {
  const has = folder !== undefined && existsSync(join(folder, "modules.json"));
  const needs = { skip: has ? false : "skipped: no ../shared" };
  const at = (file: string): Uint8Array => new Uint8Array(readFileSync(join(folder ?? "", file)));
  const saved = has ? (JSON.parse(readFileSync(join(folder, "modules.json"), "utf8")) as { readonly modules: readonly SavedModule[] }).modules : [];

  test(`modules of ${where} print and list as in PyTorch, and are saved as they were`, needs, (t) => {
    let printed = 0;
    for (const one of saved) {
      const bytes = at(one.file);
      const module = moduleIn(bytes);
      if (one.needs_code === undefined) {
        assert.equal(reprOf(module), one.repr);
        assert.equal(String(module), one.repr);
        assert.equal(nodeInspect(module), one.repr);
        printed++;
      }
      assert.equal(`${module.module}.${module.name}`, one.class);
      assert.equal(module.training, one.training);
      const state = module.stateDict();
      assert.deepEqual(Array.from(state, ([key, value]) => [key, [...value.shape], `torch.${value.dtype}`]), one.state_dict, one.name);
      assert.deepEqual([...state.values()].filter((value) => value.requiresGrad || value instanceof Parameter), []);
      const metadata = state.attributes.get("_metadata") as Dict<string, Dict<string, number>>;
      assert.deepEqual(Array.from(metadata, ([key, value]) => [key, Object.fromEntries(value)]), one.metadata);
      assert.deepEqual(Array.from(module.namedParameters(), ([name]) => name), one.parameters);
      assert.deepEqual(Array.from(module.namedBuffers(), ([name]) => name), one.buffers);
      assert.deepEqual(Array.from(module.namedModules(), ([name, part]) => [name, part.className]), one.modules);
      assert.deepEqual(saveSync(module, undefined, openSync(bytes).saveOptions), bytes, one.name);
    }
    t.diagnostic(`${saved.length} modules, ${printed} of them printed: the others print by code that no file holds`);
  });

  test(`state dicts load into modules of ${where} with PyTorch's answers`, needs, (t) => {
    let loads = 0;
    for (const one of saved) {
      for (const { file, strict, message, result, missing, unexpected } of one.loads) {
        const module = moduleIn(at(one.file));
        const state = loadSync<Dict<string, Tensor>>(at(file));
        loads++;
        if (message !== undefined) {
          assert.throws(() => module.loadStateDict(state, { strict }), (error) => {
            assert.ok(error instanceof ArgumentError && error.code === "STATE_DICT");
            assert.equal(error.message, message, file);
            return true;
          });
          continue;
        }
        const keys = module.loadStateDict(state, { strict });
        assert.deepEqual([String(keys), keys.missingKeys, keys.unexpectedKeys], [result, missing, unexpected], file);
        const now = module.stateDict();
        for (const [key, value] of state) if (now.has(key) && value.shape.length === now.get(key)?.shape.length) assert.equal(String(now.get(key)), String(value), file);
      }
    }
    t.diagnostic(`${loads} state dicts`);
  });
}

test("a module made here is the file that PyTorch writes", () => {
  const golden = new Uint8Array(readFileSync(join(projectRoot, "tests", "golden", "linear_module.pt")));
  const made = new Module("Linear", {
    module: "torch.nn.modules.linear",
    attributes: { in_features: 2, out_features: 1 },
    parameters: [["weight", new Parameter(tensor([[-2, -1.9375]], { dtype: "float32" }))], ["bias", new Parameter(tensor([-1.875], { dtype: "float32" }))]],
  });
  assert.deepEqual(made.stateDict().size, 2);
  assert.deepEqual(saveSync(made, undefined, openSync(golden).saveOptions), golden);
});

const linear = (inputs: number, outputs: number): Module => new Module("Linear", {
  module: "torch.nn.modules.linear",
  attributes: { in_features: inputs, out_features: outputs },
  parameters: { weight: new Parameter(new Tensor(new Storage(new Float32Array(inputs * outputs), { dtype: "float32" }), { shape: [outputs, inputs] })), bias: null },
});

test("children, parameters and buffers are found by name, and each is listed once", () => {
  const fc = linear(2, 3);
  const net = new Module("SimpleNet", {
    children: { fc1: fc, fc2: fc, gone: null }, buffers: { steps: tensor(3), mask: tensor([true]) }, nonPersistentBuffers: ["mask"],
    attributes: { rate: float(1), sizes: tuple(1, 2) },
  });
  assert.equal(String(net), "SimpleNet(\n  (fc1): Linear(in_features=2, out_features=3, bias=False)\n  (fc2): Linear(in_features=2, out_features=3, bias=False)\n  (gone): None\n)");
  assert.deepEqual([...net.stateDict().keys()], ["steps", "fc1.weight", "fc2.weight"]);
  assert.equal(String(net.stateDict().keys()), "odict_keys(['steps', 'fc1.weight', 'fc2.weight'])");
  assert.deepEqual([...net.stateDict({ prefix: "net." }).keys()], ["net.steps", "net.fc1.weight", "net.fc2.weight"]);
  assert.deepEqual(Array.from(net.namedParameters(), ([name]) => name), ["fc1.weight"]);
  assert.deepEqual(Array.from(net.namedParameters({ removeDuplicate: false, prefix: "a" }), ([name]) => name), ["a.fc1.weight", "a.fc2.weight"]);
  assert.deepEqual([...net.children()], [fc]);
  assert.equal(net.get("fc1.weight"), [...fc.parameters()][0]);
  assert.equal(net.get("fc1.nothing"), undefined);
  assert.equal(moduleIn(saveSync(net)).get("sizes")?.toString(), "(1, 2)");
  net.training = false;
  assert.equal(moduleIn(saveSync(net)).training, false);
});

test("loading copies into the storages, also through strides and other dtypes, and assign replaces", () => {
  const storage = new Storage(new Float32Array(6), { dtype: "float32" });
  const weight = new Parameter(new Tensor(storage, { shape: [2, 3], stride: [1, 2] }));
  const net = new Module("Net", { parameters: { weight } });
  net.loadStateDict({ weight: tensor([[1, 2, 3], [4, 5, 6]], { dtype: "float64" }) });
  assert.deepEqual(new Float32Array(storage.bytes.slice().buffer), Float32Array.of(1, 4, 2, 5, 3, 6));
  const other = tensor([[0, 0, 0], [0, 0, 7]], { dtype: "float32" });
  net.loadStateDict(new Map([["weight", other]]), { assign: true });
  const now = net.get("weight");
  assert.ok(now instanceof Parameter && now.requiresGrad && now.storage === other.storage);
  const wide = new Module("Net", { parameters: { weight: new Parameter(new Tensor(storage, { shape: [2, 2], stride: [0, 1] })) } });
  assert.throws(() => wide.loadStateDict({ weight: tensor([[1, 2], [3, 4]]) }), { code: "STATE_DICT", message: /more than one element of the written-to tensor/ });
  assert.throws(() => wide.loadStateDict(5 as never), { code: "STATE_DICT", message: "Expected state_dict to be dict-like, got <class 'int'>" });
});

test("a module that holds itself prints, and is saved, and has no state dict", () => {
  const net = new Module("Net");
  (net.get("_modules") as Dict).set("again", net);
  assert.equal(String(net), "Net(\n  (again): ...\n)");
  assert.equal([...net.modules()].length, 1);
  assert.throws(() => net.stateDict(), (error) => error instanceof LimitError && error.code === "MODULE_TREE");
  const back = moduleIn(saveSync(net));
  assert.equal(back.get("again"), back);
  assert.equal((toPlain(back) as { readonly class: string }).class, "__main__.Net");
  const odd = linear(1, 1);
  odd.attributes.set("in_features", odd);
  assert.equal(String(odd), "Linear(in_features=<torch.nn.modules.linear.Linear object>, out_features=1, bias=False)");
});

test("modules nested 5,000 deep print, list and save", () => {
  let net = linear(1, 1);
  for (let i = 0; i < 5000; i++) net = new Module("Sequential", { module: "torch.nn.modules.container", children: { 0: net } });
  const text = String(net);
  assert.equal(text.split("\n").length, 10001);
  assert.equal([...net.modules()].length, 5001);
  assert.equal(String(moduleIn(saveSync(net))), text);
});

test("a module is not made of what does not fit", () => {
  const make = (init: object) => () => new Module("Net", init);
  for (const init of [
    { parameters: { weight: tensor([1.5]) } }, { buffers: { count: 3 } }, { children: { a: new Dict() } }, { parameters: { "a.b": null } },
    { parameters: { a: null }, buffers: { a: null } }, { attributes: { _modules: 1 } }, { children: { a: null }, attributes: { a: 1 } },
  ]) assert.throws(make(init), (error) => error instanceof ArgumentError && error.code === "MODULE");
});
