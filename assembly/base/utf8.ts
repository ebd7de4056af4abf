// Is it UTF-8? As Python's "utf-8" with "surrogatepass" judges: no overlong form, nothing above U+10FFFF, but a surrogate
// may stand as three bytes (ED A0 80 … ED BF BF), since a Python str may hold one.
//
// These loops load from input, over a range that the caller has checked against the input's end.

export const INVALID: u32 = 0;
export const ASCII: u32 = 1;
export const TEXT: u32 = 2;
/** Well formed but for surrogates: no UTF-8 in the strict sense. */
export const SURROGATES: u32 = 3;

let wrongAt: u32 = 0;

/** After INVALID: how many bytes in the malformed sequence begins. */
export function utf8WrongAt(): u32 {
  return wrongAt;
}

/** Is every byte below 0x80? Short texts are covered by two loads that overlap. */
export function isAscii(at: usize, n: u32): bool {
  if (n < 8) {
    if (n >= 4) return ((load<u32>(at) | load<u32>(at + n - 4)) & 0x80808080) == 0;
    let bits: u32 = 0;
    for (let i: u32 = 0; i < n; i++) bits |= <u32>load<u8>(at + i);
    return bits < 0x80;
  }
  const end = at + n;
  let wide: u64 = 0;
  if (ASC_FEATURE_SIMD) {
    if (n >= 16) {
      let all = v128.load(end - 16);
      for (; at + 16 <= end; at += 16) all = v128.or(all, v128.load(at));
      return i8x16.bitmask(all) == 0;
    }
  }
  for (; at + 8 <= end; at += 8) wide |= load<u64>(at);
  return ((wide | load<u64>(end - 8)) & 0x8080808080808080) == 0;
}

/** INVALID, ASCII, TEXT or SURROGATES. */
export function checkUtf8(at: usize, n: u32): u32 {
  return isAscii(at, n) ? ASCII : checkWide(at, n);
}

function checkWide(start: usize, n: u32): u32 {
  const end = start + n;
  let at = start;
  let answer = TEXT;
  while (at < end) {
    const first = <u32>load<u8>(at);
    if (first < 0x80) {
      at += end - at >= 8 && (load<u64>(at) & 0x8080808080808080) == 0 ? 8 : 1;
      continue;
    }
    const size: usize = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || end - at < size) return wrong(at - start);
    const second = <u32>load<u8>(at, 1);
    if ((second & 0xc0) != 0x80) return wrong(at - start);
    if (size > 2) {
      if (first == 0xe0 && second < 0xa0) return wrong(at - start);
      if (first == 0xf0 && second < 0x90) return wrong(at - start);
      if (first == 0xf4 && second > 0x8f) return wrong(at - start);
      if (first == 0xed && second > 0x9f) answer = SURROGATES;
      if ((<u32>load<u8>(at, 2) & 0xc0) != 0x80) return wrong(at - start);
      if (size > 3 && (<u32>load<u8>(at, 3) & 0xc0) != 0x80) return wrong(at - start);
    }
    at += size;
  }
  return answer;
}

function wrong(at: usize): u32 {
  wrongAt = <u32>at;
  return INVALID;
}
