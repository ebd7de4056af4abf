// Tensors: which views are accepted, and what is read through them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BrineError, DeviceError, UnsupportedError } from "../bindings/core/errors.js";
import "../bindings/index.js"; // makes values whole: they print
import { Dict } from "../bindings/python/dict.js";
import type { Value } from "../bindings/python/value.js";
import { dtype } from "../bindings/torch/dtype.js";
import { Parameter } from "../bindings/torch/parameter.js";
import { Size } from "../bindings/torch/size.js";
import { Storage } from "../bindings/torch/storage.js";
import { Tensor, type TensorOptions } from "../bindings/torch/tensor.js";

const six = (): Storage => new Storage(new Float32Array([0, 1, 2, 3, 4, 5]), { dtype: "float32" });

test("Tensor: takes dtype from the storage, contiguous strides, and all elements where no shape is given", () => {
  const t = new Tensor(six(), { shape: [2, 3] });
  assert.deepEqual([t.dtype, t.device, t.storageOffset, t.numel, t.requiresGrad], ["float32", "cpu", 0, 6, false]);
  assert.deepEqual(Array.from(t.shape), [2, 3]);
  assert.deepEqual(Array.from(t.stride), [3, 1]);
  assert.deepEqual(t.toArray(), [[0, 1, 2], [3, 4, 5]]);
  assert.deepEqual(new Tensor(six(), { storageOffset: 4 }).toArray(), [4, 5]);
  assert.equal(String(t.shape), "torch.Size([2, 3])");
  assert.deepEqual(Array.from(new Tensor(six(), { shape: [2, 0] }).stride), [1, 1]);
});

test("Tensor: refuses every view that does not lie within its storage", () => {
  const refused = (options: TensorOptions, code: string): void => {
    assert.throws(() => new Tensor(six(), options), (error) => error instanceof BrineError && error.code === code);
  };
  refused({ shape: [7] }, "VIEW_BOUNDS");
  refused({ shape: [2, 3], storageOffset: 1 }, "VIEW_BOUNDS");
  refused({ shape: [2, 2], stride: [4, 2] }, "VIEW_BOUNDS");
  refused({ shape: [], storageOffset: 6 }, "VIEW_BOUNDS");
  refused({ shape: [2, 3], dtype: "float64" }, "VIEW_BOUNDS");
  refused({ shape: [2 ** 31, 2 ** 31], stride: [2 ** 31, 1] }, "VIEW_BOUNDS");
  refused({ shape: [2 ** 53 - 1], stride: [2 ** 53 - 1] }, "VIEW_BOUNDS");
  refused({ shape: [2 ** 40, 2 ** 40], stride: [0, 0] }, "NUMEL");
  refused({ shape: [-1] }, "SHAPE");
  refused({ shape: [2], stride: [-1] }, "SHAPE");
  refused({ shape: [2], storageOffset: -1 }, "SHAPE");
  refused({ shape: [2], stride: [1, 1] }, "SHAPE");
  refused({ shape: [2 ** 53] }, "SHAPE");
  refused({ shape: [1.5] }, "SIZE");
  refused({ dtype: "int4" }, "DTYPE");
  refused({ dtype: "int32", requiresGrad: true }, "REQUIRES_GRAD");
  assert.throws(() => new Tensor(new Storage(new Uint8Array(4)), { shape: [1] }), { code: "DTYPE" });
  assert.throws(() => new Tensor(new Uint8Array(4) as unknown as Storage), { code: "STORAGE" });
});

test("Tensor: says both numbers of a view past its storage", () => {
  assert.throws(() => new Tensor(six(), { shape: [7] }), /needs 28 bytes, but the storage has 24/);
});

test("Tensor: an empty view may begin anywhere", () => {
  const t = new Tensor(six(), { shape: [0, 3], storageOffset: 100 });
  assert.deepEqual([t.toArray(), t.data.length, t.clone().numel, t.isContiguous()], [[], 0, 0, true]);
  assert.deepEqual(new Tensor(six(), { shape: [2, 0] }).toArray(), [[], []]);
});

test("data: a view of the storage where elements are contiguous, a copy where not", () => {
  const storage = six();
  const view = new Tensor(storage, { shape: [2], storageOffset: 2 }).data;
  assert.ok(view instanceof Float32Array && view.buffer === storage.bytes.buffer);
  view[0] = 9;
  assert.equal(new Tensor(storage, { shape: [], storageOffset: 2 }).item(), 9);
  const turned = new Tensor(six(), { shape: [3, 2], stride: [1, 3] });
  assert.deepEqual(turned.data, new Float32Array([0, 3, 1, 4, 2, 5]));
  assert.deepEqual(turned.contiguous().toArray(), [[0, 3], [1, 4], [2, 5]]);
  assert.deepEqual(new Tensor(six(), { shape: [2, 2], stride: [0, 1] }).toArray(), [[0, 1], [0, 1]]);
});

test("data: each dtype has its array", () => {
  const storage = new Storage(new Uint8Array(32));
  const of = (type: string): string => new Tensor(storage, { dtype: type }).data.constructor.name;
  const expected: { readonly [type: string]: string } = {
    float64: "Float64Array", float32: "Float32Array", float16: "Uint16Array", bfloat16: "Uint16Array",
    int64: "BigInt64Array", uint64: "BigUint64Array", int32: "Int32Array", uint32: "Uint32Array", int16: "Int16Array",
    uint16: "Uint16Array", int8: "Int8Array", uint8: "Uint8Array", bool: "Uint8Array", complex128: "Float64Array",
    complex64: "Float32Array", complex32: "Uint16Array", bcomplex32: "Uint16Array", float8_e4m3fn: "Uint8Array",
    qint8: "Int8Array", quint8: "Uint8Array", qint32: "Int32Array", quint4x2: "Uint8Array", bits16: "Uint16Array",
  };
  for (const [type, name] of Object.entries(expected)) assert.equal(of(type), name, type);
});

test("data: is copied where the bytes are not aligned", () => {
  const bytes = new Uint8Array(9).subarray(1);
  bytes.set(new Uint8Array(new Float32Array([1.5, 2.5]).buffer));
  const t = new Tensor(new Storage(bytes, { dtype: "float32" }));
  assert.deepEqual(t.data, new Float32Array([1.5, 2.5]));
  assert.deepEqual(t.toArray(), [1.5, 2.5]);
  assert.deepEqual(t.to("int8").toArray(), [1, 2]);
});

test("item: of one element only", () => {
  assert.equal(new Tensor(six(), { shape: [1, 1], storageOffset: 5 }).item(), 5);
  assert.throws(() => new Tensor(six()).item(), { code: "NOT_ONE_ELEMENT" });
  assert.throws(() => new Tensor(six(), { shape: [0] }).item(), { code: "NOT_ONE_ELEMENT" });
});

test("contiguous: is the tensor itself where there is nothing to do", () => {
  const t = new Tensor(six(), { shape: [2, 3] });
  assert.equal(t.contiguous(), t);
});

test("clone: owns its bytes, keeps the order of dimensions, and leaves the rest behind", () => {
  const storage = six();
  const t = new Tensor(storage, { shape: [2, 2], stride: [1, 2], storageOffset: 1, requiresGrad: true });
  const copy = t.clone();
  assert.deepEqual(copy.toArray(), t.toArray());
  assert.deepEqual([copy.storage.nbytes, copy.storageOffset, copy.requiresGrad], [16, 0, true]);
  assert.deepEqual(Array.from(copy.stride), [1, 2]);
  storage.bytes.fill(0);
  assert.deepEqual(copy.toArray(), [[1, 3], [2, 4]]);
  const spread = new Tensor(six(), { shape: [3], stride: [2] }).clone();
  assert.deepEqual([spread.storage.nbytes, Array.from(spread.stride), spread.toArray()], [12, [1], [0, 2, 4]]);
});

test("toArray: what is expanded beyond any array is a LimitError, deep shapes are not", () => {
  const wide = new Tensor(six(), { shape: [2 ** 30, 2 ** 20], stride: [0, 0] });
  assert.throws(() => wide.toArray(), { code: "ARRAY_LENGTH" });
  assert.throws(() => wide.data, BrineError);
  assert.throws(() => new Tensor(six(), { shape: [2 ** 40, 0] }).toArray(), { code: "ARRAY_LENGTH" });
  let value: unknown = new Tensor(six(), { shape: new Array<number>(20_000).fill(1), storageOffset: 3 }).toArray();
  for (let d = 0; d < 20_000; d++) value = (value as unknown[])[0];
  assert.equal(value, 3);
});

test("to: cpu is the tensor itself, meta and other devices are refused", async () => {
  const t = new Tensor(six());
  assert.equal(await t.to("cpu"), t);
  await assert.rejects(t.to("meta"), (error) => error instanceof UnsupportedError);
  await assert.rejects(t.to("cuda:0"), (error) => error instanceof DeviceError && error.code === "NO_DEVICE");
  await assert.rejects(t.to("no such thing"), { code: "DEVICE" });
});

test("to: cpu reads what is still in the file, its own range alone where the source has ranges", async () => {
  const bytes = new Uint8Array(new Float32Array([0, 1, 2, 3, 4, 5]).buffer);
  const asked: string[] = [];
  const deferred = (ranges: boolean): Storage => Storage.deferred({
    dtype: "float32",
    location: "cuda:0",
    nbytes: 24,
    read: async () => {
      asked.push("all");
      return bytes;
    },
    ...(ranges ? {
      readRange: async (from: number, to: number): Promise<Uint8Array> => {
        asked.push(`${from}-${to}`);
        return bytes.slice(from, to);
      },
    } : {}),
  });
  const options = { shape: [2, 2], stride: [2, 1], storageOffset: 1, requiresGrad: true };

  const whole = new Tensor(deferred(false), options);
  for (const access of [
    () => whole.data, () => whole.toArray(), () => whole.contiguous().toArray(), () => whole.clone(),
    () => whole.to("int8"),
  ]) assert.throws(access, { code: "NOT_LOCAL" });
  assert.equal(String(whole), "tensor(..., size=(2, 2), requires_grad=True)");
  assert.equal(await whole.to("cpu"), whole);
  assert.deepEqual(whole.toArray(), [[1, 2], [3, 4]]);

  const part = new Tensor(deferred(true), options);
  const read = await part.to("cpu");
  assert.notEqual(read, part);
  assert.deepEqual(read.toArray(), [[1, 2], [3, 4]]);
  assert.deepEqual([read.requiresGrad, read.storage.location, read.storage.nbytes], [true, "cuda:0", 16]);
  assert.throws(() => part.data, { code: "NOT_LOCAL" });
  assert.deepEqual(asked, ["all", "4-20"]);
});

test("Tensor.unchecked: shares size and stride with what it was given", () => {
  const shape = new Size([2, 3]);
  const stride = Object.freeze([3, 1]);
  const t = Tensor.unchecked(six(), dtype("float32"), shape, stride, 0, 1);
  assert.ok(t.shape === shape && t.stride === stride && t.requiresGrad);
  assert.deepEqual(t.toArray(), [[0, 1, 2], [3, 4, 5]]);
});

test("Parameter: shares the storage of its data, and keeps it", () => {
  const data = new Tensor(six(), { shape: [2, 3] });
  const parameter = new Parameter(data);
  assert.ok(parameter instanceof Tensor);
  assert.ok(parameter.storage === data.storage && parameter.dataTensor === data && parameter.shape === data.shape);
  assert.deepEqual([parameter.requiresGrad, data.requiresGrad], [true, false]);
  assert.equal(new Parameter(data, { requiresGrad: false }).requiresGrad, false);
  parameter.attributes = new Dict<Value, Value>([["tag", 1]]);
  assert.equal(data.attributes, null);
  assert.throws(() => new Parameter([1] as unknown as Tensor), { code: "PARAMETER" });
  const ints = new Tensor(six(), { dtype: "int32" });
  assert.throws(() => new Parameter(ints), { code: "REQUIRES_GRAD" });
  assert.equal(new Parameter(ints, { requiresGrad: false }).dtype, "int32");
});
