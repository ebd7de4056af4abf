// The syntax of a float in protocol 0: what Python's float() takes, without blanks and underscores.
//
//   [+-] digits [. digits] [e [+-] digits]     or . digits for the digits, or nan, inf, infinity in any case

export const FORM_NONE: u32 = 0;
export const FORM_FINITE: u32 = 1;
export const FORM_NAN: u32 = 2;
export const FORM_INFINITE: u32 = 3;

// "infinity", "nan"
const words: usize = memory.data<u8>([105, 110, 102, 105, 110, 105, 116, 121, 110, 97, 110]);

/** What the n bytes at `at` spell. They lie within the pickle. */
export function floatForm(at: usize, n: u32): u32 {
  const end = at + n;
  let p = at;
  if (p < end && (load<u8>(p) == 43 || load<u8>(p) == 45)) p++;
  if (isWord(p, end, words + 8, 3)) return FORM_NAN;
  if (isWord(p, end, words, 3) || isWord(p, end, words, 8)) return FORM_INFINITE;
  const whole = p;
  p = digitsEnd(p, end);
  let digits = p - whole;
  if (p < end && load<u8>(p) == 46) {
    const fraction = p + 1;
    p = digitsEnd(fraction, end);
    digits += p - fraction;
  }
  if (digits == 0) return FORM_NONE;
  if (p < end && (load<u8>(p) | 32) == 101) {
    p++;
    if (p < end && (load<u8>(p) == 43 || load<u8>(p) == 45)) p++;
    const exponent = p;
    p = digitsEnd(p, end);
    if (p == exponent) return FORM_NONE;
  }
  return p == end ? FORM_FINITE : FORM_NONE;
}

function digitsEnd(p: usize, end: usize): usize {
  while (p < end && <u32>load<u8>(p) - 48 < 10) p++;
  return p;
}

function isWord(p: usize, end: usize, word: usize, n: usize): bool {
  if (end - p != n) return false;
  for (let i: usize = 0; i < n; i++) if ((load<u8>(p + i) | 32) != load<u8>(word + i)) return false;
  return true;
}
