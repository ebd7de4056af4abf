// Floating point of 8 and 16 bits, to and from JavaScript's doubles.
//
//   float16          s eeeee mmmmmmmmmm     bias 15   infinities and NaNs as in IEEE 754
//   bfloat16         s eeeeeeee mmmmmmm     bias 127  the upper half of a float32
//   float8_e5m2      s eeeee mm             bias 15   as in IEEE 754
//   float8_e4m3fn    s eeee mmm             bias 7    no infinities; NaN is all ones
//   float8_e5m2fnuz  s eeeee mm             bias 16   no infinities, no -0; NaN is 0x80
//   float8_e4m3fnuz  s eeee mmm             bias 8    no infinities, no -0; NaN is 0x80
//   float8_e8m0fnu   eeeeeeee               bias 127  powers of two only; NaN is 0xff

import {
  BFLOAT16, FLOAT16, FLOAT8_E4M3FN, FLOAT8_E4M3FNUZ, FLOAT8_E5M2, FLOAT8_E5M2FNUZ, FLOAT8_E8M0FNU,
} from "../../assembly/shared/dtypes.js";

/** How the bits of a small float are divided, and which of them are no numbers. */
export interface FloatFormat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  readonly special: "ieee" | "fn" | "fnuz" | "e8m0";
}

const FORMATS: ReadonlyMap<number, FloatFormat> = new Map<number, FloatFormat>([
  [FLOAT16, { exponentBits: 5, mantissaBits: 10, bias: 15, special: "ieee" }],
  [BFLOAT16, { exponentBits: 8, mantissaBits: 7, bias: 127, special: "ieee" }],
  [FLOAT8_E5M2, { exponentBits: 5, mantissaBits: 2, bias: 15, special: "ieee" }],
  [FLOAT8_E4M3FN, { exponentBits: 4, mantissaBits: 3, bias: 7, special: "fn" }],
  [FLOAT8_E5M2FNUZ, { exponentBits: 5, mantissaBits: 2, bias: 16, special: "fnuz" }],
  [FLOAT8_E4M3FNUZ, { exponentBits: 4, mantissaBits: 3, bias: 8, special: "fnuz" }],
  [FLOAT8_E8M0FNU, { exponentBits: 8, mantissaBits: 0, bias: 127, special: "e8m0" }],
]);

/** The format of a dtype by its number, or undefined where it is no small float. */
export function floatFormat(id: number): FloatFormat | undefined {
  return FORMATS.get(id);
}

/** The number that the bits stand for; exact. */
export function decodeFloat(format: FloatFormat, bits: number): number {
  const { exponentBits, mantissaBits, bias, special } = format;
  if (special === "e8m0") return bits === 0xff ? NaN : 2 ** (bits - bias);

  const signBit = 1 << (exponentBits + mantissaBits);
  if (special === "fnuz" && bits === signBit) return NaN;
  const magnitude = bits & (signBit - 1);
  const mantissa = magnitude & ((1 << mantissaBits) - 1);
  const exponent = magnitude >> mantissaBits;
  const sign = (bits & signBit) === 0 ? 1 : -1;
  if (special === "ieee" && exponent === (1 << exponentBits) - 1) return mantissa === 0 ? sign * Infinity : NaN;
  if (special === "fn" && magnitude === signBit - 1) return NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (mantissa + (1 << mantissaBits)) * 2 ** (exponent - bias - mantissaBits);
}

/**
 * The bits nearest to a number, ties to even, as torch converts a float32. What is too large becomes infinity, or NaN
 * where the format has none.
 *
 * @param value a number that float32 can hold: torch rounds to float32 first
 */
export function encodeFloat(format: FloatFormat, value: number): number {
  const { exponentBits, mantissaBits, bias, special } = format;
  if (special === "e8m0") return encodePowerOfTwo(Math.abs(value));

  const signBit = 1 << (exponentBits + mantissaBits);
  const infinity = ((1 << exponentBits) - 1) << mantissaBits;
  const nan = special === "fnuz" ? signBit : special === "fn" || mantissaBits < 3 ? signBit - 1
    : infinity | (1 << (mantissaBits - 1));
  if (Number.isNaN(value)) return nan;

  const sign = value < 0 || Object.is(value, -0) ? signBit : 0;
  const size = Math.abs(value);
  let bits: number;
  if (size === Infinity) bits = signBit;
  else {
    const exponent = Math.max(exponentOf(size), 1 - bias);
    const units = roundHalfEven(size * 2 ** (mantissaBits - exponent));
    // A unit carried out of the mantissa lands in the exponent, as it should; subnormals have exponent 1 - bias and no
    // leading unit, so that theirs comes out as 0.
    bits = (exponent + bias - 1) * (1 << mantissaBits) + units;
  }
  if (special === "ieee") return sign | Math.min(bits, infinity);
  if (special === "fn") return sign | Math.min(bits, signBit - 1);
  if (bits >= signBit) return nan;
  return bits === 0 ? 0 : sign | bits;
}

/** floor(log2(size)) of a positive float32, exact. */
function exponentOf(size: number): number {
  // log2 of a number just below a power of two may round up to it.
  const guess = Math.floor(Math.log2(size));
  if (size < 2 ** guess) return guess - 1;
  return size >= 2 ** (guess + 1) ? guess + 1 : guess;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** e8m0 rounds to the nearer power of two, ties up except from the smallest; the sign is dropped. */
function encodePowerOfTwo(size: number): number {
  if (Number.isNaN(size) || size === Infinity) return 0xff;
  if (size < 2 ** -126) return size > 2 ** -127 ? 1 : 0;
  const exponent = exponentOf(size);
  return exponent + 127 + (size / 2 ** exponent >= 1.5 ? 1 : 0);
}
