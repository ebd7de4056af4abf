// Byte order: turns every 2, 4 or 8 bytes round, in place. Files written on a big-endian machine need it.
//
//   swap32   00 01 02 03 | 04 05 06 07   →   03 02 01 00 | 07 06 05 04
//
// A bulk loop over a range that the host has allocated itself: nothing here comes from a file but the bytes' values.
// Bytes behind the last whole element stay as they are, as in torch, which counts whole elements. The SIMD loop does 32
// bytes a round; the scalar tail is also the whole scalar build.

export function swap16(at: usize, bytes: u32): void {
  const end = at + <usize>(bytes & ~1);
  if (ASC_FEATURE_SIMD) {
    while (end - at >= 32) {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      v128.store(at, i8x16.shuffle(a, a, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
      v128.store(at, i8x16.shuffle(b, b, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14), 16);
      at += 32;
    }
  }
  // Four elements a round: the two masks exchange the bytes of each 16-bit lane.
  while (end - at >= 8) {
    const v = load<u64>(at);
    store<u64>(at, ((v & 0x00ff00ff00ff00ff) << 8) | ((v >> 8) & 0x00ff00ff00ff00ff));
    at += 8;
  }
  while (at < end) {
    store<u16>(at, bswap<u16>(load<u16>(at)));
    at += 2;
  }
}

export function swap32(at: usize, bytes: u32): void {
  const end = at + <usize>(bytes & ~3);
  if (ASC_FEATURE_SIMD) {
    while (end - at >= 32) {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      v128.store(at, i8x16.shuffle(a, a, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
      v128.store(at, i8x16.shuffle(b, b, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12), 16);
      at += 32;
    }
  }
  while (at < end) {
    store<u32>(at, bswap<u32>(load<u32>(at)));
    at += 4;
  }
}

export function swap64(at: usize, bytes: u32): void {
  const end = at + <usize>(bytes & ~7);
  if (ASC_FEATURE_SIMD) {
    while (end - at >= 32) {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      v128.store(at, i8x16.shuffle(a, a, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
      v128.store(at, i8x16.shuffle(b, b, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8), 16);
      at += 32;
    }
  }
  while (at < end) {
    store<u64>(at, bswap<u64>(load<u64>(at)));
    at += 8;
  }
}
