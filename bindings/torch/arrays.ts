// Which typed array shows the elements of a dtype: of the element's own width, so that no bit is changed on the way.
// JavaScript has no half floats in every runtime, hence Uint16Array and Uint8Array for the small ones; complex numbers
// are pairs of their parts.

import {
  BFLOAT16, BITS16, FLOAT16, FLOAT32, FLOAT64, INT16, INT32, INT64, INT8, QINT32, QINT8, UINT16, UINT32, UINT64,
} from "../../assembly/shared/dtypes.js";
import { partOf, type DType } from "./dtype.js";

/** Every array that `data` can give. */
export type TensorData =
  | Float32Array | Float64Array | BigInt64Array | BigUint64Array | Int32Array | Uint32Array | Int16Array | Uint16Array
  | Int8Array | Uint8Array;

interface ArrayMaker {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorData;
  readonly BYTES_PER_ELEMENT: number;
}

function makerOf(part: DType): ArrayMaker {
  switch (part.id) {
    case FLOAT32: return Float32Array;
    case FLOAT64: return Float64Array;
    case INT64: return BigInt64Array;
    case UINT64: return BigUint64Array;
    case INT32: case QINT32: return Int32Array;
    case UINT32: return Uint32Array;
    case INT16: return Int16Array;
    case UINT16: case BITS16: case FLOAT16: case BFLOAT16: return Uint16Array;
    case INT8: case QINT8: return Int8Array;
    default: return Uint8Array;
  }
}

/** The elements in these bytes as a typed array: a view where they are aligned, a copy where not. */
export function arrayOver(type: DType, bytes: Uint8Array): TensorData {
  const Maker = makerOf(partOf(type));
  const width = Maker.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return new Maker(aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
}
