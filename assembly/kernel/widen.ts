// Half precision to single, bit for bit: every value of a 16-bit float is a single, so nothing is rounded.
//
//   float16    s eeeee ffffffffff               1, 5, 10 bits     bias 15
//   bfloat16   s eeeeeeee fffffff               1, 8, 7           bias 127: the upper half of a single
//   float32    s eeeeeeee fffffffffffffffffffffff   1, 8, 23      bias 127
//
// Integer arithmetic only, apart from subnormals: a NaN keeps its sign, its payload and whether it signals, which a
// detour through a float register need not. `from` and `to` are blocks of the host's own that do not overlap.

const SIGN: u32 = 0x8000;
const MAGNITUDE: u32 = 0x7fff;
const INFINITE: u32 = 0x7c00; // magnitudes from here on: infinity, then NaNs
const NORMAL: u32 = 0x0400; // magnitudes below: zero and subnormals
const BIAS: u32 = 0x38000000; // (127 - 15) << 23
const EXPONENT: u32 = 0x7f800000;
const UNIT: f32 = 5.9604644775390625e-8; // 2^-24, what one unit of a subnormal half is worth

export function widenF16(from: usize, to: usize, count: u32): void {
  const end = from + (<usize>count << 1);
  if (ASC_FEATURE_SIMD) {
    for (; end - from >= 8; from += 8, to += 16) v128.store(to, widen4(v128.load_ext<u16>(from)));
  }
  while (from < end) {
    store<u32>(to, widen1(<u32>load<u16>(from)));
    from += 2;
    to += 4;
  }
}

export function widenBf16(from: usize, to: usize, count: u32): void {
  const end = from + (<usize>count << 1);
  if (ASC_FEATURE_SIMD) {
    for (; end - from >= 8; from += 8, to += 16) v128.store(to, i32x4.shl(v128.load_ext<u16>(from), 16));
  }
  while (from < end) {
    store<u32>(to, <u32>load<u16>(from) << 16);
    from += 2;
    to += 4;
  }
}

/** The bits of the single that equals half `h`. */
function widen1(h: u32): u32 {
  const sign = (h & SIGN) << 16;
  const magnitude = h & MAGNITUDE;
  if (magnitude >= INFINITE) return sign | EXPONENT | (magnitude << 13);
  if (magnitude >= NORMAL) return sign | ((magnitude << 13) + BIAS);
  // A subnormal half is a whole number of units, and a normal single: this product is exact.
  return sign | reinterpret<u32>(<f32>magnitude * UNIT);
}

/** The same for four halves, each in the low bits of its lane: all three cases, and a choice by mask. */
function widen4(h: v128): v128 {
  const magnitude = v128.and(h, i32x4.splat(MAGNITUDE));
  const bias = i32x4.splat(BIAS);
  const normal = i32x4.add(i32x4.shl(magnitude, 13), bias);
  // Twice the bias takes the exponent of infinity, 31, to 255.
  const large = i32x4.add(normal, v128.and(i32x4.ge_s(magnitude, i32x4.splat(INFINITE)), bias));
  const small = f32x4.mul(f32x4.convert_i32x4_s(magnitude), f32x4.splat(UNIT));
  const value = v128.bitselect(small, large, i32x4.lt_s(magnitude, i32x4.splat(NORMAL)));
  return v128.or(value, i32x4.shl(v128.xor(h, magnitude), 16));
}
