// `%f` and `%e` of C: exact rounding, ties to even. The expected texts are Python's.

import assert from "node:assert/strict";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { exponential, fixed } from "../bindings/torch/decimal.js";

test("fixed: rounds the exact binary value, ties to even", () => {
  const cases: readonly (readonly [number, number, string])[] = [
    [0.5, 0, "0"], [1.5, 0, "2"], [2.5, 0, "2"], [-0.5, 0, "-0"], [-2.5, 0, "-2"], [0.125, 2, "0.12"],
    [0.375, 2, "0.38"], [0.03125, 4, "0.0312"], [0.1, 4, "0.1000"], [0.99999, 4, "1.0000"],
    [999.99995, 4, "1000.0000"], [1e-9, 4, "0.0000"],
    [-1e-9, 4, "-0.0000"], [0, 4, "0.0000"], [-0, 4, "-0.0000"], [1e21, 0, "1000000000000000000000"],
    [1e22, 2, "10000000000000000000000.00"], [1.7976931348623157e308, 0, (2n ** 1024n - 2n ** 971n).toString()],
    [NaN, 4, "nan"], [Infinity, 4, "inf"], [-Infinity, 4, "-inf"],
    [0.1, 20, "0.10000000000000000555"],
    [0.1, 60, "0.100000000000000005551115123125782702118158340454101562500000"],
  ];
  for (const [value, precision, text] of cases) assert.equal(fixed(value, precision), text);
});

test("fixed: gives as many digits as asked for, beyond the hundred of toFixed", () => {
  assert.equal(fixed(5e-324, 1074), `0.${(5n ** 1074n).toString().padStart(1074, "0")}`);
  assert.equal(fixed(1.5, 1100), `1.5${"0".repeat(1099)}`);
  assert.equal(fixed(-0.25, 101), `-0.25${"0".repeat(99)}`);
});

test("exponential: rounds the exact binary value, ties to even, with two digits of exponent", () => {
  const cases: readonly (readonly [number, number, string])[] = [
    [1e-5, 4, "1.0000e-05"], [1e20, 4, "1.0000e+20"], [1e100, 2, "1.00e+100"], [0, 4, "0.0000e+00"],
    [-0, 1, "-0.0e+00"],
    [2.5, 0, "2e+00"], [3.5, 0, "4e+00"], [25, 0, "2e+01"], [35, 0, "4e+01"], [9.5, 0, "1e+01"], [95, 0, "1e+02"],
    [8.5, 0, "8e+00"], [1.25, 1, "1.2e+00"], [1.375, 2, "1.38e+00"], [123456789, 4, "1.2346e+08"],
    [1.5e300, 0, "2e+300"], [0.00390625, 4, "3.9062e-03"], [5e-324, 4, "4.9407e-324"], [NaN, 4, "nan"], [-Infinity, 4, "-inf"],
    [12345e17, 3, "1.234e+21"], [12355e17, 3, "1.236e+21"],
  ];
  for (const [value, precision, text] of cases) assert.equal(exponential(value, precision), text);
});

test("exponential: gives as many digits as asked for, beyond the hundred of toExponential", () => {
  assert.equal(exponential(0.5, 101), `5.${"0".repeat(101)}e-01`);
  assert.equal(exponential(0, 101), `0.${"0".repeat(101)}e+00`);
  assert.equal(exponential(2 ** -1074, 800).slice(0, 12), "4.9406564584");
});
