// Copies of what is mostly short: names, keys and texts. A call of memory.copy costs more than they do.

/** Copies n bytes between places that do not overlap. */
export function copyShort(to: usize, from: usize, n: u32): void {
  if (n > 64) return memory.copy(to, from, n);
  let i: usize = 0;
  for (; i + 8 <= <usize>n; i += 8) store<u64>(to + i, load<u64>(from + i));
  for (; i < <usize>n; i++) store<u8>(to + i, load<u8>(from + i));
}
