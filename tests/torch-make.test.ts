// `tensor(…)`: which dtype is told from the elements, and what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { complex } from "../bindings/python/complex.js";
import { float } from "../bindings/python/float.js";
import { setMark } from "../bindings/python/marks.js";
import { tensor, type TensorLike } from "../bindings/torch/make.js";

test("tensor: tells the dtype as torch does", () => {
  const types: readonly (readonly [TensorLike, string])[] = [
    [[1, 2], "int64"], [5n, "int64"], [[true, false], "bool"], [[1.5, 2], "float32"], [[float(1)], "float32"],
    [-0, "float32"], [[true, 2], "int64"], [[true, 0.5], "float32"], [[complex(1, 2), 1.5], "complex64"],
    [[], "float32"], [2 ** 60, "float32"],
    [new Float64Array(2), "float64"], [new Uint16Array(2), "uint16"], [new BigUint64Array(1), "uint64"],
    [new Uint8ClampedArray(1), "uint8"], [new Float32Array(0), "float32"],
  ];
  for (const [elements, type] of types) assert.equal(tensor(elements).dtype, type);
});

test("tensor: remembers the floats of a list that was loaded", () => {
  const list = [1, 2];
  setMark(list, 0, float(1));
  assert.equal(tensor(list).dtype, "float32");
});

test("tensor: keeps shape and elements", () => {
  const t = tensor([[[1, 2]], [[3, 4]]]);
  assert.deepEqual([Array.from(t.shape), Array.from(t.stride)], [[2, 1, 2], [2, 2, 1]]);
  assert.deepEqual(t.toArray(), [[[1, 2]], [[3, 4]]]);
  assert.deepEqual(Array.from(tensor([[], []]).shape), [2, 0]);
  assert.deepEqual([tensor(7).toArray(), Array.from(tensor(7).shape)], [7, []]);
  assert.deepEqual(tensor([new Uint8Array([1, 2]), new Uint8Array([3, 4])]).toArray(), [[1, 2], [3, 4]]);
  assert.deepEqual(tensor([complex(1, 2), 3, true]).toArray(), [complex(1, 2), complex(3, 0), complex(1, 0)]);
  const source = new Float32Array([1, 2]);
  const copy = tensor(source);
  source[0] = 9;
  assert.deepEqual(copy.toArray(), [1, 2]);
});

test("tensor: makes the dtype that is asked for", () => {
  assert.deepEqual(tensor([1, 2], { dtype: "float32", requiresGrad: true }).requiresGrad, true);
  assert.deepEqual(tensor([1.9, -1.9, true], { dtype: "int64" }).toArray(), [1, -1, 1]);
  assert.deepEqual(tensor([2n ** 63n], { dtype: "uint64" }).toArray(), [2n ** 63n]);
  assert.deepEqual(tensor([-1], { dtype: "uint8" }).toArray(), [255]);
  assert.deepEqual(tensor([0, 2, 0.5], { dtype: "bool" }).toArray(), [false, true, true]);
  assert.deepEqual(tensor(new Int32Array([1, -1]), { dtype: "float16" }).toArray(), [1, -1]);
  assert.deepEqual(tensor([1, complex(0, 1)], { dtype: "complex128" }).toArray(), [complex(1, 0), complex(0, 1)]);
  assert.equal(tensor([1], { dtype: "uint16" }).storage.dtype, "untyped");
  assert.equal(tensor([1], { dtype: "int16" }).storage.dtype, "int16");
});

test("tensor: refuses what does not fit", () => {
  const refused = (elements: unknown, code: string, dtype?: string): void => {
    assert.throws(() => tensor(elements as TensorLike, dtype === undefined ? {} : { dtype }), { code });
  };
  refused([[1, 2], [3]], "ELEMENTS");
  refused([[1], 2], "ELEMENTS");
  refused([1, [2]], "ELEMENTS");
  refused(["1"], "ELEMENTS");
  refused([null], "ELEMENTS");
  refused(undefined, "ELEMENTS");
  refused(new DataView(new ArrayBuffer(1)), "ELEMENTS");
  refused([256], "ELEMENT_RANGE", "uint8");
  refused([-256], "ELEMENT_RANGE", "uint8");
  refused([128], "ELEMENT_RANGE", "int8");
  refused([2n ** 63n], "ELEMENT_RANGE");
  refused([NaN], "ELEMENT_RANGE", "int32");
  refused([complex(1, 1)], "ELEMENT_RANGE", "float32");
  refused([1], "DTYPE", "float33");
  refused([1], "CONVERT", "qint8");
  const circle: unknown[] = [];
  circle.push(circle);
  refused(circle, "DIMENSIONS");
  assert.throws(() => tensor([1], { requiresGrad: true }), { code: "REQUIRES_GRAD" });
});
