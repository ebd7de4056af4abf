// Element types by number. Read by asc and by tsc. The order is that of the tables in torch/dtypes.ts of both sides.

export const UNTYPED = 0;
export const FLOAT64 = 1;
export const FLOAT32 = 2;
export const FLOAT16 = 3;
export const BFLOAT16 = 4;
export const INT64 = 5;
export const INT32 = 6;
export const INT16 = 7;
export const INT8 = 8;
export const UINT8 = 9;
export const BOOL = 10;
export const COMPLEX128 = 11;
export const COMPLEX64 = 12;
export const QINT8 = 13;
export const QUINT8 = 14;
export const QINT32 = 15;
export const QUINT4X2 = 16;
export const QUINT2X4 = 17;
// From here on: no storage class of their own, written through UntypedStorage and _rebuild_tensor_v3.
export const COMPLEX32 = 18;
export const BCOMPLEX32 = 19;
export const UINT16 = 20;
export const UINT32 = 21;
export const UINT64 = 22;
export const FLOAT8_E5M2 = 23;
export const FLOAT8_E4M3FN = 24;
export const FLOAT8_E5M2FNUZ = 25;
export const FLOAT8_E4M3FNUZ = 26;
export const FLOAT8_E8M0FNU = 27;
export const FLOAT4_E2M1FN_X2 = 28;
export const BITS8 = 29;
export const BITS16 = 30;
export const BITS1X8 = 31;
export const BITS2X4 = 32;
export const BITS4X2 = 33;
// dtypes that are only ever named: int1 … int7, uint1 … uint7.
export const INT1 = 34;
export const UINT1 = 41;
export const DTYPES = 48;
