// Byte order: turns every 2, 4 or 8 bytes round, in place. Files written on a big-endian machine need it.
//
//   swap32   00 01 02 03 | 04 05 06 07   →   03 02 01 00 | 07 06 05 04
//
// A bulk loop over a range that the host has allocated itself: nothing here comes from a file but the bytes' values.
// Bytes behind the last whole element stay as they are, as in torch, which counts whole elements. The SIMD loop is one
// for all sizes; the scalar build has a loop for each.

const ROUND: usize = 32; // bytes

export function swap16(at: usize, bytes: u32): void {
  const end = at + <usize>(bytes & ~1);
  if (ASC_FEATURE_SIMD) {
    turn(at, end, v128(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  } else {
    // Four elements a round: the two masks exchange the bytes of each 16-bit lane.
    for (; end - at >= 8; at += 8) {
      const v = load<u64>(at);
      store<u64>(at, ((v & 0x00ff00ff00ff00ff) << 8) | ((v >> 8) & 0x00ff00ff00ff00ff));
    }
    for (; at < end; at += 2) store<u16>(at, bswap<u16>(load<u16>(at)));
  }
}

export function swap32(at: usize, bytes: u32): void {
  const end = at + <usize>(bytes & ~3);
  if (ASC_FEATURE_SIMD) {
    turn(at, end, v128(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  } else {
    for (; at < end; at += 4) store<u32>(at, bswap<u32>(load<u32>(at)));
  }
}

export function swap64(at: usize, bytes: u32): void {
  const end = at + <usize>(bytes & ~7);
  if (ASC_FEATURE_SIMD) {
    turn(at, end, v128(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
  } else {
    for (; at < end; at += 8) store<u64>(at, bswap<u64>(load<u64>(at)));
  }
}

const last: usize = memory.data(32, 16); // the bytes of the last round, and what is behind them

/** Puts the bytes of every 16 in the order that `places` says. */
function turn(at: usize, end: usize, places: v128): void {
  for (; end - at >= ROUND; at += ROUND) turnRound(at, places);
  memory.copy(last, at, end - at);
  turnRound(last, places);
  memory.copy(at, last, end - at);
}

function turnRound(at: usize, places: v128): void {
  const a = v128.load(at);
  const b = v128.load(at, 16);
  v128.store(at, i8x16.swizzle(a, places));
  v128.store(at, i8x16.swizzle(b, places), 16);
}
