// `%.{p}f` and `%.{p}e` of C and Python: the exact binary value of a double, rounded half to even in decimal.
//
// JavaScript's toFixed and toExponential round the exact value too, but they round ties up (0.5 → "1", 2.5 → "3"), end
// at 100 digits and, toFixed, at 1e21. Where that matters, the digits are computed in integers instead.

/** `%.{precision}f`. */
export function fixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  // A tie has exactly one binary digit beyond the `precision` ones behind the point: only then is this odd.
  const isTie = (size * 2 ** (precision + 1)) % 2 === 1;
  if (size < 1e21 && precision <= 100 && !isTie) return sign + size.toFixed(precision);

  const { digits, point } = exactDigits(size);
  const rounded = roundDigits(digits, point + precision).padStart(precision + 1, "0");
  const whole = rounded.length - precision;
  return sign + (precision === 0 ? rounded : `${rounded.slice(0, whole)}.${rounded.slice(whole)}`);
}

/** `%.{precision}e`: an exponent of two digits at least. */
export function exponential(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (precision <= 100) {
    const text = size.toExponential(precision);
    const at = text.indexOf("e");
    const exponent = Number(text.slice(at + 1));
    if (!isTieAt(size, precision - exponent)) return sign + withExponent(text.slice(0, at), exponent);
  }

  const { digits, point } = exactDigits(size);
  let rounded = roundDigits(digits, precision + 1);
  let exponent = size === 0 ? 0 : point - 1;
  if (rounded.length > precision + 1) {
    // 9.99… carried into one digit more.
    exponent++;
    rounded = rounded.slice(0, -1);
  }
  return sign + withExponent(precision === 0 ? rounded : `${rounded[0]}.${rounded.slice(1)}`, exponent);
}

/** Whether the value lies half-way between two decimals of so many places; negative places are tens. */
function isTieAt(size: number, places: number): boolean {
  if (places >= 0) return (size * 2 ** (places + 1)) % 2 === 1;
  // The odd part of such a value holds 5^(places): beyond 5^22 no double does. Powers of ten up to 10^22 are exact.
  if (places < -22) return false;
  const unit = 10 ** -places;
  return size % unit === unit / 2;
}

function withExponent(mantissa: string, exponent: number): string {
  const size = Math.abs(exponent);
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${size < 10 ? "0" : ""}${size}`;
}

function notFinite(value: number): string {
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

/** All decimal digits of a finite size, and how many of them stand before the point (less than 0: zeros behind it). */
function exactDigits(size: number): { digits: string; point: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  const exponent = Math.max(biased, 1) - 1075;
  if (exponent >= 0) {
    const digits = (mantissa << BigInt(exponent)).toString();
    return { digits, point: digits.length };
  }
  // mantissa / 2^k is mantissa × 5^k / 10^k.
  const digits = (mantissa * 5n ** BigInt(-exponent)).toString();
  return { digits, point: digits.length + exponent };
}

/** The first `keep` digits of "0.digits", rounded half to even; one digit longer where the rounding carries. */
function roundDigits(digits: string, keep: number): string {
  if (keep < 0) return "0";
  if (keep >= digits.length) return digits.padEnd(keep, "0");
  const kept = digits.slice(0, keep);
  const rest = digits.slice(keep);
  const isHalf = rest[0] === "5" && /^50*$/.test(rest);
  const isOdd = keep > 0 && Number(kept[keep - 1]) % 2 === 1;
  const up = isHalf ? isOdd : rest[0] >= "5";
  if (!up) return kept === "" ? "0" : kept;
  return (BigInt(kept === "" ? "0" : kept) + 1n).toString().padStart(keep, "0");
}
