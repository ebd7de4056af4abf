// `to(dtype)` on the CPU: every element of one dtype as the nearest of another, as torch converts.
//
//   bytes ──lanes──▶ typed array of numbers, or of 64-bit integers ──narrow──▶ bytes
//
// Complex elements are two numbers each. Numbers go to the small floats by way of float32, as in torch. A float that no
// integer of the target equals is undefined in C; here it wraps modulo 2^64, and beyond 64 bits it is the lowest int64.

import {
  BFLOAT16, BOOL, FLOAT16, FLOAT32, FLOAT64, INT16, INT32, INT64, INT8, UINT16, UINT32, UINT64, UINT8,
} from "../../assembly/shared/dtypes.js";
import { UnsupportedError } from "../core/errors.js";
import { allocate } from "../core/allocate.js";
import { widen } from "../core/element_kernels.js";
import { arrayOver } from "./arrays.js";
import { partOf, type DType } from "./dtype.js";
import { decodeFloat, encodeFloat, floatFormat } from "./float_formats.js";

type Lanes = Float32Array | Float64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;
type WideLanes = BigInt64Array | BigUint64Array;

/**
 * Elements of one dtype as elements of another.
 *
 * @param bytes contiguous elements
 * @returns new bytes
 * @throws UnsupportedError `CONVERT` where torch has no such conversion
 */
export function convertBytes(bytes: Uint8Array, from: DType, to: DType): Uint8Array {
  check(from, from, to);
  check(to, from, to);
  const source = partOf(from);
  const target = partOf(to);
  if (to.id === BOOL) return truths(bytes, from);
  const parts = lanesOf(source, bytes);
  if (from.isComplex === to.isComplex) return narrow(parts, source, target);
  return to.isComplex ? interleave(narrow(parts, source, target), target) : narrow(realParts(parts), source, target);
}

function check(type: DType, from: DType, to: DType): void {
  const convertible = type.kind === "float" || type.kind === "int" || type.kind === "uint" || type.kind === "bool" ||
    type.kind === "complex";
  if (convertible && type.name !== "float4_e2m1fn_x2") return;
  throw new UnsupportedError(
    `Cannot convert a ${from.name} tensor to ${to.name}: ${type.name} elements are no numbers of their own; ` +
      "`data` has their bytes",
    { code: "CONVERT" },
  );
}

/** The elements as numbers of JavaScript, or as 64-bit integers where they are such. */
function lanesOf(part: DType, bytes: Uint8Array): Lanes | WideLanes {
  if (part.id === FLOAT16) return widen(bytes, "float16");
  if (part.id === BFLOAT16) return widen(bytes, "bfloat16");
  const format = floatFormat(part.id);
  if (format !== undefined) {
    const table = Float32Array.from({ length: 256 }, (_, bits) => decodeFloat(format, bits));
    const lanes = new Float32Array(allocate(bytes.length * 4).buffer);
    for (let i = 0; i < bytes.length; i++) lanes[i] = table[bytes[i]];
    return lanes;
  }
  const lanes = arrayOver(part, bytes);
  return part.id === BOOL ? (lanes as Uint8Array).map((byte) => (byte === 0 ? 0 : 1)) : lanes;
}

function realParts(lanes: Lanes | WideLanes): Lanes {
  // Parts of complex numbers are floats, never 64-bit integers.
  const parts = lanes as Float32Array | Float64Array;
  const reals = new Float64Array(allocate(parts.length * 4).buffer);
  for (let i = 0; i < reals.length; i++) reals[i] = parts[2 * i];
  return reals;
}

/** Real parts with an imaginary part of zero behind each. */
function interleave(reals: Uint8Array, part: DType): Uint8Array {
  const size = part.itemsize;
  const out = allocate(reals.length * 2);
  for (let at = 0; at < reals.length; at += size) out.set(reals.subarray(at, at + size), at * 2);
  return out;
}

/** Which elements are not zero; a NaN is not. */
function truths(bytes: Uint8Array, from: DType): Uint8Array {
  const lanes = lanesOf(partOf(from), bytes);
  const step = from.isComplex ? 2 : 1;
  const out = allocate(lanes.length / step);
  for (let i = 0; i < out.length; i++) {
    // == compares a bigint and a number by value.
    out[i] = lanes[i * step] == 0 && (step === 1 || lanes[i * step + 1] == 0) ? 0 : 1;
  }
  return out;
}

function narrow(lanes: Lanes | WideLanes, from: DType, to: DType): Uint8Array {
  if (isWide(lanes)) {
    if (to.id === INT64 || to.id === UINT64) return bytesOf(lanes.slice());
    if (to.kind === "int" || to.kind === "uint") return narrow(lowWords(lanes), from, to);
    return narrow(to.id === FLOAT64 ? asDoubles(lanes) : asSingles(lanes), from, to);
  }
  const count = lanes.length;
  const room = allocate(count * to.itemsize).buffer;
  switch (to.id) {
    case FLOAT64: return filled(new Float64Array(room), lanes);
    case FLOAT32: return filled(new Float32Array(room), lanes);
    // Typed arrays truncate toward zero and wrap, for numbers of any size.
    case INT32: return filled(new Int32Array(room), lanes);
    case INT16: return filled(new Int16Array(room), lanes);
    case INT8: return filled(new Int8Array(room), lanes);
    case UINT8: return filled(new Uint8Array(room), lanes);
    case UINT16: return filled(new Uint16Array(room), lanes);
    case UINT32: return filled(new Uint32Array(room), lanes);
    case INT64: case UINT64: return filledWide(new Int32Array(room), lanes, to.id === UINT64);
    default: return filledSmall(room, lanes, to);
  }
}

function isWide(lanes: Lanes | WideLanes): lanes is WideLanes {
  return lanes instanceof BigInt64Array || lanes instanceof BigUint64Array;
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function filled(out: Lanes, lanes: Lanes): Uint8Array {
  out.set(lanes);
  return bytesOf(out);
}

/** 64-bit integers as pairs of words, low word first: no bigint for each. */
function filledWide(words: Int32Array, lanes: Lanes, unsigned: boolean): Uint8Array {
  const end = unsigned ? 2 ** 64 : 2 ** 63;
  for (let i = 0; i < lanes.length; i++) {
    const whole = Math.trunc(lanes[i]);
    const fits = whole >= -(2 ** 63) && whole < end;
    const high = fits ? Math.floor(whole / 4294967296) : -2147483648;
    words[2 * i] = fits ? whole - high * 4294967296 : 0;
    words[2 * i + 1] = high;
  }
  return bytesOf(words);
}

function filledSmall(room: ArrayBuffer, lanes: Lanes, to: DType): Uint8Array {
  const singles = lanes instanceof Float32Array ? lanes : Float32Array.from(lanes);
  if (to.id === BFLOAT16) return filledBfloat16(new Uint16Array(room), singles);
  const format = floatFormat(to.id);
  if (format === undefined) throw new UnsupportedError(`Cannot convert to ${to.name}`, { code: "CONVERT" });
  const out = to.itemsize === 2 ? new Uint16Array(room) : new Uint8Array(room);
  for (let i = 0; i < singles.length; i++) out[i] = encodeFloat(format, singles[i]);
  return bytesOf(out);
}

/** The upper halves, rounded to even by what is cut off: half a unit less one, and one more where the unit is odd. */
function filledBfloat16(out: Uint16Array, singles: Float32Array): Uint8Array {
  const bits = new Uint32Array(singles.buffer, singles.byteOffset, singles.length);
  for (let i = 0; i < out.length; i++) {
    const b = bits[i];
    out[i] = (b & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
  return bytesOf(out);
}

function lowWords(lanes: WideLanes): Int32Array {
  const words = new Int32Array(lanes.buffer, lanes.byteOffset, lanes.length * 2);
  const low = new Int32Array(allocate(lanes.length * 4).buffer);
  for (let i = 0; i < low.length; i++) low[i] = words[2 * i];
  return low;
}

function asDoubles(lanes: WideLanes): Float64Array {
  const doubles = new Float64Array(allocate(lanes.length * 8).buffer);
  for (let i = 0; i < doubles.length; i++) doubles[i] = Number(lanes[i]);
  return doubles;
}

/**
 * Rounded once: a double between would round twice. Of an integer beyond 2^53 the low eleven bits only say whether
 * there is anything, and the rest with that one bit is exact in a double.
 */
function asSingles(lanes: WideLanes): Float32Array {
  const singles = new Float32Array(allocate(lanes.length * 4).buffer);
  for (let i = 0; i < singles.length; i++) {
    const value = lanes[i];
    const near = Number(value);
    singles[i] = Number.isSafeInteger(near) ? near
      : Number(((value >> 11n) | ((value & 2047n) === 0n ? 0n : 1n)) << 11n);
  }
  return singles;
}
