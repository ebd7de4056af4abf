// torch.tensor: a tensor of numbers that the caller writes down. Integers make int64, floats float32, booleans bool,
// complex numbers complex64; a typed array makes the dtype of its elements.

import {
  BOOL, COMPLEX128, COMPLEX64, FLOAT32, FLOAT64, INT16, INT32, INT64, INT8, UINT16, UINT32, UINT64, UINT8,
} from "../../assembly/shared/dtypes.js";
import { ArgumentError, LimitError } from "../core/errors.js";
import { allocate } from "../core/allocate.js";
import { Complex } from "../python/complex.js";
import { Float } from "../python/float.js";
import { markOf } from "../python/marks.js";
import { Checked, TENSOR_REQUIRES_GRAD } from "./checked.js";
import { convertBytes } from "./convert.js";
import { dtype as dtypeOf, dtypeById, partOf, type DType } from "./dtype.js";
import { contiguousStride } from "./geometry.js";
import { Size } from "./size.js";
import { Storage } from "./storage.js";
import { checkGradient, storageDType, Tensor } from "./tensor.js";

/** What `tensor` takes: a number, or arrays of such, nested evenly. */
export type TensorLike = number | bigint | boolean | Complex | Float | TypedArray | readonly TensorLike[];

/** Every array of numbers of one type. */
export type TypedArray =
  | Float32Array | Float64Array | BigInt64Array | BigUint64Array | Int32Array | Uint32Array | Int16Array | Uint16Array
  | Int8Array | Uint8Array | Uint8ClampedArray;

/** How a tensor is made. */
export interface MakeOptions {
  /** Told from the elements where it is not given. */
  readonly dtype?: string | DType;
  readonly requiresGrad?: boolean;
}

/** As many dimensions as torch takes: nested lists end somewhere, and lists that hold themselves do not. */
const MAX_DIMENSIONS = 128;

type Atom = number | bigint | boolean | Complex | Float;

/**
 * A tensor of these elements.
 *
 * @param elements a number, or nested arrays of numbers, booleans, bigints, `Complex`, `float(1)`
 * @throws ArgumentError `ELEMENTS` where they are ragged, or no numbers; `ELEMENT_RANGE` where one does not fit the
 *   dtype
 * @throws LimitError `DIMENSIONS` where they are nested deeper than 128
 *
 * @example
 * ```ts
 * tensor([[1, 2], [3, 4]]).dtype; // "int64"
 * tensor([[1, 2], [3, 4]], { dtype: "float32", requiresGrad: true });
 * ```
 */
export function tensor(elements: TensorLike, options: MakeOptions = {}): Tensor {
  const wanted = options.dtype === undefined ? undefined : dtypeOf(options.dtype);
  const flags = options.requiresGrad === true ? TENSOR_REQUIRES_GRAD : 0;
  const own = typeOfArray(elements);
  if (own !== undefined) {
    const array = elements as TypedArray;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const type = wanted ?? own;
    return over(type === own ? bytes.slice() : convertBytes(bytes, own, type), type, [array.length], flags);
  }

  const shape = shapeOf(elements);
  const atoms: Atom[] = [];
  flatten(elements, shape, 0, atoms);
  const type = wanted ?? inferred(atoms);
  return over(bytesOf(atoms, type), type, shape, flags);
}

function over(bytes: Uint8Array, type: DType, shape: readonly number[], flags: number): Tensor {
  if (flags !== 0) checkGradient(type);
  const storage = new Storage(bytes, { dtype: storageDType(type) });
  return new Tensor(storage, new Checked(type, new Size(shape), Object.freeze(contiguousStride(shape)), 0, flags));
}

function typeOfArray(value: unknown): DType | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  if (value instanceof Float32Array) return dtypeById(FLOAT32);
  if (value instanceof Float64Array) return dtypeById(FLOAT64);
  if (value instanceof BigInt64Array) return dtypeById(INT64);
  if (value instanceof BigUint64Array) return dtypeById(UINT64);
  if (value instanceof Int32Array) return dtypeById(INT32);
  if (value instanceof Uint32Array) return dtypeById(UINT32);
  if (value instanceof Int16Array) return dtypeById(INT16);
  if (value instanceof Uint16Array) return dtypeById(UINT16);
  if (value instanceof Int8Array) return dtypeById(INT8);
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray) return dtypeById(UINT8);
  throw refused(value);
}

function isSequence(value: TensorLike): value is readonly TensorLike[] | TypedArray {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** The lengths along the first elements; whether all others agree, `flatten` sees. */
function shapeOf(elements: TensorLike): number[] {
  const shape: number[] = [];
  let first: TensorLike | undefined = elements;
  while (first !== undefined && isSequence(first)) {
    if (shape.length === MAX_DIMENSIONS) {
      throw new LimitError(`Cannot make a tensor of arrays nested deeper than ${MAX_DIMENSIONS}`, {
        code: "DIMENSIONS",
        found: MAX_DIMENSIONS + 1,
        limit: MAX_DIMENSIONS,
      });
    }
    shape.push(first.length);
    first = first[0];
  }
  return shape;
}

/** All elements in order. The recursion is as deep as the shape is long: 128 at most. */
function flatten(value: TensorLike, shape: readonly number[], depth: number, into: Atom[]): void {
  if (!isSequence(value)) {
    if (depth !== shape.length) throw ragged(shape, depth, "a single element");
    if (!isAtom(value)) throw refused(value);
    into.push(value);
    return;
  }
  if (depth === shape.length) throw ragged(shape, depth, `${value.length} elements`);
  if (value.length !== shape[depth]) throw ragged(shape, depth, `${value.length} elements`);
  for (let i = 0; i < value.length; i++) {
    const element = value[i];
    // A list that was loaded remembers which of its whole numbers were floats.
    const mark = typeof element === "number" && Array.isArray(value) ? markOf(value, i, element) : undefined;
    flatten(mark instanceof Float ? mark : element, shape, depth + 1, into);
  }
}

function isAtom(value: unknown): value is Atom {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ||
    value instanceof Complex || value instanceof Float;
}

function ragged(shape: readonly number[], depth: number, found: string): ArgumentError {
  const wanted = depth === shape.length ? "a single element" : `${shape[depth]} elements`;
  return new ArgumentError(
    `Cannot make a tensor of uneven arrays: found ${found} at dimension ${depth}, expected ${wanted}`,
    { code: "ELEMENTS" },
  );
}

function refused(value: unknown): ArgumentError {
  const found = value === null || value === undefined ? String(value)
    : typeof value === "object" ? value.constructor?.name ?? "an object" : `a ${typeof value}`;
  return new ArgumentError(
    `Cannot make a tensor of ${found}: expected numbers, bigints, booleans, Complex, or arrays of them`,
    { code: "ELEMENTS" },
  );
}

/** As torch infers: any complex number makes all complex, any float all floats; no elements at all are floats. */
function inferred(atoms: readonly Atom[]): DType {
  let rank = atoms.length === 0 ? 2 : 0;
  for (const atom of atoms) rank = Math.max(rank, rankOf(atom));
  return dtypeById([BOOL, INT64, FLOAT32, COMPLEX64][rank]);
}

function rankOf(atom: Atom): number {
  if (typeof atom === "boolean") return 0;
  if (typeof atom === "bigint") return 1;
  if (typeof atom === "number") return Number.isSafeInteger(atom) && !Object.is(atom, -0) ? 1 : 2;
  return atom instanceof Float ? 2 : 3;
}

function bytesOf(atoms: readonly Atom[], type: DType): Uint8Array {
  if (type.kind === "int" || type.kind === "uint") return integerBytes(atoms, type);
  // Everything else goes by way of doubles: exact, or rounded once.
  const width = type.isComplex ? 2 : 1;
  const doubles = new Float64Array(allocate(atoms.length * width * 8).buffer);
  for (let i = 0; i < atoms.length; i++) {
    const atom = atoms[i];
    if (atom instanceof Complex) {
      if (width === 1) throw outOfRange(atom.toString(), type);
      doubles[2 * i + 1] = atom.im;
    }
    doubles[i * width] = atom instanceof Complex ? atom.re : atom instanceof Float ? atom.value : Number(atom);
  }
  const bytes = new Uint8Array(doubles.buffer);
  const double = dtypeById(FLOAT64);
  if (!type.isComplex) return type === double ? bytes : convertBytes(bytes, double, type);
  return partOf(type) === double ? bytes : convertBytes(bytes, dtypeById(COMPLEX128), type);
}

/** Integers are refused where they do not fit; negative ones wrap into unsigned dtypes, as in torch. */
function integerBytes(atoms: readonly Atom[], type: DType): Uint8Array {
  const bits = type.itemsize * 8;
  const top = 2n ** BigInt(type.kind === "uint" ? bits : bits - 1);
  const view = new DataView(allocate(atoms.length * type.itemsize).buffer);
  for (let i = 0; i < atoms.length; i++) {
    const atom = atoms[i];
    const number = atom instanceof Float ? atom.value : atom;
    if (number instanceof Complex || (typeof number === "number" && !Number.isFinite(number))) {
      throw outOfRange(String(number), type);
    }
    const integer = BigInt(typeof number === "number" ? Math.trunc(number) : number);
    if (integer >= top || integer < (type.kind === "uint" ? 1n - top : -top)) throw outOfRange(String(integer), type);
    const wrapped = BigInt.asUintN(bits, integer);
    if (bits === 64) view.setBigUint64(i * 8, wrapped, true);
    else if (bits === 32) view.setUint32(i * 4, Number(wrapped), true);
    else if (bits === 16) view.setUint16(i * 2, Number(wrapped), true);
    else view.setUint8(i, Number(wrapped));
  }
  return new Uint8Array(view.buffer);
}

function outOfRange(found: string, type: DType): ArgumentError {
  return new ArgumentError(
    `Cannot make a ${type.name} element of ${found}: it does not fit`,
    { code: "ELEMENT_RANGE" },
  );
}
