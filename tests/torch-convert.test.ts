// `to(dtype)`: conversions between dtypes, as torch's CPU does them.

import assert from "node:assert/strict";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { complex } from "../bindings/python/complex.js";
import type { DTypeName } from "../bindings/torch/dtype.js";
import { tensor, type TensorLike } from "../bindings/torch/make.js";
import { Tensor } from "../bindings/torch/tensor.js";

function converted(elements: TensorLike, from: DTypeName, to: DTypeName): unknown {
  const made = tensor(elements, { dtype: from }).to(to);
  assert.equal(made.dtype, to);
  return made.toArray();
}

test("to: the same dtype is the same tensor", () => {
  const t = tensor([1, 2]);
  assert.equal(t.to("int64"), t);
});

test("to: floats to integers truncate toward zero, integers wrap as in C", () => {
  assert.deepEqual(converted([1.9, -1.9, 300.5, -0.5], "float32", "int32"), [1, -1, 300, 0]);
  const wide = [2n ** 62n, -(2n ** 63n), 1e15, -1];
  assert.deepEqual(converted([2 ** 62, -(2 ** 63), 1e15, -1.5], "float64", "int64"), wide);
  assert.deepEqual(converted([2 ** 63, 5.5], "float64", "uint64"), [2n ** 63n, 5]);
  assert.deepEqual(converted([300, -1, 128], "int64", "int8"), [44, -1, -128]);
  assert.deepEqual(converted([2n ** 40n + 7n, -1], "int64", "uint8"), [7, 255]);
  assert.deepEqual(converted([-1, 5], "int32", "int64"), [-1, 5]);
  assert.deepEqual(converted([-1], "int32", "uint64"), [2n ** 64n - 1n]);
});

test("to: floats narrow to the nearest, ties to even", () => {
  const halves = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520];
  assert.deepEqual(converted(halves, "float32", "float16"), [1, 1 + 2 ** -9, 65504, Infinity]);
  assert.deepEqual(converted([1 + 2 ** -8, 1 + 3 * 2 ** -8, NaN], "float32", "bfloat16"), [1, 1 + 2 ** -6, NaN]);
  assert.deepEqual(converted([3.4e38, 3.5e38], "float64", "float32"), [Math.fround(3.4e38), Infinity]);
  assert.deepEqual(converted([0.3, 448, 1e9], "float32", "float8_e4m3fn"), [0.3125, 448, NaN]);
});

test("to: a 64-bit integer is rounded to float32 once", () => {
  // Half a unit and one more: rounded to a double first, the one is lost, and the tie goes down.
  const value = 2n ** 60n + 2n ** 36n + 1n;
  assert.deepEqual(converted([value, -value], "int64", "float32"), [2 ** 60 + 2 ** 37, -(2 ** 60) - 2 ** 37]);
});

test("to: small floats widen exactly", () => {
  assert.deepEqual(converted([1.5, 2 ** -24, -65504], "float16", "float32"), [1.5, 2 ** -24, -65504]);
  assert.deepEqual(converted([1.5, -3e38], "bfloat16", "float64"), [1.5, -(2 ** 127) * (1 + 98 / 128)]);
  assert.deepEqual(converted([240, 0.001], "float8_e4m3fnuz", "float32"), [240, 2 ** -10]);
});

test("to: bool is whether an element is not zero", () => {
  assert.deepEqual(converted([0, -0, 0.1, NaN], "float32", "bool"), [false, false, true, true]);
  assert.deepEqual(converted([0, 5], "int64", "bool"), [false, true]);
  assert.deepEqual(converted([complex(0, 1), complex(0, 0)], "complex64", "bool"), [true, false]);
  assert.deepEqual(converted([true, false], "bool", "float32"), [1, 0]);
});

test("to: complex numbers keep both parts, and lose one to a real dtype", () => {
  assert.deepEqual(converted([complex(1.5, -2)], "complex64", "complex128"), [complex(1.5, -2)]);
  assert.deepEqual(converted([complex(1.5, -2)], "complex128", "complex32"), [complex(1.5, -2)]);
  assert.deepEqual(converted([complex(1.5, -2)], "complex64", "int64"), [1]);
  assert.deepEqual(converted([1, -2], "int16", "complex64"), [complex(1, 0), complex(-2, 0)]);
});

test("to: strided and lazy views are converted as they read", () => {
  const t = tensor([[1, 2], [3, 4]], { dtype: "float32" });
  const turned = new Tensor(t.storage, { shape: [2, 2], stride: [1, 2], neg: true });
  assert.deepEqual(turned.to("int8").toArray(), [[-1, -3], [-2, -4]]);
});

test("to: what is no number of its own is refused", () => {
  assert.throws(() => tensor([1], { dtype: "uint8" }).to("qint8"), { code: "CONVERT" });
  assert.throws(() => tensor([1], { dtype: "uint8" }).to("bits8"), { code: "CONVERT" });
  assert.throws(() => tensor([1], { dtype: "uint8" }).to("float4_e2m1fn_x2"), { code: "CONVERT" });
  assert.throws(() => tensor([1], { dtype: "uint8" }).to("int4"), { code: "CONVERT" });
});
