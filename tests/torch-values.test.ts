// torch's small values: dtypes, devices, layouts, sizes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as numbers from "../assembly/shared/dtypes.js";
import { ArgumentError } from "../bindings/core/errors.js";
import "../bindings/index.js"; // makes values whole: they print
import { Dict } from "../bindings/python/dict.js";
import { reprOf, strOf } from "../bindings/python/repr.js";
import { tuple } from "../bindings/python/tuple.js";
import { device } from "../bindings/torch/device.js";
import { dtype, dtypeById, partOf } from "../bindings/torch/dtype.js";
import { layout, qscheme } from "../bindings/torch/layout.js";
import { Size } from "../bindings/torch/size.js";

test("dtype: every number of the core is a dtype of that name", () => {
  for (const [name, id] of Object.entries(numbers)) {
    if (name === "DTYPES") continue;
    const type = dtypeById(id);
    assert.equal(type.id, id);
    assert.equal(type.name, name.toLowerCase());
    if (name !== "UNTYPED") assert.equal(dtype(type.name), type);
  }
  for (let id = 0; id < numbers.DTYPES; id++) assert.equal(dtypeById(id).id, id);
  assert.equal(dtypeById(numbers.UINT1 + 6).name, "uint7");
  assert.throws(() => dtypeById(numbers.DTYPES), { code: "DTYPE" });
  assert.throws(() => dtypeById(-1), { code: "DTYPE" });
});

test("dtype: tells size, kind and storage class as torch does", () => {
  const float32 = dtype("float32");
  assert.deepEqual([float32.itemsize, float32.storageClass], [4, "FloatStorage"]);
  assert.deepEqual([float32.isFloatingPoint, float32.isComplex, float32.kind], [true, false, "float"]);
  assert.equal(dtype("half"), dtype("float16"));
  assert.equal(dtype(float32), float32);
  assert.equal(dtype("complex128").itemsize, 16);
  assert.equal(dtype("uint16").storageClass, null);
  assert.equal(partOf(dtype("complex32")).name, "float16");
  assert.equal(partOf(dtype("bcomplex32")).name, "bfloat16");
  assert.equal(String(float32), "torch.float32");
  assert.equal(inspect(dtype("bool")), "torch.bool");
  assert.ok(Object.isFrozen(float32));
  for (const name of ["", "float33", "untyped", "__proto__", "constructor"]) {
    assert.throws(() => dtype(name), { code: "DTYPE" });
  }
});

test("device: reads torch's device strings, and no others", () => {
  assert.equal(reprOf(device("cuda:1")), "device(type='cuda', index=1)");
  assert.equal(strOf(device("cuda:1")), "cuda:1");
  assert.equal(String(device("cpu")), "cpu");
  assert.deepEqual([device("mps:0").type, device("mps:0").index, device("meta").index], ["mps", 0, null]);
  for (const text of ["", "cuda:", "cuda:01", "cuda:-1", "cu da", "cuda:1:2", ":0"]) {
    assert.throws(() => device(text), (error) => error instanceof ArgumentError && error.code === "DEVICE");
  }
});

test("device: as a key compares by type and index", () => {
  const dict = new Dict<unknown, number>([[device("cuda:1"), 1], [device("cuda:1"), 2], [device("cuda"), 3]]);
  assert.equal(dict.size, 2);
  assert.equal(dict.get(device("cuda:1")), 2);
});

test("layout and qscheme: are one object for each name", () => {
  assert.equal(layout("strided"), layout("strided"));
  assert.equal(String(layout("sparse_coo")), "torch.sparse_coo");
  assert.equal(reprOf(qscheme("per_tensor_affine")), "torch.per_tensor_affine");
  assert.throws(() => layout("per_tensor_affine"), { code: "LAYOUT" });
  assert.throws(() => qscheme("strided"), { code: "QSCHEME" });
});

test("Size: is a frozen array that prints as torch's and equals its tuple as a key", () => {
  const size = new Size([2, 3]);
  assert.equal(String(size), "torch.Size([2, 3])");
  assert.equal(inspect(size), "torch.Size([2, 3])");
  assert.equal(reprOf(new Size([])), "torch.Size([])");
  assert.equal(size.numel(), 6);
  assert.ok(Object.isFrozen(size) && Array.isArray(size));
  assert.equal(new Dict<unknown, number>([[size, 1]]).get(tuple(2, 3)), 1);
  assert.throws(() => new Size([1.5]), { code: "SIZE" });
});
