// One element of an array, from its bytes to a value and to Python's text.
//
//   b → boolean     i u → number, bigint past 2^53     f → number     c → Complex     S → Uint8Array     U → string
//   M m → bigint: the count of units; null for NaT      V → Uint8Array, a Tuple of its fields, or nested arrays
import { widen } from "../core/element_kernels.js";
import { Complex } from "../python/complex.js";
import { floatText } from "../python/digits.js";
import { quoteBytes, quoteText } from "../python/quote.js";
import { Tuple } from "../python/tuple.js";
import { NAT, pythonDatetime, pythonTimedelta, type PythonTime } from "./datetime.js";
import type { NumpyDType } from "./dtype.js";
import { productOf } from "./pickled.js";

/** The value of one element. */
export type NumpyElement = null | boolean | number | bigint | string | Complex | Uint8Array | Tuple<NumpyElement> | NumpyElement[];

/** The element at a byte offset. A dtype nests 32 deep at most. */
export function elementAt(dtype: NumpyDType, view: DataView, at: number): NumpyElement {
  const { kind, itemsize } = dtype;
  const little = dtype.byteOrder !== ">";
  switch (kind) {
    case "b": return view.getUint8(at) !== 0;
    case "i":
      if (itemsize === 8) return narrow(view.getBigInt64(at, little));
      return itemsize === 1 ? view.getInt8(at) : itemsize === 2 ? view.getInt16(at, little) : view.getInt32(at, little);
    case "u":
      if (itemsize === 8) return narrow(view.getBigUint64(at, little));
      return itemsize === 1 ? view.getUint8(at) : itemsize === 2 ? view.getUint16(at, little) : view.getUint32(at, little);
    case "f": return floatAt(view, at, itemsize, little);
    case "c": return new Complex(floatAt(view, at, itemsize / 2, little), floatAt(view, at + itemsize / 2, itemsize / 2, little));
    case "M": case "m": {
      const count = view.getBigInt64(at, little);
      return count === NAT ? null : count;
    }
    case "S": return bytesAt(view, at, trimmed(view, at, itemsize));
    case "U": return textAt(view, at, itemsize, little);
    default: return structureAt(dtype, view, at);
  }
}

function narrow(value: bigint): number | bigint {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

function floatAt(view: DataView, at: number, size: number, little: boolean): number {
  if (size === 8) return view.getFloat64(at, little);
  if (size === 4) return view.getFloat32(at, little);
  const bits = view.getUint16(at, little);
  return widen(Uint8Array.of(bits & 255, bits >>> 8), "float16")[0];
}

function bytesAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length).slice();
}

/** NumPy fills short bytes up with zeros, and takes them off again. */
function trimmed(view: DataView, at: number, size: number): number {
  while (size > 0 && view.getUint8(at + size - 1) === 0) size--;
  return size;
}

function textAt(view: DataView, at: number, size: number, little: boolean): string {
  let length = size / 4;
  while (length > 0 && view.getUint32(at + length * 4 - 4, little) === 0) length--;
  const pieces: string[] = [];
  for (let i = 0; i < length; i++) {
    const code = view.getUint32(at + i * 4, little);
    pieces.push(String.fromCodePoint(code > 0x10ffff ? 0xfffd : code));
  }
  return pieces.join("");
}

function structureAt(dtype: NumpyDType, view: DataView, at: number): NumpyElement {
  const { names, fields, base, shape } = dtype;
  if (names !== null && fields !== null) {
    return new Tuple<NumpyElement>(names.map((name) => {
      const field = fields.get(name);
      return field === undefined ? null : elementAt(field.dtype, view, at + field.offset);
    }));
  }
  if (base === null || shape === null) return bytesAt(view, at, dtype.itemsize);
  const flat = Array.from({ length: productOf(shape) ?? 0 }, (_, i) => elementAt(base, view, at + i * base.itemsize));
  return nested(flat, shape);
}

/** Elements in order as nested arrays, made from the innermost outwards. */
export function nested<T>(flat: readonly T[], shape: readonly number[]): T | T[] {
  const groups = shape.map((_, d) => shape.slice(0, d).reduce((product, size) => product * size, 1));
  let level: unknown[] = [...flat];
  for (let d = shape.length - 1; d > 0; d--) {
    const inner = level;
    const size = shape[d];
    level = Array.from({ length: groups[d] }, (_, i) => inner.slice(i * size, (i + 1) * size));
  }
  return (shape.length === 0 ? level[0] : level) as T | T[]; // arrays of arrays of T
}

/** A time as Python has it; undefined where the element is none. */
export function timeOf(dtype: NumpyDType, value: NumpyElement): PythonTime | undefined {
  const { kind, unit, step } = dtype;
  if (kind !== "M" && kind !== "m") return undefined;
  if (typeof value !== "bigint") return null;
  return kind === "M" ? pythonDatetime(value, unit ?? "generic", step) : pythonTimedelta(value, unit ?? "generic", step);
}

/** Python's `repr` of an element as `tolist` gives it. */
export function elementText(dtype: NumpyDType, value: NumpyElement): string {
  if (value === null) return "None";
  const time = timeOf(dtype, value);
  if (time !== undefined && time !== null) return typeof time === "bigint" ? String(time) : time.repr;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return dtype.kind === "f" ? floatText(value) : String(value);
  if (typeof value === "string") return quoteText(value);
  if (value instanceof Uint8Array) return quoteBytes(value);
  if (value instanceof Tuple) {
    const texts = Array.from(value, (item, i) => {
      const field = dtype.fields?.get(dtype.names?.[i] ?? "");
      return field === undefined ? String(item) : elementText(field.dtype, item);
    });
    return `(${texts.join(", ")}${texts.length === 1 ? "," : ""})`;
  }
  if (Array.isArray(value)) return `[${listTexts(dtype.base ?? dtype, value).join(", ")}]`;
  return String(value);
}

/** An array has 64 dimensions at most. */
function listTexts(dtype: NumpyDType, list: readonly NumpyElement[]): string[] {
  return list.map((item) => (Array.isArray(item) && !(item instanceof Tuple) ? `[${listTexts(dtype, item).join(", ")}]` : elementText(dtype, item)));
}
