// Bytes of one element, by dtype number (shared/dtypes.ts). quint4x2, quint2x4 and float4_e2m1fn_x2 pack several values
// into what torch counts as one element of a byte.
import { DTYPES } from "../shared/dtypes";

const sizes: usize = memory.data<u8>([
  1, // untyped: bytes
  8, 4, 2, 2, // float64 float32 float16 bfloat16
  8, 4, 2, 1, 1, 1, // int64 int32 int16 int8 uint8 bool
  16, 8, // complex128 complex64
  1, 1, 4, 1, 1, // qint8 quint8 qint32 quint4x2 quint2x4
  4, 4, // complex32 bcomplex32
  2, 4, 8, // uint16 uint32 uint64
  1, 1, 1, 1, 1, 1, // float8: five kinds; float4_e2m1fn_x2
  1, 2, 1, 1, 1, // bits8 bits16 bits1x8 bits2x4 bits4x2
  1, 1, 1, 1, 1, 1, 1, // int1 … int7
  1, 1, 1, 1, 1, 1, 1, // uint1 … uint7
]);

export function itemSize(dtype: u32): u32 {
  return dtype < <u32>DTYPES ? <u32>load<u8>(sizes + dtype) : 1;
}
