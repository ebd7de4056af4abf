// The element types of torch (reference §4.1, §4.2), in the order of their numbers in assembly/shared/dtypes.ts. A
// DType is made once for each name, so that `===` compares them.

import {
  BCOMPLEX32, BFLOAT16, BITS16, BITS1X8, BITS2X4, BITS4X2, BITS8, BOOL, COMPLEX128, COMPLEX32, COMPLEX64, FLOAT16,
  FLOAT32, FLOAT4_E2M1FN_X2, FLOAT64, FLOAT8_E4M3FN, FLOAT8_E4M3FNUZ, FLOAT8_E5M2, FLOAT8_E5M2FNUZ, FLOAT8_E8M0FNU,
  INT1, INT16, INT32, INT64, INT8, QINT32, QINT8, QUINT2X4, QUINT4X2, QUINT8, UINT1, UINT16, UINT32, UINT64, UINT8,
  UNTYPED,
} from "../../assembly/shared/dtypes.js";
import { ArgumentError } from "../core/errors.js";
import { inspectSymbol, reprSymbol } from "../python/symbols.js";

/** What the bits of an element mean. `named` types have no tensors of their own: int1 to int7 and uint1 to uint7. */
export type DTypeKind = "float" | "int" | "uint" | "bool" | "complex" | "quantized" | "bits" | "named";

/** Every name that `dtype()` knows, short ones apart. */
export type DTypeName =
  | "float64" | "float32" | "float16" | "bfloat16" | "int64" | "int32" | "int16" | "int8" | "uint8" | "bool"
  | "complex128" | "complex64" | "qint8" | "quint8" | "qint32" | "quint4x2" | "quint2x4" | "complex32" | "bcomplex32"
  | "uint16" | "uint32" | "uint64" | "float8_e5m2" | "float8_e4m3fn" | "float8_e5m2fnuz" | "float8_e4m3fnuz"
  | "float8_e8m0fnu" | "float4_e2m1fn_x2" | "bits8" | "bits16" | "bits1x8" | "bits2x4" | "bits4x2"
  | "int1" | "int2" | "int3" | "int4" | "int5" | "int6" | "int7"
  | "uint1" | "uint2" | "uint3" | "uint4" | "uint5" | "uint6" | "uint7";

/** An element type. Prints as `torch.float32`. */
export class DType {
  /** torch's name of it, such as `float32`. */
  readonly name: string;
  /** Its number in the core's columns. */
  readonly id: number;
  /** Bytes of one element; 1 where several share a byte. */
  readonly itemsize: number;
  readonly kind: DTypeKind;
  /** The class that storages of it are pickled as, such as `FloatStorage`; null where that is UntypedStorage. */
  readonly storageClass: string | null;
  /** Elements in a byte: 2 for quint4x2, 4 for quint2x4, else 1. */
  readonly perByte: number;
  readonly isFloatingPoint: boolean;
  readonly isComplex: boolean;

  constructor(
    name: string, id: number, itemsize: number, kind: DTypeKind, storageClass: string | null = null, perByte = 1,
  ) {
    this.name = name;
    this.id = id;
    this.itemsize = itemsize;
    this.kind = kind;
    this.storageClass = storageClass;
    this.perByte = perByte;
    this.isFloatingPoint = kind === "float";
    this.isComplex = kind === "complex";
    Object.freeze(this);
  }

  toString(): string {
    return `torch.${this.name}`;
  }

  [reprSymbol](): string {
    return `torch.${this.name}`;
  }

  [inspectSymbol](): string {
    return `torch.${this.name}`;
  }
}

const TABLE: readonly DType[] = [
  new DType("float64", FLOAT64, 8, "float", "DoubleStorage"),
  new DType("float32", FLOAT32, 4, "float", "FloatStorage"),
  new DType("float16", FLOAT16, 2, "float", "HalfStorage"),
  new DType("bfloat16", BFLOAT16, 2, "float", "BFloat16Storage"),
  new DType("int64", INT64, 8, "int", "LongStorage"),
  new DType("int32", INT32, 4, "int", "IntStorage"),
  new DType("int16", INT16, 2, "int", "ShortStorage"),
  new DType("int8", INT8, 1, "int", "CharStorage"),
  new DType("uint8", UINT8, 1, "uint", "ByteStorage"),
  new DType("bool", BOOL, 1, "bool", "BoolStorage"),
  new DType("complex128", COMPLEX128, 16, "complex", "ComplexDoubleStorage"),
  new DType("complex64", COMPLEX64, 8, "complex", "ComplexFloatStorage"),
  new DType("qint8", QINT8, 1, "quantized", "QInt8Storage"),
  new DType("quint8", QUINT8, 1, "quantized", "QUInt8Storage"),
  new DType("qint32", QINT32, 4, "quantized", "QInt32Storage"),
  new DType("quint4x2", QUINT4X2, 1, "quantized", "QUInt4x2Storage", 2),
  new DType("quint2x4", QUINT2X4, 1, "quantized", "QUInt2x4Storage", 4),
  new DType("complex32", COMPLEX32, 4, "complex"),
  new DType("bcomplex32", BCOMPLEX32, 4, "complex"),
  new DType("uint16", UINT16, 2, "uint"),
  new DType("uint32", UINT32, 4, "uint"),
  new DType("uint64", UINT64, 8, "uint"),
  new DType("float8_e5m2", FLOAT8_E5M2, 1, "float"),
  new DType("float8_e4m3fn", FLOAT8_E4M3FN, 1, "float"),
  new DType("float8_e5m2fnuz", FLOAT8_E5M2FNUZ, 1, "float"),
  new DType("float8_e4m3fnuz", FLOAT8_E4M3FNUZ, 1, "float"),
  new DType("float8_e8m0fnu", FLOAT8_E8M0FNU, 1, "float"),
  new DType("float4_e2m1fn_x2", FLOAT4_E2M1FN_X2, 1, "float"),
  new DType("bits8", BITS8, 1, "bits"),
  new DType("bits16", BITS16, 2, "bits"),
  new DType("bits1x8", BITS1X8, 1, "bits"),
  new DType("bits2x4", BITS2X4, 1, "bits"),
  new DType("bits4x2", BITS4X2, 1, "bits"),
  ...[1, 2, 3, 4, 5, 6, 7].map((bits) => new DType(`int${bits}`, INT1 + bits - 1, 1, "named")),
  ...[1, 2, 3, 4, 5, 6, 7].map((bits) => new DType(`uint${bits}`, UINT1 + bits - 1, 1, "named")),
];

/** The bytes of an untyped storage: no dtype of torch's, but the core numbers it among them. */
export const untyped: DType = new DType("untyped", UNTYPED, 1, "uint", "UntypedStorage");

const BY_NAME: ReadonlyMap<string, DType> = new Map([
  ...TABLE.map((one): [string, DType] => [one.name, one]),
  ...([
    ["double", "float64"], ["float", "float32"], ["half", "float16"], ["long", "int64"], ["int", "int32"],
    ["short", "int16"], ["cdouble", "complex128"], ["cfloat", "complex64"], ["chalf", "complex32"],
  ] as const).map(([short, name]): [string, DType] => [short, TABLE.find((one) => one.name === name)!]),
]);
const BY_ID: readonly DType[] = [untyped, ...TABLE];

/**
 * The dtype of a name.
 *
 * @param name torch's name, such as `float32`; its short names (`float`, `half`, `long` …) too
 * @throws ArgumentError `DTYPE` where torch has none of that name
 */
export function dtype(name: string | DType): DType {
  if (name instanceof DType) return name;
  const found = findDType(name);
  if (found === undefined) {
    throw new ArgumentError(
      `No dtype is named ${JSON.stringify(String(name))}: expected one such as "float32" or "int64"`,
      { code: "DTYPE" },
    );
  }
  return found;
}

/** The dtype of a name, or undefined where torch has none. */
export function findDType(name: string): DType | undefined {
  return BY_NAME.get(name);
}

/**
 * The dtype of a number in the core's columns; 0 gives the bytes of an untyped storage.
 *
 * @throws ArgumentError `DTYPE` where there is none of that number
 */
export function dtypeById(id: number): DType {
  const found = BY_ID[id];
  if (found === undefined) throw new ArgumentError(`No dtype has the number ${id}`, { code: "DTYPE" });
  return found;
}

/** What the real and the imaginary part of a complex dtype are; any other dtype is its own part. */
export function partOf(type: DType): DType {
  switch (type.id) {
    case COMPLEX128: return BY_ID[FLOAT64];
    case COMPLEX64: return BY_ID[FLOAT32];
    case COMPLEX32: return BY_ID[FLOAT16];
    case BCOMPLEX32: return BY_ID[BFLOAT16];
    default: return type;
  }
}
