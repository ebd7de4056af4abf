// Printing beyond what the fixtures of PyTorch hold: sizes that no PyTorch prints, options that are none.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { inspect } from "node:util";
import "../bindings/index.js"; // makes values whole: they print
import { reprOf } from "../bindings/python/repr.js";
import { tensor } from "../bindings/torch/make.js";
import { printOptions, setPrintOptions, type PrintSettings } from "../bindings/torch/options.js";
import { Parameter } from "../bindings/torch/parameter.js";
import { Storage } from "../bindings/torch/storage.js";
import { Tensor } from "../bindings/torch/tensor.js";

afterEach(() => setPrintOptions({ profile: "default" }));

const one = (): Storage => new Storage(new Float32Array([1.5]), { dtype: "float32" });

test("String, inspect and reprOf: print a tensor as torch does", () => {
  const t = tensor([[1.5, 2], [100, -3.25]]);
  const text = "tensor([[  1.5000,   2.0000],\n        [100.0000,  -3.2500]])";
  assert.deepEqual([String(t), inspect(t), reprOf(t), `${t}`], [text, text, text, text]);
  assert.equal(inspect({ t: tensor([1, 2]) }), "{ t: tensor([1, 2]) }");
  assert.equal(String(new Parameter(tensor([1.5]))), "Parameter containing:\ntensor([1.5000], requires_grad=True)");
});

test("String: elements that share a byte, and bits, print as integers", () => {
  const bytes = new Storage(new Uint8Array([0x21]));
  assert.equal(String(new Tensor(bytes, { dtype: "quint4x2" })), "tensor([1, 2], dtype=torch.quint4x2)");
  assert.equal(String(new Tensor(bytes, { dtype: "bits8" })), "tensor([33], dtype=torch.bits8)");
});

test("String: reads the displayed elements only, however many there are", () => {
  const huge = new Tensor(one(), { shape: [2 ** 26, 2 ** 26], stride: [0, 0] });
  const row = "[1.5000, 1.5000, 1.5000,  ..., 1.5000, 1.5000, 1.5000]";
  const rows = new Array<string>(3).fill(row).join(",\n        ");
  assert.equal(String(huge), `tensor([${rows},\n        ...,\n        ${rows}])`);
});

test("String: dimensions beyond any stack", () => {
  const deep = new Tensor(one(), { shape: new Array<number>(100_000).fill(1) });
  const text = String(deep);
  assert.equal(text, `tensor(${"[".repeat(100_000)}1.5000${"]".repeat(100_000)})`);
});

test("String: a text that would be too long is a LimitError", () => {
  setPrintOptions({ profile: "full" });
  assert.throws(() => String(new Tensor(one(), { shape: [2 ** 40], stride: [0] })), { code: "TEXT_TOO_LONG" });
  setPrintOptions({ profile: "default" });
  const binary = new Tensor(one(), { shape: new Array<number>(50).fill(2), stride: new Array<number>(50).fill(0) });
  assert.throws(() => String(binary), { code: "TEXT_TOO_LONG" });
});

test("setPrintOptions: keeps what is not named, but sciMode", () => {
  setPrintOptions({ precision: 2, sciMode: true });
  assert.equal(String(tensor([1.5])), "tensor([1.50e+00])");
  setPrintOptions({ linewidth: 100 });
  assert.deepEqual(printOptions(), { precision: 2, threshold: 1000, edgeitems: 3, linewidth: 100, sciMode: null });
  setPrintOptions({ profile: "short", edgeitems: 1 });
  assert.deepEqual(printOptions(), { precision: 2, threshold: 1000, edgeitems: 1, linewidth: 80, sciMode: null });
  setPrintOptions({ precision: 200 });
  assert.equal(String(tensor([0.5])), `tensor([0.5${"0".repeat(199)}])`);
});

test("setPrintOptions: refuses what are no options, and changes nothing then", () => {
  const before = printOptions();
  for (const settings of [
    { precision: -1 }, { precision: 1101 }, { precision: 1.5 }, { precision: NaN }, { threshold: -1 },
    { threshold: NaN }, { edgeitems: 0.5 }, { edgeitems: Infinity }, { linewidth: -80 }, { sciMode: "yes" }, { profile: "wide" },
    { profile: "__proto__" },
  ]) {
    assert.throws(() => setPrintOptions(settings as unknown as PrintSettings), { code: "PRINT_OPTION" });
  }
  assert.equal(printOptions(), before);
});
