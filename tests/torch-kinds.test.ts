// Sparse, quantized, nested and meta tensors: which parts make one, what they give, and their way through a file.

import assert from "node:assert/strict";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { loadSync } from "../bindings/checkpoint/load_sync.js";
import { openSync } from "../bindings/checkpoint/open_sync.js";
import { saveSync } from "../bindings/checkpoint/save.js";
import { BrineError, LimitError } from "../bindings/core/errors.js";
import { Dict } from "../bindings/python/dict.js";
import { Global, PyObject } from "../bindings/python/object.js";
import { reprOf } from "../bindings/python/repr.js";
import { tuple } from "../bindings/python/tuple.js";
import type { Value } from "../bindings/python/value.js";
import { qscheme } from "../bindings/torch/layout.js";
import { tensor } from "../bindings/torch/make.js";
import { meta, MetaTensor } from "../bindings/torch/meta.js";
import { nested, NestedTensor } from "../bindings/torch/nested.js";
import { Parameter } from "../bindings/torch/parameter.js";
import { quantized, QuantizedTensor } from "../bindings/torch/quantized.js";
import { sparse, SparseTensor } from "../bindings/torch/sparse.js";
import { Storage } from "../bindings/torch/storage.js";
import { Tensor } from "../bindings/torch/tensor.js";

const refused = (make: () => unknown, code: string): void => {
  assert.throws(make, (error) => error instanceof BrineError && error.code === code, code);
};

const floats = (elements: number[]): Tensor => tensor(elements, { dtype: "float32" });
const coo = (): SparseTensor => sparse({ layout: "sparse_coo", shape: [2, 3], indices: tensor([[0, 1], [2, 0]]), values: floats([3, 4]) });
const csr = (crow: number[], col: number[]): SparseTensor =>
  sparse({ layout: "sparse_csr", shape: [2, 3], crow_indices: tensor(crow), col_indices: tensor(col), values: floats(col) });
const bytes = (): Storage => new Storage(new Uint8Array([20, 30, 5]), { dtype: "quint8" });
const perTensor = (): QuantizedTensor => quantized({ storage: bytes(), qscheme: "per_tensor_affine", scale: 0.5, zeroPoint: 10 });
const perChannel = (): QuantizedTensor =>
  quantized({ storage: bytes(), qscheme: "per_channel_affine", scales: tensor([1, 2, 3], { dtype: "float64" }), zeroPoints: tensor([0, 10, 5]), axis: 0 });
const ragged = (offsets = [0, 2]): NestedTensor =>
  nested({ buffer: floats([1, 2, 3]), sizes: tensor([[2], [1]]), strides: tensor([[1], [1]]), offsets: tensor(offsets) });

test("sparse: parts that do not belong together are refused", () => {
  const values = floats([1]);
  refused(() => sparse({ layout: "strided", shape: [2], values }), "LAYOUT");
  refused(() => sparse({ layout: "sparse_coo", shape: [2], values }), "SPARSE");
  refused(() => sparse({ layout: "sparse_coo", shape: [2], indices: tensor([[2]]), values }), "SPARSE");
  refused(() => sparse({ layout: "sparse_coo", shape: [2], indices: tensor([[-1]]), values }), "SPARSE");
  refused(() => sparse({ layout: "sparse_coo", shape: [2], indices: tensor([[0], [0]]), values }), "SPARSE");
  refused(() => sparse({ layout: "sparse_coo", shape: [2], indices: tensor([[0, 1]]), values }), "SPARSE");
  refused(() => sparse({ layout: "sparse_coo", shape: [2], indices: tensor([[0]], { dtype: "int32" }), values }), "SPARSE");
  refused(() => csr([1, 1, 2], [0, 1]), "SPARSE");
  refused(() => csr([0, 1, 1], [0, 1]), "SPARSE");
  refused(() => csr([0, 3, 2], [0, 1]), "SPARSE");
  refused(() => csr([0, 1], [0]), "SPARSE");
  refused(() => csr([0, 1, 2], [0, 3]), "SPARSE");
  const one = new Storage(new Uint8Array(8), { dtype: "int64" });
  const indices = new Tensor(one, { shape: [1, 1e12], stride: [0, 0] });
  const many = new Tensor(new Storage(new Float32Array(1), { dtype: "float32" }), { shape: [1e12], stride: [0] });
  assert.throws(() => sparse({ layout: "sparse_coo", shape: [2], indices, values: many }), LimitError);
});

test("sparse: it is a Tensor that knows its sizes and its parts, and has no storage", () => {
  const t = coo();
  assert.ok(t instanceof Tensor);
  assert.deepEqual([t.dtype, t.device, Array.from(t.shape), t.nnz, t.coalesced], ["float32", "cpu", [2, 3], 2, false]);
  assert.deepEqual(t.indices.toArray(), [[0, 1], [2, 0]]);
  for (const ask of [() => t.storage, () => t.stride, () => t.data, () => t.toArray(), () => t.contiguous(), () => t.clone()]) refused(ask, "TENSOR_KIND");
  refused(() => t.crowIndices, "SPARSE_PART");
  assert.deepEqual(csr([0, 1, 2], [2, 0]).crowIndices.toArray(), [0, 1, 2]);
});

test("quantized: the integers and the numbers that they stand for", () => {
  const t = perTensor();
  assert.deepEqual(Array.from(t.data as Uint8Array), [20, 30, 5]);
  assert.deepEqual(t.toArray(), [5, 10, -2.5]);
  assert.deepEqual(t.clone().toArray(), [5, 10, -2.5]);
  assert.ok(t.clone() instanceof QuantizedTensor);
  assert.deepEqual(perChannel().toArray(), [20, 40, 0]);
  const float = quantized({ storage: bytes(), qscheme: "per_channel_affine", scales: floats([1, 1, 1]), zeroPoints: floats([0.5, 0, 0]), axis: 0 });
  assert.deepEqual([float.qscheme.name, float.toArray()], ["per_channel_affine_float_qparams", [19.5, 30, 5]]);
});

test("quantized: scales that do not fit are refused", () => {
  const scales = tensor([1, 2, 3], { dtype: "float64" });
  refused(() => quantized({ storage: bytes(), qscheme: "per_tensor_affine", zeroPoint: 1 }), "QUANTIZER");
  refused(() => quantized({ storage: bytes(), qscheme: "per_tensor_affine", scale: 1, zeroPoint: 0.5 }), "QUANTIZER");
  refused(() => quantized({ storage: bytes(), qscheme: "per_tensor_symmetric", scale: 1, zeroPoint: 0 }), "QUANTIZER");
  refused(() => quantized({ storage: bytes(), qscheme: "per_channel_affine", scales, zeroPoints: tensor([0, 0]), axis: 0 }), "QUANTIZER");
  refused(() => quantized({ storage: bytes(), qscheme: "per_channel_affine", scales, zeroPoints: tensor([0, 0, 0]), axis: 1 }), "QUANTIZER");
  refused(() => quantized({ storage: bytes(), shape: [4], qscheme: "per_tensor_affine", scale: 1, zeroPoint: 0 }), "VIEW_BOUNDS");
  refused(() => quantized({ storage: new Storage(new Uint8Array(1), { dtype: "uint8" }), qscheme: "per_tensor_affine", scale: 1, zeroPoint: 0 }), "QUANTIZER");
});

test("nested: components are views of the buffer and lie within it", () => {
  assert.deepEqual(ragged().unbind().map((one) => one.toArray()), [[1, 2], [3]]);
  refused(() => ragged([0, 3]), "VIEW_BOUNDS");
  refused(() => ragged([0]), "NESTED");
  refused(() => ragged().shape, "TENSOR_KIND");
  refused(() => ragged().toArray(), "TENSOR_KIND");
});

test("meta: sizes and no elements", async () => {
  const t = meta({ dtype: "float32", shape: [1099511627776, 1024] });
  assert.deepEqual([t.device, Array.from(t.stride), t.isContiguous()], ["meta", [1024, 1], true]);
  refused(() => t.data, "META");
  refused(() => t.storage, "TENSOR_KIND");
  refused(() => meta({ dtype: "int64", shape: [1], requiresGrad: true }), "REQUIRES_GRAD");
  refused(() => meta({ dtype: "float32", shape: [-1] }), "SHAPE");
  await assert.rejects(t.to("cpu"), (error) => error instanceof BrineError && error.code === "META");
});

test("every kind, as it is, with attributes, and as the data of a parameter, comes back from a file and gives it again", () => {
  const kinds: [string, () => Tensor, boolean][] = [
    ["sparse", coo, true], ["compressed", () => csr([0, 1, 2], [2, 0]), true], ["quantized", perTensor, false],
    ["per channel", perChannel, false], ["meta", () => meta({ dtype: "float32", shape: [2] }), true], ["nested", () => ragged(), true],
  ];
  for (const [name, make, requiresGrad] of kinds) {
    const marked = make();
    marked.attributes = new Dict<Value, Value>([["note", "kept"]]);
    const labelled = new Parameter(make(), { requiresGrad });
    labelled.attributes = new Dict<Value, Value>([["note", marked]]);
    const all = [make(), marked, new Parameter(make(), { requiresGrad }), new Parameter(marked, { requiresGrad }), labelled];
    const file = saveSync(all);
    // torch lets every kind but nested through.
    if (name === "nested") refused(() => loadSync(file), "UNSAFE_GLOBAL");
    const loaded = loadSync<Tensor[]>(file, { weightsOnly: name !== "nested" });
    assert.ok(loaded.every((one) => one instanceof Tensor), name);
    assert.equal(reprOf(loaded), reprOf(all), name);
    assert.equal(loaded[1].attributes?.get("note"), "kept");
    assert.equal(loaded[4].attributes?.get("note"), loaded[1]);
    assert.equal((loaded[3] as Parameter).dataTensor, loaded[1]);
    assert.deepEqual(Buffer.from(saveSync(loaded)), Buffer.from(file), name);
  }
});

test("an opened file gives them unread, and `to` reads them", async () => {
  const file = saveSync(tuple(coo(), perChannel(), ragged()));
  const root = openSync(file).root() as unknown as Tensor[]; // the tuple that was saved
  assert.match(reprOf(root[0]), /indices=tensor\(\.\.\., size=\(2, 2\)\)/);
  const [read, channels, parts] = await Promise.all(root.map((one) => one.to("cpu")));
  assert.equal(reprOf(read), reprOf(coo()));
  assert.equal(reprOf(channels), reprOf(perChannel()));
  assert.equal(reprOf(parts), reprOf(ragged()));
});

test("a call with other arguments than torch writes is refused", () => {
  const call = (name: string, ...args: Value[]): Uint8Array =>
    saveSync(new PyObject({ callable: new Global("torch._utils", name), via: "reduce", args: tuple<Value[]>(...args) }));
  const list: Value = [0.5];
  for (const file of [
    call("_rebuild_qtensor"), call("_rebuild_sparse_tensor", 1, 2), call("_rebuild_meta_tensor_no_storage", 1, 2, 3, 4),
    call("_rebuild_sparse_tensor", coo().layout, tuple(tensor([[9]]), floats([1]), tuple(2))),
    call("_rebuild_qtensor", bytes(), 0, tuple(9), tuple(1), tuple(qscheme("per_tensor_affine"), 0.5, 1), false, null),
    call("_rebuild_qtensor", bytes(), 0, tuple(3), tuple(1), tuple<Value[]>(qscheme("per_channel_affine"), list, list, 0), false, null),
  ]) refused(() => loadSync(file), "CONSTRUCT");
  const three: Value = [0.5, 1.5, 2.5];
  const zeros: Value = [0, 0, 0];
  const old = call("_rebuild_qtensor", bytes(), 0, tuple(3), tuple(1), tuple<Value[]>(qscheme("per_channel_affine"), three, zeros, 0), false, null);
  assert.deepEqual(loadSync<QuantizedTensor>(old).toArray(), [10, 45, 12.5]);
  assert.ok(loadSync(call("_rebuild_parameter", meta({ dtype: "float32", shape: [1] }), true, null)) instanceof Parameter);
  assert.ok(loadSync(saveSync(meta({ dtype: "float32", shape: [1] }))) instanceof MetaTensor);
});
