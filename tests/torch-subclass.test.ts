// Tensors of classes of the user's, of devices without storages, and of the constructors of old releases.
import assert from "node:assert/strict";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { loadSync } from "../bindings/checkpoint/load_sync.js";
import { openSync } from "../bindings/checkpoint/open_sync.js";
import { safeGlobals } from "../bindings/checkpoint/policy.js";
import { saveSync } from "../bindings/checkpoint/save.js";
import { BrineError, UnpicklingError } from "../bindings/core/errors.js";
import { NDArray } from "../bindings/numpy/ndarray.js";
import { Dict } from "../bindings/python/dict.js";
import { Global, PyObject } from "../bindings/python/object.js";
import { reprOf } from "../bindings/python/repr.js";
import { tuple } from "../bindings/python/tuple.js";
import type { Value } from "../bindings/python/value.js";
import { device } from "../bindings/torch/device.js";
import { DeviceTensor } from "../bindings/torch/device_tensor.js";
import { dtype } from "../bindings/torch/dtype.js";
import { jagged, JaggedTensor } from "../bindings/torch/jagged.js";
import { layout } from "../bindings/torch/layout.js";
import { tensor } from "../bindings/torch/make.js";
import { meta } from "../bindings/torch/meta.js";
import { Parameter } from "../bindings/torch/parameter.js";
import { quantized } from "../bindings/torch/quantized.js";
import { SparseTensor } from "../bindings/torch/sparse.js";
import { Storage } from "../bindings/torch/storage.js";
import { SubclassTensor } from "../bindings/torch/subclass.js";
import { Tensor } from "../bindings/torch/tensor.js";
import { WrapperTensor } from "../bindings/torch/wrapper.js";
import { archive, dense, global, int, storage, tupleOf, type Piece } from "./support/tape.js";

const cls = new Global("mine", "Sub");
const call = (module: string, name: string, ...args: Value[]): PyObject =>
  new PyObject({ callable: new Global(module, name), via: "reduce", args: tuple<Value[]>(...args) });
const floats = (elements: number[] | number[][], options = {}): Tensor => tensor(elements, { dtype: "float32", ...options });
const refused = (make: () => unknown, code: string): void => {
  assert.throws(make, (error) => error instanceof BrineError && error.code === code, code);
};

test("a tensor of a class prints with its name, as torch prints it", () => {
  const sub = (base: Tensor, attributes: Dict | null = null): SubclassTensor => new SubclassTensor(base, { cls, attributes });
  const ones = tensor([1, 1], { dtype: "float64", requiresGrad: true });
  const bytes = new Storage(new Uint8Array([10, 10]), { dtype: "quint8" });
  assert.equal(reprOf(sub(floats([[0, 1, 2], [3, 4, 5]]))), "Sub([[0., 1., 2.],\n     [3., 4., 5.]])");
  assert.equal(reprOf(sub(ones)), "Sub([1., 1.], dtype=torch.float64, requires_grad=True)");
  assert.equal(reprOf(sub(ones, new Dict([["_is_param", true]]))), "Parameter(Sub([1., 1.], dtype=torch.float64, requires_grad=True))");
  assert.equal(reprOf(sub(floats([]))), "Sub([])");
  assert.equal(
    reprOf(sub(quantized({ storage: bytes, qscheme: "per_tensor_affine", scale: 0.1, zeroPoint: 0 }))),
    "Sub([1., 1.], size=(2,), dtype=torch.quint8,\n    quantization_scheme=torch.per_tensor_affine, scale=0.1, zero_point=0)",
  );
  assert.equal(reprOf(sub(meta({ dtype: "float32", shape: [2] }))), "Sub(..., device='meta', size=(2,))");
  assert.equal(reprOf(new SubclassTensor(floats([1]), { cls: new Global("mine", "Outer.Inner") })), "Inner([1.])");
});

test("it comes back with its class, its attributes and its state, and is listed; weights_only wants the class allowed", () => {
  const base = floats([[1, 2], [3, 4]]);
  const slots = tuple<Value[]>(new Dict([["unit", "ms"]]), new Dict([["place", 3]]));
  const own = tuple<Value[]>(1, "a", null);
  const values = [
    new SubclassTensor(base, { cls }), new SubclassTensor(base, { cls, attributes: new Dict() }),
    new SubclassTensor(base, { cls, attributes: new Dict<Value, Value>([["unit", "ms"], ["other", base]]) }),
    new SubclassTensor(base, { cls, state: slots }), new SubclassTensor(base, { cls, state: own }),
    new SubclassTensor(tensor([1], { dtype: "uint16" }), { cls }),
  ];
  const bytes = saveSync(values);
  refused(() => loadSync(bytes), "UNSAFE_GLOBAL");
  safeGlobals(["mine.Sub"], () => {
    const loaded = loadSync<SubclassTensor[]>(bytes);
    for (const one of loaded) assert.ok(one instanceof SubclassTensor && one.cls instanceof Global && one.cls.equals(cls));
    assert.deepEqual(loaded.map(({ dtype, shape }) => [dtype, [...shape]]), values.map(({ dtype, shape }) => [dtype, [...shape]]));
    assert.deepEqual(loaded.map(({ attributes }) => attributes === null ? null : [...attributes.keys()]), [null, [], ["unit", "other"], ["unit"], null, null]);
    assert.equal(loaded[2].attributes?.get("other")?.constructor, Tensor);
    assert.deepEqual(loaded[0].toArray(), [[1, 2], [3, 4]]);
    assert.equal(loaded[0].storage, loaded[1].storage);
    assert.equal(reprOf(loaded[3].state), "({'unit': 'ms'}, {'place': 3})");
    assert.equal(reprOf(loaded[4].state), "(1, 'a', None)");
    assert.deepEqual(Buffer.from(saveSync(loaded)), Buffer.from(bytes));
  });
  const names = [...openSync(bytes).tensors()].map(({ name }) => name);
  assert.deepEqual(names, ["0", "1", "2", "2.other", "3", "5"]); // a state of the class's own is an object to the core
});

test("clone keeps the class and leaves the attributes; a device keeps both", async () => {
  const sub = new SubclassTensor(floats([1, 2]), { cls, attributes: new Dict([["unit", "ms"]]) });
  const copy = sub.clone();
  assert.ok(copy instanceof SubclassTensor && copy.attributes === null && copy.storage !== sub.storage);
  assert.equal(reprOf(sub.to("float64")), "Sub([1., 2.], dtype=torch.float64)");
  const root = openSync(saveSync(sub)).root() as SubclassTensor;
  assert.equal(reprOf(root), "Sub(..., size=(2,))");
  const read = await root.to("cpu");
  assert.equal(reprOf(read), "Sub([1., 2.])");
  assert.equal(read.attributes?.get("unit"), "ms");
  refused(() => new SubclassTensor(sub, { cls }), "SUBCLASS");
});

test("a wrapper has sizes and no elements; the tensors inside are its attributes", async () => {
  const two = new Global("torch.testing._internal.two_tensor", "TwoTensor");
  const inner = floats([[1, 2], [3, 4]]);
  const wrapper = new WrapperTensor({ cls: two, dtype: "float32", shape: [2, 2], stride: [2, 1], device: device("cuda:0"), requiresGrad: true });
  const value = new SubclassTensor(wrapper, { cls: two, attributes: new Dict<Value, Value>([["a", inner], ["b", inner]]) });
  const bytes = saveSync([value, inner]);
  refused(() => loadSync(bytes), "UNSAFE_GLOBAL");
  const [loaded, plain] = safeGlobals([two], () => loadSync<[SubclassTensor, Tensor]>(bytes));
  assert.ok(loaded instanceof SubclassTensor && loaded.baseTensor instanceof WrapperTensor);
  assert.deepEqual([[...loaded.shape], [...loaded.stride], loaded.device, loaded.requiresGrad], [[2, 2], [2, 1], "cuda:0", true]);
  assert.equal(loaded.attributes?.get("a"), plain);
  assert.equal(reprOf(loaded), "TwoTensor(..., device='cuda:0', size=(2, 2), requires_grad=True)");
  for (const ask of [() => loaded.storage, () => loaded.data, () => loaded.toArray(), () => loaded.clone()]) refused(ask, "TENSOR_KIND");
  assert.deepEqual(Buffer.from(saveSync([loaded, plain])), Buffer.from(bytes));
  const [unread] = openSync(bytes).root() as SubclassTensor[];
  const read = await unread.to("cpu");
  assert.deepEqual((read.attributes?.get("b") as Tensor).toArray(), [[1, 2], [3, 4]]);
  const four = new WrapperTensor({ cls, dtype: "uint4", shape: [4], stride: [1] });
  const packed = loadSync(saveSync(new SubclassTensor(four, { cls, attributes: new Dict([["elem", tensor([1, 2])]]) })), { weightsOnly: false });
  assert.equal(reprOf(packed), "Sub(..., size=(4,), dtype=torch.uint4)");
  const wrong = call("torch._utils", "_rebuild_wrapper_subclass", cls, dtype("float32"), tuple(2), tuple(1), 0, layout("strided"), "cpu", false);
  refused(() => loadSync(saveSync(wrong), { weightsOnly: false }), "CONSTRUCT");
});

test("the function of 1.7 to 1.9 makes one too, and a class within a class", () => {
  const view = (size: number): Piece =>
    tupleOf(storage("0", 2), int(0), tupleOf(int(size)), tupleOf(int(1)), "\x89", `${global("collections", "OrderedDict")})R`);
  const v2 = global("torch._utils", "_rebuild_tensor_v2");
  const records = { 0: new Float32Array([1, 2]) };
  const nested = `${global("__builtin__", "getattr")}${global("mine", "Outer")}X\x05\x00\x00\x00Inner\x86R`;
  for (const [rebuild, name, className, printed] of [
    ["torch.tensor", "_rebuild_from_type", global("mine", "Sub"), "Sub([1., 2.])"],
    ["torch._tensor", "_rebuild_from_type", global("mine", "Sub"), "Sub([1., 2.])"],
    ["torch._tensor", "_rebuild_from_type", global("torch", "Tensor"), "tensor([1., 2.])"],
    ["torch._tensor", "_rebuild_from_type_v2", nested, "Inner([1., 2.])"],
  ]) {
    const file = archive(`${global(rebuild, name)}${tupleOf(v2, className, view(2), "}X\x01\x00\x00\x00uK\x01s")}R`, records);
    const value = loadSync(file, { weightsOnly: false });
    assert.ok(value instanceof Tensor);
    assert.equal(reprOf(value), printed);
    assert.equal(reprOf(loadSync(saveSync(value), { weightsOnly: false })), printed);
    refused(() => loadSync(file), "UNSAFE_GLOBAL");
    if (value instanceof SubclassTensor) {
      assert.equal(value.attributes?.get("u"), 1);
      assert.ok(Buffer.from(saveSync(value)).includes(`c${rebuild}\n${name}\n`));
    }
  }
  const outside = archive(`${global("torch._tensor", "_rebuild_from_type_v2")}${tupleOf(v2, nested, view(3), "N")}R`, records);
  assert.throws(() => loadSync(outside, { weightsOnly: false }), UnpicklingError);
});

test("a jagged tensor: components by offsets, over one tensor of values", async () => {
  const values = floats([[1, 2], [3, 4], [5, 6]]);
  const t = jagged({ values, offsets: tensor([0, 1, 3]), requiresGrad: true });
  assert.deepEqual(t.unbind().map((one) => one.toArray()), [[[1, 2]], [[3, 4], [5, 6]]]);
  assert.equal(reprOf(t), "NestedTensor(size=(2, j0, 2), offsets=tensor([0, 1, 3]), requires_grad=True, contiguous=True)");
  const gaps = jagged({ values, offsets: tensor([0, 2, 3]), lengths: tensor([1, 1]) });
  assert.deepEqual(gaps.unbind().map((one) => one.toArray()), [[[1, 2]], [[5, 6]]]);
  assert.match(reprOf(gaps), /contiguous=False/);
  const wide = jagged({ values: floats([[1, 2, 3]]), offsets: tensor([0, 2, 3]), raggedIdx: 2 });
  assert.deepEqual(wide.unbind().map((one) => one.toArray()), [[[1, 2]], [[3]]]);

  const bytes = saveSync([t, values]);
  refused(() => loadSync(bytes), "UNSAFE_GLOBAL");
  const [loaded, same] = loadSync<[JaggedTensor, Tensor]>(bytes, { weightsOnly: false });
  assert.ok(loaded instanceof JaggedTensor);
  assert.equal(loaded.values, same);
  assert.equal(reprOf(loaded), reprOf(t));
  assert.deepEqual(Buffer.from(saveSync([loaded, same])), Buffer.from(bytes));
  const [unread] = openSync(bytes).root() as JaggedTensor[];
  assert.deepEqual((await unread.to("cpu") as JaggedTensor).unbind()[1].toArray(), [[3, 4], [5, 6]]);

  for (const ask of [() => t.shape, () => t.stride, () => t.storage, () => t.data, () => t.toArray()]) refused(ask, "TENSOR_KIND");
  for (const wrong of [{ offsets: floats([0, 1]) }, { offsets: tensor([]) }, { offsets: tensor([0, 1, 3]), lengths: tensor([1]) }, { offsets: tensor([0, 1]), raggedIdx: 3 }]) {
    refused(() => jagged({ values, ...wrong }), "NESTED");
  }
  refused(() => jagged({ values, offsets: tensor([0, 4]) }).unbind(), "NESTED");
});

test("a function that brine does not know stays an inert object, and is saved back", () => {
  const value = call("torch._tensor", "_rebuild_from_type_v2", new Global("mine", "rebuild"), cls, tuple(1), null);
  const bytes = saveSync(value);
  const loaded = loadSync(bytes, { weightsOnly: false });
  assert.ok(loaded instanceof PyObject);
  assert.deepEqual(Buffer.from(saveSync(loaded)), Buffer.from(bytes));
});

test("a device without storages: elements on the CPU, the device as a label, both forms", () => {
  const elements = floats([1, 2]);
  const one = new DeviceTensor(elements, "xla:0", true);
  assert.deepEqual([one.location, one.device, one.requiresGrad, elements.requiresGrad], ["xla:0", "cpu", true, false]);
  const bytes = saveSync([one, elements]);
  const [loaded, data] = loadSync<[DeviceTensor, Tensor]>(bytes);
  assert.ok(loaded instanceof DeviceTensor);
  assert.equal(loaded.cpuTensor, data);
  assert.deepEqual([loaded.location, loaded.requiresGrad, loaded.toArray()], ["xla:0", true, [1, 2]]);
  assert.deepEqual(Buffer.from(saveSync([loaded, data])), Buffer.from(bytes));

  const array = new NDArray({ dtype: "<f4", shape: [2], bytes: new Uint8Array(new Float32Array([1.5, -2]).buffer) });
  for (const name of ["_rebuild_device_tensor_from_numpy", "_rebuild_xla_tensor"]) {
    const old = saveSync(call("torch._utils", name, array, dtype("bfloat16"), "xla:1", false));
    const half = loadSync(old, { weightsOnly: false });
    assert.ok(half instanceof DeviceTensor);
    assert.equal(reprOf(half), "tensor([ 1.5000, -2.0000], dtype=torch.bfloat16)");
    const asBefore = loadSync(saveSync(half, undefined, { torchVersion: "2.1" }), { weightsOnly: false });
    assert.ok(asBefore instanceof DeviceTensor && asBefore.location === "xla:1" && asBefore.dtype === "bfloat16");
    assert.deepEqual(asBefore.toArray(), [1.5, -2]);
  }
  const wrong = [array, floats([1]), null].map((source) => call("torch._utils", "_rebuild_device_tensor_from_cpu_tensor", source, dtype("int64"), "xla", null));
  for (const value of wrong) refused(() => loadSync(saveSync(value), { weightsOnly: false }), "CONSTRUCT");
});

test("constructors of old releases: empty tensors, sparse ones, parameters of what is no view", () => {
  const old = (module: string, name: string, ...args: Value[]): Value => loadSync(saveSync(call(module, name, ...args)));
  assert.equal(reprOf(old("torch", "FloatTensor")), "tensor([])");
  assert.equal(reprOf(old("torch", "DoubleTensor")), "tensor([], dtype=torch.float64)");
  assert.equal(reprOf(old("torch.nn.parameter", "Parameter")), "Parameter containing:\ntensor([], requires_grad=True)");
  const coo = old("torch.sparse", "FloatTensor", tensor([[0, 1], [2, 0]]), floats([3, 4]), tuple(2, 3));
  assert.ok(coo instanceof SparseTensor);
  assert.equal(reprOf(loadSync(saveSync(coo))), reprOf(coo));
  refused(() => old("torch.sparse", "FloatTensor", tensor([[9], [9]]), floats([3]), tuple(2, 3)), "CONSTRUCT");
  const parameter = old("torch.nn.parameter", "Parameter", coo, false);
  assert.ok(parameter instanceof Parameter && !parameter.requiresGrad && parameter.dataTensor instanceof SparseTensor);
  const given = (data: Value, state: Value): Value => {
    const object = call("torch.nn.parameter", "Parameter", data, false);
    object.state = state;
    return loadSync(saveSync(object));
  };
  assert.equal((given(coo, tuple<Value[]>(true, false, null)) as Parameter).requiresGrad, true);
  const counts = quantized({ storage: new Storage(new Uint8Array([1]), { dtype: "quint8" }), qscheme: "per_tensor_affine", scale: 1, zeroPoint: 0 });
  refused(() => given(counts, tuple<Value[]>(true, false, null)), "CONSTRUCT");
  refused(() => given(coo, tuple<Value[]>(1, false, null)), "CONSTRUCT");
});

test("a parameter's state may be a pair of attributes and slots, of which torch makes attributes alike", () => {
  const pair = tuple<Value[]>(new Dict([["unit", "ms"]]), new Dict([["place", 3]]));
  for (const [state, found] of [[pair, ["unit", "place"]], [tuple<Value[]>(null, pair[1]), ["place"]], [null, []]] as const) {
    const parameter = loadSync(saveSync(call("torch._utils", "_rebuild_parameter_with_state", floats([1]), true, null, state as Value)));
    assert.ok(parameter instanceof Parameter);
    assert.deepEqual([...parameter.attributes?.keys() ?? []], found);
  }
});

test("parameters of parameters, a hundred thousand deep, are loaded, asked and saved", () => {
  const depth = 100_000;
  const rebuild = global("torch._utils", "_rebuild_parameter");
  const bytes = archive(`${rebuild.repeat(depth)}${dense("0", 1)}${`\x89N\x87R`.repeat(depth)}`, { 0: new Float32Array([1]) });
  const parameter = loadSync(bytes);
  assert.ok(parameter instanceof Parameter);
  assert.deepEqual([...parameter.shape], [1]);
  saveSync(parameter);
});
