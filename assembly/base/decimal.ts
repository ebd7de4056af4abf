// Integers in decimal.

/** Writes a number so that it ends before `end`, in 20 bytes at most, and answers where it begins. */
export function decimalBefore(end: usize, value: i64): usize {
  let rest = value < 0 ? 0 - <u64>value : <u64>value;
  do {
    store<u8>(--end, <u8>(48 + rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (value < 0) store<u8>(--end, 45);
  return end;
}
