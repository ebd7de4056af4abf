// Names of zip records: opaque bytes, compared whole, or with ASCII letters in either case as torch does. All of these
// are bulk loops over ranges that the directory's reader has already found to be inside its block.

const CASE: u64 = 0x2020202020202020;

/** Eight bytes at once, A-Z made a-z, other bytes as they are. */
function lower(w: u64): u64 {
  const low = w & 0x7f7f7f7f7f7f7f7f;
  const pastZ = low + 0x2525252525252525; // high bit: above 'Z'
  const fromA = low + 0x3f3f3f3f3f3f3f3f; // high bit: 'A' or above
  const upper = (fromA ^ pastZ) & ~w & 0x8080808080808080;
  return w | (upper >> 2 & CASE);
}

/** The n < 8 bytes at `at`, as the low bytes of a word. */
function few(at: usize, n: u32): u64 {
  let w: u64 = 0;
  for (let i: u32 = 0; i < n; i++) w |= <u64>load<u8>(at + i) << (i << 3);
  return w;
}

/** The last bytes of a name: its last eight, some of which were taken before, or the few that it has. */
function last(at: usize, n: u32): u64 {
  return n < 8 ? few(at, n) : load<u64>(at + n - 8);
}

export function sameBytes(a: usize, b: usize, n: u32): bool {
  for (let i: u32 = 0; i + 8 <= n; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  return last(a, n) == last(b, n);
}

/** Equal but for the case of ASCII letters. */
export function sameName(a: usize, b: usize, n: u32): bool {
  for (let i: u32 = 0; i + 8 <= n; i += 8) {
    const x = load<u64>(a + i);
    const y = load<u64>(b + i);
    if (x != y && lower(x) != lower(y)) return false;
  }
  return lower(last(a, n)) == lower(last(b, n));
}

/** A hash in which the case of ASCII letters does not count. */
export function hashName(at: usize, n: u32, seed: u64): u64 {
  let h = mix(seed ^ <u64>n);
  for (let i: u32 = 0; i + 8 <= n; i += 8) h = mix(h ^ lower(load<u64>(at + i)));
  return mix(h ^ lower(last(at, n)));
}

/** One round: multiply, and let the high bits, which depend on all, reach the low ones. */
function mix(h: u64): u64 {
  h *= 0x9fb21c651e98df25;
  h ^= h >>> 32;
  h *= 0xd6e8feb86659fd93;
  return h ^ (h >>> 29);
}
