// Every call that makes a value of torch's or Python's, with each argument dropped, doubled or of another kind: what comes
// out is a value or an error of brine's own, and what loads is described, printed and saved as well.
import assert from "node:assert/strict";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { describe } from "../bindings/checkpoint/describe.js";
import { loadSync } from "../bindings/checkpoint/load_sync.js";
import { saveSync } from "../bindings/checkpoint/save.js";
import { BrineError } from "../bindings/core/errors.js";
import { NDArray } from "../bindings/numpy/ndarray.js";
import { Dict, OrderedDict } from "../bindings/python/dict.js";
import { float } from "../bindings/python/float.js";
import { Global, PyObject } from "../bindings/python/object.js";
import { reprOf } from "../bindings/python/repr.js";
import { tuple } from "../bindings/python/tuple.js";
import type { Value } from "../bindings/python/value.js";
import { device } from "../bindings/torch/device.js";
import { dtype } from "../bindings/torch/dtype.js";
import { layout, qscheme } from "../bindings/torch/layout.js";
import { tensor } from "../bindings/torch/make.js";
import { Size } from "../bindings/torch/size.js";
import { Storage } from "../bindings/torch/storage.js";

const hooks = (): Value => new OrderedDict();
const floats = (): Value => tensor([1, 2], { dtype: "float32" });
const storage = (type = "float32", bytes = 8): Storage => new Storage(new Uint8Array(bytes), { dtype: type });
const cls = new Global("mine", "Sub");
const state = (): Value => new Dict<Value, Value>([["unit", "ms"]]);
const v2 = (): Value[] => [storage(), 0, tuple(2), tuple(1), false, hooks()];
const utils = (name: string): Global => new Global("torch._utils", name);

/** Calls with the arguments that torch writes. */
const CALLS: readonly (readonly [module: string, name: string, args: Value[]])[] = [
  ["torch._utils", "_rebuild_tensor", v2().slice(0, 4)],
  ["torch._utils", "_rebuild_tensor_v2", [...v2(), new Dict<Value, Value>([["neg", true]])]],
  ["torch._utils", "_rebuild_tensor_v3", [storage("untyped"), 0, tuple(4), tuple(1), false, hooks(), dtype("uint16"), new Dict()]],
  ["torch._utils", "_rebuild_parameter", [floats(), true, hooks()]],
  ["torch._utils", "_rebuild_parameter_with_state", [floats(), true, hooks(), state()]],
  ["torch._utils", "_rebuild_qtensor", [storage("quint8"), 0, tuple(2), tuple(1), tuple<Value[]>(qscheme("per_tensor_affine"), float(0.5), 1), false, hooks()]],
  ["torch._utils", "_rebuild_sparse_tensor", [layout("sparse_coo"), tuple<Value[]>(tensor([[0, 1]]), floats(), new Size([3]), true)]],
  ["torch._utils", "_rebuild_nested_tensor", [floats(), tensor([[2]]), tensor([[1]]), tensor([0])]],
  ["torch._utils", "_rebuild_meta_tensor_no_storage", [dtype("float32"), tuple(2), tuple(1), true]],
  ["torch._utils", "_rebuild_wrapper_subclass", [cls, dtype("float32"), tuple(2), tuple(1), 0, layout("strided"), device("cpu"), false]],
  ["torch._utils", "_rebuild_device_tensor_from_cpu_tensor", [floats(), dtype("float32"), "xla:0", false]],
  ["torch._utils", "_rebuild_device_tensor_from_numpy", [new NDArray({ dtype: "<f4", shape: [2], bytes: new Uint8Array(8) }), dtype("float32"), "xla:0", false]],
  ["torch._tensor", "_rebuild_from_type_v2", [utils("_rebuild_tensor_v2"), cls, tuple<Value[]>(...v2()), state()]],
  ["torch._tensor", "_rebuild_from_type_v2", [utils("_rebuild_tensor_v2"), new Global("torch", "Tensor"), tuple<Value[]>(...v2()), state()]],
  ["torch._tensor", "_rebuild_from_type_v2", [utils("_rebuild_meta_tensor_no_storage"), cls, tuple<Value[]>(dtype("float32"), tuple(2), tuple(1), true), null]],
  ["torch._tensor", "_rebuild_from_type_v2", [
    new Global("torch.nested._internal.nested_tensor", "_rebuild_njt"), new Global("torch.nested._internal.nested_tensor", "NestedTensor"),
    tuple(new Dict<Value, Value>([["values", floats()], ["offsets", tensor([0, 1, 2])]])), state(),
  ]],
  ["torch._tensor", "_rebuild_from_type_v2", [
    new Global("torch.nested._internal.nested_tensor", "NestedTensor"), new Global("torch.nested._internal.nested_tensor", "NestedTensor"),
    tuple(floats(), tensor([0, 1, 2])), new Dict<Value, Value>([["_ragged_idx", 1], ["_lengths", null]]),
  ]],
  ["torch._tensor", "_rebuild_from_type", [utils("_rebuild_tensor_v2"), cls, tuple<Value[]>(...v2()), state()]],
  ["torch.nn.parameter", "Parameter", [floats(), true]],
  ["torch.sparse", "FloatTensor", [tensor([[0, 1]]), floats(), new Size([3])]],
  ["torch", "FloatTensor", []],
  ["torch", "Size", [[1, 2]]],
  ["torch", "device", ["cuda", 1]],
  ["torch.serialization", "_get_layout", ["torch.strided"]],
  ["collections", "OrderedDict", [[["a", 1]]]],
  ["collections", "defaultdict", [new Global("builtins", "list")]],
  ["collections", "Counter", [new Dict<Value, Value>([["a", 1]])]],
  ["builtins", "set", [[1]]], ["builtins", "frozenset", [[1]]], ["builtins", "complex", [float(1), float(2)]],
  ["builtins", "bytearray", ["a", "latin-1"]], ["_codecs", "encode", ["a", "latin1"]],
];

/** What is no such argument, or one too large. */
const OTHERS: readonly (() => Value)[] = [
  () => null, () => true, () => -1, () => 2n ** 70n, () => float(1.5), () => "text", () => Uint8Array.of(255), () => [], () => [[1]], () => tuple(), () => tuple(-1),
  () => tuple(2 ** 40, 2 ** 40), () => new Dict(), () => new Set([1]), () => new Global("mine", "thing"), () => new PyObject({ module: "mine", name: "Thing" }),
  floats, () => storage(), () => dtype("int64"), () => layout("sparse_csr"), () => device("meta"), () => new Size([9]), () => qscheme("per_channel_affine"),
];

test("each argument of each call, dropped, doubled or of another kind, gives a value or a typed error", (t) => {
  const outcomes = new Map<string, number>();
  const failures: string[] = [];
  const attempt = (module: string, name: string, args: Value[], what: string): void => {
    const bytes = saveSync(new PyObject({ module, name, via: "reduce", args: tuple<Value[]>(...args) }));
    let outcome = "a value";
    try {
      const value = loadSync(bytes, { weightsOnly: false });
      reprOf(value);
      describe({ root: value, globals: [], records: [] });
      saveSync(value);
    } catch (error) {
      if (error instanceof BrineError) outcome = `${error.name} ${error.code}`;
      else failures.push(`${name}, ${what}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  };
  for (const [module, name, args] of CALLS) {
    const value = loadSync(saveSync(new PyObject({ module, name, via: "reduce", args: tuple<Value[]>(...args) })), { weightsOnly: false });
    assert.ok(!(value instanceof PyObject), `${name} is no inert object`);
    attempt(module, name, [...args, null], "one more");
    for (let i = 0; i < args.length; i++) {
      attempt(module, name, args.filter((_, k) => k !== i), `without ${i}`);
      attempt(module, name, args.flatMap((arg, k) => (k === i ? [arg, arg] : [arg])), `${i} twice`);
      for (const other of OTHERS) attempt(module, name, args.map((arg, k) => (k === i ? other() : arg)), `${i} as ${reprOf(other())}`);
    }
  }
  t.diagnostic([...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(", "));
  assert.deepEqual(failures.slice(0, 10), [], `${failures.length} failures`);
});
