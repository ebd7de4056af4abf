// The texts of small records: `version`, `.format_version`, `.storage_alignment` as C's stoull reads numbers (which is
// what torch does): blanks before, whatever behind. `byteorder` is one of two words.
import { has, openCursor, takeU8 } from "../base/cursor";

/** The number at the start of a text, at most 0xffffffff; 0 where there is none. A sign is no digit. */
export function leadingNumber(at: usize, n: u32): u32 {
  openCursor(at, n, 0);
  let value: u64 = 0;
  let blanks = true;
  while (has(1)) {
    const c = takeU8();
    if (blanks && (c == 0x20 || (c >= 9 && c <= 13))) continue;
    blanks = false;
    if (c < 0x30 || c > 0x39) break;
    value = min<u64>(value * 10 + <u64>(c - 0x30), 0xffffffff);
  }
  return <u32>value;
}

/** 1: "little", 2: "big", 0: neither. */
export function byteorderOf(at: usize, n: u32): u32 {
  openCursor(at, n, 0);
  let word: u64 = 0;
  if (n > 6) return 0;
  for (let i: u32 = 0; i < n; i++) word = (word << 8) | <u64>takeU8();
  return word == 0x6c6974746c65 ? 1 : word == 0x626967 ? 2 : 0;
}
