// The element types of safetensors, and torch's names for them.
import { dtype, type DType } from "../torch/dtype.js";

/** One element type. */
export interface SafeDType {
  /** Its name in a header. */
  readonly name: string;
  /** Bits of one element. */
  readonly bits: number;
  /** What torch calls it; null where torch has none. */
  readonly type: DType | null;
  /** Elements in one of torch's: two F4 are one float4_e2m1fn_x2. */
  readonly packed: number;
}

function one(name: string, bits: number, torch: string | null, packed: number = 1): SafeDType {
  return { name, bits, type: torch === null ? null : dtype(torch), packed };
}

/** All of them, in the order in which their tensors stand in a file from its end on: the official library's own. */
export const SAFE_DTYPES: readonly SafeDType[] = [
  one("BOOL", 8, "bool"),
  one("F4", 4, "float4_e2m1fn_x2", 2),
  one("F6_E2M3", 6, null),
  one("F6_E3M2", 6, null),
  one("U8", 8, "uint8"),
  one("I8", 8, "int8"),
  one("F8_E5M2", 8, "float8_e5m2"),
  one("F8_E4M3", 8, "float8_e4m3fn"),
  one("F8_E8M0", 8, "float8_e8m0fnu"),
  one("F8_E4M3FNUZ", 8, "float8_e4m3fnuz"),
  one("F8_E5M2FNUZ", 8, "float8_e5m2fnuz"),
  one("I16", 16, "int16"),
  one("U16", 16, "uint16"),
  one("F16", 16, "float16"),
  one("BF16", 16, "bfloat16"),
  one("I32", 32, "int32"),
  one("U32", 32, "uint32"),
  one("F32", 32, "float32"),
  one("C64", 64, "complex64"),
  one("F64", 64, "float64"),
  one("I64", 64, "int64"),
  one("U64", 64, "uint64"),
];

/** The place of a name in `SAFE_DTYPES`. */
export const BY_SAFE_NAME: ReadonlyMap<string, number> = new Map(SAFE_DTYPES.map(({ name }, i) => [name, i]));

/** The place of one of torch's dtypes in `SAFE_DTYPES`. */
export const BY_TORCH_NAME: ReadonlyMap<string, number> = new Map(SAFE_DTYPES.flatMap(({ type }, i) => (type === null ? [] : [[type.name, i] as const])));
