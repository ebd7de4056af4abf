// Python's text of numbers. Of a float it is the shortest digits that read back as the same double. JavaScript finds
// the same digits, but writes them otherwise: it uses an exponent from 1e21 and below 1e-6, Python from 1e16 and below
// 1e-4, with two digits at least.

import { LimitError } from "../core/errors.js";

/** Python's `repr` of a float, such as `1.0`, `1e-05`, `nan`. */
export function floatText(x: number): string {
  const text = shortText(x);
  return Number.isInteger(x) && !text.includes("e") ? `${text}.0` : text;
}

/** Python's `repr` of a complex number, such as `(1+2j)`, `1j`, `(-0-1j)`. */
export function complexText(re: number, im: number): string {
  if (Object.is(re, 0)) return `${shortText(im)}j`;
  const second = shortText(im);
  return `(${shortText(re)}${second.startsWith("-") ? "" : "+"}${second}j)`;
}

/**
 * Hexadecimal digits of an int that is printed in decimal: to convert one is slower than linear. This is 4,932 decimal
 * digits; CPython stops at 4,300.
 */
const MAX_HEX = 4096;

/**
 * An int of any size in decimal.
 *
 * @throws {LimitError} `INT_TOO_LONG`
 */
export function integerText(value: bigint): string {
  if (BigInt.asIntN(64, value) !== value) {
    const digits = value.toString(16).length;
    if (digits > MAX_HEX) {
      throw new LimitError(`Cannot print an int of ${digits} hexadecimal digits in decimal: at most ${MAX_HEX}`, {
        code: "INT_TOO_LONG",
        found: digits,
        limit: MAX_HEX,
      });
    }
  }
  return value.toString();
}

/** As `floatText`, with no `.0` at the end of a whole number. */
function shortText(x: number): string {
  const size = Math.abs(x);
  if (size >= 1e-4 && size < 1e16) return String(x);
  if (size === 0) return Object.is(x, -0) ? "-0" : "0";
  if (Number.isNaN(x)) return "nan";
  if (size === Infinity) return x > 0 ? "inf" : "-inf";
  const text = x.toExponential();
  const at = text.indexOf("e") + 2;
  return at === text.length - 1 ? `${text.slice(0, at)}0${text.slice(at)}` : text;
}
