// How a value of NumPy stands in a pickle: a call, and the state that BUILD gives it.
//
//   dtype    numpy.dtype("f4", False, True)                               (3, "<", None, None, None, -1, -1, 0)
//   ndarray  numpy._core.multiarray._reconstruct(ndarray, (0,), b"b")     (1, shape, dtype, is_fortran, bytes or list)
//   scalar   numpy._core.multiarray.scalar(dtype, bytes)                  none
//
// A loaded value keeps the form that it came in, so that it is saved with the objects that it shared with others. Forms
// hang on their values by a WeakMap, as marks do.
import { Global } from "../python/object.js";
import type { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";

/** A call and its state. */
export interface Pickled {
  readonly callable: Global;
  readonly args: Tuple<Value>;
  readonly state: Tuple<Value> | undefined;
}

/** Where NumPy's functions live: `numpy._core` since NumPy 2, `numpy.core` before. */
export type CoreModule = "numpy._core" | "numpy.core";

const FORMS: WeakMap<object, Pickled> = new WeakMap();

/** Remembers the form that a value came in. */
export function rememberForm<T extends object>(value: T, form: Pickled): T {
  FORMS.set(value, form);
  return value;
}

/** The form that a value came in; undefined where it was made here. */
export function formOf(value: object): Pickled | undefined {
  return FORMS.get(value);
}

export const NDARRAY: Global = new Global("numpy", "ndarray");
export const DTYPE: Global = new Global("numpy", "dtype");

/** The module of a function of NumPy's, if it is one of the two spellings. */
export function coreModuleOf(callable: Global): CoreModule | undefined {
  if (callable.module === "numpy._core.multiarray") return "numpy._core";
  return callable.module === "numpy.core.multiarray" ? "numpy.core" : undefined;
}

/** CPython has one object for each bytes of length 0 and 1, and the pickler sees that it does. */
const SHORT: readonly Uint8Array[] = Array.from({ length: 257 }, (_, i) => (i === 256 ? new Uint8Array(0) : Uint8Array.of(i)));

/** Bytes as CPython would make them: the shared object where they are of length 0 or 1. */
export function pythonBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length > 1) return bytes;
  return SHORT[bytes.length === 0 ? 256 : bytes[0]];
}

/** Bytes as a pickle has them: a str of Python 2 holds one byte in each character. Undefined where it is neither. */
export function bytesOf(value: Value): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value.constructor === Uint8Array ? value : undefined;
  if (typeof value !== "string") return undefined;
  const bytes = new Uint8Array(value.length);
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 255) return undefined;
    bytes[i] = unit;
  }
  return bytes;
}

/** The sizes of a shape; undefined where it is none. NumPy has 64 dimensions at most. */
export function sizesOf(shape: Value): number[] | undefined {
  if (!Array.isArray(shape) || shape.length > 64) return undefined;
  const sizes: number[] = [];
  for (const size of shape) {
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return undefined;
    sizes.push(size);
  }
  return sizes;
}

/** The product of sizes, exact; undefined past 2^53. */
export function productOf(sizes: readonly number[]): number | undefined {
  if (sizes.includes(0)) return 0;
  let product = 1;
  for (const size of sizes) {
    product *= size;
    if (!Number.isSafeInteger(product)) return undefined;
  }
  return product;
}
