// Elements as values: every dtype, and the small floats bit by bit.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as numbers from "../assembly/shared/dtypes.js";
import "../bindings/index.js"; // makes values whole: they print
import { complex } from "../bindings/python/complex.js";
import { decodeFloat, encodeFloat, floatFormat } from "../bindings/torch/float_formats.js";
import { Storage } from "../bindings/torch/storage.js";
import { Tensor } from "../bindings/torch/tensor.js";

/** The elements of these bytes, given as hex. */
function elements(dtype: string, hex: string, flags: { conj?: boolean; neg?: boolean } = {}): unknown {
  return new Tensor(new Storage(Buffer.from(hex, "hex")), { dtype, ...flags }).toArray();
}

test("toArray: integers of every width, bigints where a number cannot hold them", () => {
  const wide = "ffffffffffffffff0000000000000080ffffffffffff1f00";
  assert.deepEqual(elements("int64", wide), [-1, -(2n ** 63n), 2 ** 53 - 1]);
  assert.deepEqual(elements("int64", "0000000000002000"), [2n ** 53n]);
  assert.deepEqual(elements("uint64", "ffffffffffffffff0500000000000000"), [2n ** 64n - 1n, 5]);
  assert.deepEqual(elements("int32", "ffffffff00000080"), [-1, -(2 ** 31)]);
  assert.deepEqual(elements("uint32", "ffffffff"), [2 ** 32 - 1]);
  assert.deepEqual(elements("int16", "00800100"), [-32768, 1]);
  assert.deepEqual(elements("uint16", "ffff"), [65535]);
  assert.deepEqual(elements("int8", "80"), [-128]);
  assert.deepEqual(elements("uint8", "80"), [128]);
  assert.deepEqual(elements("qint8", "80"), [-128]);
  assert.deepEqual(elements("quint8", "80"), [128]);
  assert.deepEqual(elements("qint32", "ffffffff"), [-1]);
  assert.deepEqual(elements("bits16", "ffff"), [65535]);
});

test("toArray: a bool is true where its byte is not 0", () => {
  assert.deepEqual(elements("bool", "000102ff"), [false, true, true, true]);
});

test("toArray: elements that share a byte, the low bits first", () => {
  assert.deepEqual(elements("quint4x2", "21f0"), [1, 2, 0, 15]);
  assert.deepEqual(elements("quint2x4", "e4"), [0, 1, 2, 3]);
});

test("toArray: floats and complex numbers", () => {
  assert.deepEqual(elements("float32", "0000c03f0000c07f"), [1.5, NaN]);
  assert.deepEqual(elements("float64", "000000000000f8bf"), [-1.5]);
  assert.deepEqual(elements("float16", "003c01000080007c"), [1, 2 ** -24, -0, Infinity]);
  assert.deepEqual(elements("bfloat16", "803f80ff"), [1, -Infinity]);
  assert.deepEqual(elements("complex64", "0000803f000000c0"), [complex(1, -2)]);
  assert.deepEqual(elements("complex128", "000000000000f03f00000000000000c0"), [complex(1, -2)]);
  assert.deepEqual(elements("complex32", "003c00c0"), [complex(1, -2)]);
  assert.deepEqual(elements("bcomplex32", "803f00c0"), [complex(1, -2)]);
});

test("toArray: lazy conjugates and negatives", () => {
  assert.deepEqual(elements("complex64", "0000803f000000c0", { conj: true }), [complex(1, 2)]);
  assert.deepEqual(elements("complex64", "0000803f000000c0", { neg: true }), [complex(-1, 2)]);
  assert.deepEqual(elements("complex64", "0000803f000000c0", { conj: true, neg: true }), [complex(-1, -2)]);
  assert.deepEqual(elements("float32", "0000c03f00000000", { neg: true }), [-1.5, -0]);
  assert.deepEqual(elements("int64", "0000000000000080", { neg: true }), [-(2n ** 63n)]);
  assert.deepEqual(elements("uint8", "0100ff", { neg: true }), [255, 0, 1]);
  assert.deepEqual(elements("bool", "01", { neg: true }), [true]);
});

test("contiguous: resolves lazy conjugates and negatives into bytes that read the same", () => {
  for (const [dtype, hex] of [
    ["complex64", "0000803f000000c0"], ["complex128", "000000000000f03f00000000000000c0"], ["complex32", "003c00c0"],
    ["float32", "0000c03f"], ["float16", "003c0080"], ["bfloat16", "803f"], ["float8_e5m2", "3c80"],
    ["float8_e4m3fnuz", "4000"], ["int64", "0500000000000000"], ["int16", "00800100"], ["uint32", "00000000ffffffff"],
  ] as const) {
    for (const flags of [{ conj: true }, { neg: true }, { conj: true, neg: true }]) {
      const lazy = new Tensor(new Storage(Buffer.from(hex, "hex")), { dtype, ...flags });
      const resolved = lazy.contiguous();
      assert.deepEqual([resolved.isConj, resolved.isNeg], [false, false]);
      // Zero of the fnuz forms has no sign: adding 0 takes it off.
      const isUnsignedZero = dtype.includes("fnuz");
      const plain = (values: unknown): unknown => isUnsignedZero ? (values as number[]).map((x) => x + 0) : values;
      assert.deepEqual(plain(resolved.toArray()), plain(lazy.toArray()), `${dtype} ${JSON.stringify(flags)}`);
      assert.deepEqual(plain(lazy.clone().toArray()), plain(lazy.toArray()));
    }
  }
});

test("small floats: the largest and the smallest of each form", () => {
  const limits: readonly (readonly [number, number, number, number])[] = [
    [numbers.FLOAT8_E5M2, 0x7b, 57344, 2 ** -16], [numbers.FLOAT8_E4M3FN, 0x7e, 448, 2 ** -9],
    [numbers.FLOAT8_E5M2FNUZ, 0x7f, 57344, 2 ** -17], [numbers.FLOAT8_E4M3FNUZ, 0x7f, 240, 2 ** -10],
    [numbers.FLOAT16, 0x7bff, 65504, 2 ** -24], [numbers.BFLOAT16, 0x7f7f, 2 ** 127 * (2 - 2 ** -7), 2 ** -133],
  ];
  for (const [id, bits, largest, smallest] of limits) {
    const format = floatFormat(id)!;
    assert.equal(decodeFloat(format, bits), largest);
    assert.equal(decodeFloat(format, 1), smallest);
  }
  const powers = floatFormat(numbers.FLOAT8_E8M0FNU)!;
  assert.deepEqual([0, 127, 254, 255].map((bits) => decodeFloat(powers, bits)), [2 ** -127, 1, 2 ** 127, NaN]);
});

test("small floats: bits that are numbers come back, and what lies between rounds to even", () => {
  for (const id of [
    numbers.FLOAT16, numbers.BFLOAT16, numbers.FLOAT8_E5M2, numbers.FLOAT8_E4M3FN, numbers.FLOAT8_E5M2FNUZ,
    numbers.FLOAT8_E4M3FNUZ,
  ]) {
    const format = floatFormat(id)!;
    const size = 1 + format.exponentBits + format.mantissaBits;
    for (let bits = 0; bits < 2 ** size; bits++) {
      const value = decodeFloat(format, bits);
      if (Number.isNaN(value)) continue;
      assert.equal(encodeFloat(format, value), bits);
      const next = decodeFloat(format, bits + 1);
      if (bits + 1 >= 2 ** (size - 1) || !Number.isFinite(next)) continue;
      assert.equal(encodeFloat(format, (value + next) / 2), bits % 2 === 0 ? bits : bits + 1);
    }
    assert.ok(Number.isNaN(decodeFloat(format, encodeFloat(format, NaN))));
  }
});

test("small floats: too large is infinity, or NaN where there is none", () => {
  const encode = (id: number, value: number): number => encodeFloat(floatFormat(id)!, value);
  assert.deepEqual([65519.99, 65520, -Infinity].map((x) => encode(numbers.FLOAT16, x)), [0x7bff, 0x7c00, 0xfc00]);
  assert.deepEqual([61439, 61440].map((x) => encode(numbers.FLOAT8_E5M2, x)), [0x7b, 0x7c]);
  assert.deepEqual([464, 465, -1e30].map((x) => encode(numbers.FLOAT8_E4M3FN, x)), [0x7e, 0x7f, 0xff]);
  assert.deepEqual([247, 248, -1e30, -0].map((x) => encode(numbers.FLOAT8_E4M3FNUZ, x)), [0x7f, 0x80, 0x80, 0]);
  const powers = [1.49, 1.5, -2, 0, 2 ** -127, 3e38, NaN].map((x) => encode(numbers.FLOAT8_E8M0FNU, x));
  assert.deepEqual(powers, [127, 128, 128, 0, 0, 255, 255]);
});
