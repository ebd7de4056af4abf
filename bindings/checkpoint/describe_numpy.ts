// Values of NumPy as a description has them: as NumPy itself gives them, by dtype, shape, hash and first elements.
import { swapBytes } from "../core/kernels.js";
import { Complex } from "../python/complex.js";
import { quoteBytes } from "../python/quote.js";
import { Tuple } from "../python/tuple.js";
import type { NumpyDType } from "../numpy/dtype.js";
import { elementText, timeOf, type NumpyElement } from "../numpy/elements.js";
import { NDArray } from "../numpy/ndarray.js";
import { NumpyScalar } from "../numpy/scalar.js";
import { floatNode, intNode, type Digest } from "./describe_elements.js";
import type { Json } from "./json.js";
import type { NumpyValue } from "./rebuild_numpy.js";

/** Elements shown. */
const FIRST = 8;

/** The node of a value of NumPy's that holds no Python objects. */
export function numpyNode(value: NumpyValue, digest: Digest): Json {
  if (value instanceof NumpyScalar) return { npscalar: { dtype: nativeText(value.dtype), value: scalarNode(value) } };
  if (!(value instanceof NDArray)) return { npdtype: value.descr };
  const { dtype, shape } = value;
  const bytes = orderedBytes(value);
  return {
    ndarray: {
      dtype: nativeText(dtype), shape: shape.map(intNode), fortran: isFortran(value), nbytes: value.nbytes, sha256: digest(bytes),
      first: value.first(FIRST).map((element) => elementNode(dtype, element)),
    },
  };
}

/** NumPy turns arrays and scalars to the machine's byte order as it reads them; brine keeps the file's, and tells them so. */
function nativeText({ str }: NumpyDType): string {
  return str.replace(">", "<");
}

/** In memory it is Fortran's order and not C's: an array of one row is both. */
function isFortran({ fortranOrder, shape, size }: NDArray): boolean {
  return fortranOrder && size > 0 && shape.filter((n) => n !== 1).length > 1;
}

/** The elements in C order, little-endian where they have an order. */
function orderedBytes(array: NDArray): Uint8Array {
  const { dtype, bytes, size } = array;
  const isBig = dtype.byteOrder === ">";
  if (!isFortran(array) && !isBig) return bytes;
  const { itemsize } = dtype;
  const out = isFortran(array) ? new Uint8Array(bytes.length) : bytes.slice();
  if (isFortran(array)) {
    for (let i = 0; i < size; i++) {
      const from = array.placeOf(i) * itemsize;
      out.set(bytes.subarray(from, from + itemsize), i * itemsize);
    }
  }
  const width = dtype.kind === "U" ? 4 : dtype.kind === "c" ? itemsize / 2 : itemsize;
  if (isBig) swapBytes(out, width as 2 | 4 | 8); // only elements of these sizes have an order
  return out;
}

function elementNode(dtype: NumpyDType, value: NumpyElement): Json {
  if (value === null) return null;
  const time = timeOf(dtype, value);
  if (time !== undefined && time !== null) return typeof time === "bigint" ? intNode(time) : time.str;
  if (typeof value === "number" && dtype.kind === "f") return floatNode(value);
  if (typeof value === "number" || typeof value === "bigint") return intNode(value);
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (value instanceof Complex) return { complex: [floatNode(value.re), floatNode(value.im)] };
  if (value instanceof Uint8Array) return quoteBytes(value);
  return value instanceof Tuple ? elementText(dtype, value) : value.map((item) => elementNode(dtype.base ?? dtype, item as NumpyElement));
}

/** A scalar's bytes are shown as their digits. */
function scalarNode({ dtype, value }: NumpyScalar): Json {
  if (!(value instanceof Uint8Array)) return elementNode(dtype, value);
  return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
