// Names that mean something to JavaScript, in places where a file names things: they stay names.
import assert from "node:assert/strict";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { load } from "../bindings/checkpoint/load.js";
import { loadSync } from "../bindings/checkpoint/load_sync.js";
import { open } from "../bindings/checkpoint/open.js";
import { save, saveSync } from "../bindings/checkpoint/save.js";
import { Dict, OrderedDict } from "../bindings/python/dict.js";
import { Global, PyObject } from "../bindings/python/object.js";
import { toPlain } from "../bindings/python/plain.js";
import { reprOf } from "../bindings/python/repr.js";
import { tuple } from "../bindings/python/tuple.js";
import type { Value } from "../bindings/python/value.js";
import { tensor } from "../bindings/torch/make.js";
import { Module } from "../bindings/torch/module.js";
import { Parameter } from "../bindings/torch/parameter.js";
import { SubclassTensor } from "../bindings/torch/subclass.js";
import type { Tensor } from "../bindings/torch/tensor.js";

const NAMES: readonly string[] = ["then", "toJSON", "__proto__", "constructor", "prototype", "valueOf", "toString", "hasOwnProperty", "__defineGetter__", "size", "shape"];
const BEFORE: readonly string[] = Object.getOwnPropertyNames(Object.prototype).sort();
const boom = new Global("mine", "boom");
const attributes = (): Dict<Value, Value> => new Dict<Value, Value>(NAMES.map((name) => [name, boom]));
const floats = (): Tensor => tensor([1, 2], { dtype: "float32" });

/** One value of each sort that has names of a file's choosing. */
function values(): Record<string, unknown> {
  const dense = floats();
  dense.attributes = attributes();
  const parameter = new Parameter(floats());
  parameter.attributes = attributes();
  const object = new PyObject({ module: "mine", name: "Thing" });
  object.state = attributes();
  const ordered = new OrderedDict<Value, Value>([["weight", floats()]]);
  for (const name of NAMES) ordered.attributes.set(name, 1);
  return {
    dense, parameter, object, ordered, dict: attributes(),
    subclass: new SubclassTensor(floats(), { cls: new Global("mine", "then"), attributes: attributes() }),
    module: new Module("Thing", { module: "mine", attributes: Object.fromEntries(NAMES.filter((name) => name !== "__proto__").map((name) => [name, 1])) }),
    called: new PyObject({ module: "__proto__", name: "then", args: tuple(1), via: "reduce" }),
  };
}

test("a root with such names is awaited, printed, made plain and saved, and nothing of it is called", async () => {
  for (const [sort, value] of Object.entries(values())) {
    const bytes = saveSync(value);
    const awaited: unknown = await load(bytes, { weightsOnly: false });
    assert.equal(reprOf(awaited), reprOf(loadSync(bytes, { weightsOnly: false })), sort);
    assert.deepEqual(Buffer.from(await save(awaited)), Buffer.from(bytes), sort);
    assert.equal(typeof JSON.stringify(awaited), "string", sort);
    assert.equal(typeof JSON.stringify({ ...(awaited as object) }), "string", sort);
    assert.equal(Object.getPrototypeOf(awaited), Object.getPrototypeOf(value), sort);
    const file = await open(bytes);
    for (const info of file.tensors()) {
      assert.equal(typeof info.name, "string");
      assert.equal(typeof JSON.stringify(info), "string");
      await file.read(info.path);
    }
    await file.close();
  }
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).sort(), BEFORE);
  assert.equal(({} as Record<string, unknown>)["boom"], undefined);
});

test("plain data has such keys as its own", () => {
  const plain = toPlain(loadSync(saveSync(new Dict<Value, Value>(NAMES.map((name, i) => [name, i]))))) as Map<string, number> | Record<string, number>;
  const keys = plain instanceof Map ? [...plain.keys()] : Object.keys(plain);
  assert.deepEqual(keys, NAMES);
  const prototype: unknown = Object.getPrototypeOf(plain);
  assert.ok(prototype === Object.prototype || prototype === null || prototype === Map.prototype);
});
