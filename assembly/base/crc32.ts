// CRC-32 as zip has it (polynomial 0xEDB88320, reflected), sixteen bytes a round: sixteen tables, each of which says
// what a byte does to the sum once it has moved on by so many places. The caller vouches for the range.
const TABLES: u32 = 16;
const tables: usize = memory.data(16 * 1024, 16);
let made: bool = false;

function makeTables(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let c = i;
    for (let k = 0; k < 8; k++) c = (c >>> 1) ^ (0xedb88320 & (0 - (c & 1)));
    store<u32>(tables + (<usize>i << 2), c);
  }
  for (let t: u32 = 1; t < TABLES; t++) {
    for (let i: u32 = 0; i < 256; i++) {
      const c = entry(t - 1, i);
      store<u32>(tables + (<usize>t << 10) + (<usize>i << 2), (c >>> 8) ^ entry(0, c & 0xff));
    }
  }
  made = true;
}

function entry(table: u32, i: u32): u32 {
  return load<u32>(tables + (<usize>table << 10) + (<usize>i << 2));
}

/** The CRC-32 of n bytes at `at`, going on from that of the bytes before them (0: there are none). */
export function crc32(at: usize, n: u32, seed: u32): u32 {
  if (!made) makeTables();
  let c = ~seed;
  for (; n >= 16; n -= 16, at += 16) {
    c = four(load<u32>(at) ^ c, 12) ^ four(load<u32>(at, 4), 8);
    c ^= four(load<u32>(at, 8), 4) ^ four(load<u32>(at, 12), 0);
  }
  for (; n != 0; n--, at++) c = (c >>> 8) ^ entry(0, (c ^ <u32>load<u8>(at)) & 0xff);
  return ~c;
}

/** What four bytes do to the sum when `behind` more bytes of the round stand behind them. */
function four(w: u32, behind: u32): u32 {
  return (
    entry(behind + 3, w & 0xff) ^ entry(behind + 2, (w >>> 8) & 0xff) ^ entry(behind + 1, (w >>> 16) & 0xff) ^
    entry(behind, w >>> 24)
  );
}
