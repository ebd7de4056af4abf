// Elements as JavaScript's values, read from bytes by dtype: numbers, bigints where a number cannot hold the integer,
// booleans, Complex. The lazy bits of a view are applied on the way: `neg` changes the sign, `conj` that of the
// imaginary part.

import {
  BITS16, BOOL, FLOAT32, FLOAT64, INT16, INT32, INT64, INT8, QINT32, QINT8, UINT16, UINT32, UINT64,
} from "../../assembly/shared/dtypes.js";
import { complex, type Complex } from "../python/complex.js";
import { partOf, type DType } from "./dtype.js";
import { decodeFloat, floatFormat, type FloatFormat } from "./float_formats.js";

/** An element of any dtype that has no imaginary part. */
export type RealScalar = number | bigint | boolean;
/** An element of any dtype. */
export type Scalar = RealScalar | Complex;

/** Reads elements out of bytes, at places counted in elements. */
export class Elements {
  readonly #view: DataView;
  readonly #type: DType;
  readonly #part: DType;
  readonly #format: FloatFormat | undefined;
  readonly #negateReal: boolean;
  readonly #negateImaginary: boolean;

  constructor(bytes: Uint8Array, type: DType, conj: boolean, neg: boolean) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#type = type;
    this.#part = partOf(type);
    this.#format = floatFormat(this.#part.id);
    this.#negateReal = neg;
    this.#negateImaginary = neg !== conj;
  }

  /** The element at a place. */
  scalar(place: number): Scalar {
    return this.#type.isComplex ? complex(Number(this.real(place)), this.imaginary(place)) : this.real(place);
  }

  /** The real part of the element at a place: the whole of it unless the dtype is complex. */
  real(place: number): RealScalar {
    const value = this.#read(place * this.#type.itemsize, place);
    return this.#negateReal ? negated(this.#part, value) : value;
  }

  /** The imaginary part of the element at a place of a complex dtype. */
  imaginary(place: number): number {
    const value = Number(this.#read(place * this.#type.itemsize + this.#part.itemsize, place));
    return this.#negateImaginary ? -value : value;
  }

  #read(at: number, place: number): RealScalar {
    const view = this.#view;
    switch (this.#part.id) {
      case FLOAT32: return view.getFloat32(at, true);
      case FLOAT64: return view.getFloat64(at, true);
      case INT64: return joined(view.getInt32(at + 4, true), view.getUint32(at, true));
      case UINT64: return joined(view.getUint32(at + 4, true), view.getUint32(at, true));
      case INT32: case QINT32: return view.getInt32(at, true);
      case UINT32: return view.getUint32(at, true);
      case INT16: return view.getInt16(at, true);
      case UINT16: case BITS16: return view.getUint16(at, true);
      case INT8: case QINT8: return view.getInt8(at);
      case BOOL: return view.getUint8(at) !== 0;
      default: return this.#readSmall(at, place);
    }
  }

  /** Floats of 8 and 16 bits, and what is a byte or less. */
  #readSmall(at: number, place: number): number {
    const view = this.#view;
    const perByte = this.#type.perByte;
    if (perByte > 1) {
      const bits = 8 / perByte;
      return (view.getUint8(Math.floor(place / perByte)) >> ((place % perByte) * bits)) & ((1 << bits) - 1);
    }
    const raw = this.#part.itemsize === 2 ? view.getUint16(at, true) : view.getUint8(at);
    return this.#format === undefined ? raw : decodeFloat(this.#format, raw);
  }
}

function joined(high: number, low: number): number | bigint {
  const value = high * 4294967296 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) + BigInt(low);
}

/** The element with its sign changed, within its dtype: integers wrap as in C, booleans have no sign. */
function negated(type: DType, value: RealScalar): RealScalar {
  if (typeof value === "boolean") return value;
  const bits = type.itemsize * 8;
  if (type.kind === "float") return -Number(value);
  if (type.kind === "int") return narrow(BigInt.asIntN(bits, -BigInt(value)));
  if (type.kind === "uint") return narrow(BigInt.asUintN(bits, -BigInt(value)));
  return value;
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Applies the lazy bits of a view to a copy of its elements, in place. */
export function resolveLazy(bytes: Uint8Array, type: DType, conj: boolean, neg: boolean): void {
  const part = partOf(type);
  if (type.isComplex) {
    if (neg) flipSigns(bytes, part.itemsize, 0, type.itemsize);
    if (neg !== conj) flipSigns(bytes, part.itemsize, part.itemsize, type.itemsize);
  } else if (neg && type.kind === "float") {
    const special = floatFormat(type.id)?.special;
    // Zero has no negative in the fnuz forms, e8m0 has no negatives at all.
    if (special !== "e8m0") flipSigns(bytes, type.itemsize, 0, type.itemsize, special === "fnuz");
  } else if (neg && (type.kind === "int" || type.kind === "uint")) {
    negateIntegers(bytes, type.itemsize);
  }
}

function flipSigns(bytes: Uint8Array, size: number, from: number, step: number, keepZero = false): void {
  for (let at = from + size - 1; at < bytes.length; at += step) {
    if (!keepZero || bytes[at] !== 0) bytes[at] ^= 0x80;
  }
}

/** Two's complement, byte by byte from the lowest: the complement, plus one that carries. */
function negateIntegers(bytes: Uint8Array, size: number): void {
  for (let at = 0; at + size <= bytes.length; at += size) {
    let carry = 1;
    for (let i = at; i < at + size; i++) {
      const sum = (bytes[i] ^ 0xff) + carry;
      bytes[i] = sum;
      carry = sum >> 8;
    }
  }
}
