// Gather: elements that stand apart, as shape and stride say, written side by side in row-major order.
//
//   dims   i64 shape[ndim]   i64 stride[ndim]     strides in elements; 0 repeats an element, less than 0 goes back
//
// The host has checked that every element lies in the block it handed over, and that the result fits. Dimensions of
// size 1 are dropped and neighbours that form one run are joined, so most views become one or two loops. What is left
// turns as an odometer, without recursion: every dimension has at least 2 entries, and 64 of those pass any memory.

const MAX_DIMS: u32 = 64;
const ROW: usize = 32;
const dimTable: usize = memory.data(64 * 32, 8); // { i64 size, i64 bytes apart here, i64 bytes apart there, i64 turned }
let rank: u32 = 0;
let source: usize = 0;
let target: usize = 0;

/** Gathers from the element at `from` (the view's first) to `to`. itemSize is 1, 2, 4, 8 or 16; others do nothing. */
export function gather(from: usize, to: usize, itemSize: u32, ndim: u32, dims: usize): void {
  if (itemSize == 0 || itemSize > 16 || (itemSize & (itemSize - 1)) != 0) return;
  if (!simplify(itemSize, ndim, dims)) return;
  source = from;
  target = to;
  let n: usize = 1;
  let step: isize = <isize>itemSize;
  if (rank != 0) {
    rank--;
    const inner = dimTable + <usize>rank * ROW;
    n = <usize>load<i64>(inner);
    step = <isize>load<i64>(inner, 8);
  }
  if (step > <isize>itemSize && itemSize <= 8) {
    for (let d: u32 = rank; d != 0; d--) {
      const row = dimTable + <usize>(d - 1) * ROW;
      if (load<i64>(row, 8) != <i64>itemSize) continue;
      // This dimension walks side by side in the source, the last one does not: a transposed matrix.
      const rows = <usize>load<i64>(row);
      const width = <usize>load<i64>(row, 16);
      rank--;
      memory.copy(row, row + ROW, <usize>(rank - (d - 1)) * ROW);
      do transpose(itemSize, rows, width, n, step); while (turn());
      return;
    }
  }
  do copyRow(source, target, itemSize, n, step); while (turn());
}

/** Fills the table with the dimensions that matter; false where there is nothing to write, or more than memory holds. */
function simplify(itemSize: u32, ndim: u32, dims: usize): bool {
  rank = 0;
  const strides = dims + (<usize>ndim << 3);
  for (let d: u32 = 0; d < ndim; d++) if (load<i64>(dims + (<usize>d << 3)) <= 0) return false;
  for (let d: u32 = 0; d < ndim; d++) {
    const size = load<i64>(dims + (<usize>d << 3));
    if (size == 1) continue;
    const stride = load<i64>(strides + (<usize>d << 3)) * <i64>itemSize;
    if (rank != 0) {
      const last = dimTable + <usize>(rank - 1) * ROW;
      if (load<i64>(last, 8) == stride * size) { // the dimension before continues where this one ends
        store<i64>(last, load<i64>(last) * size);
        store<i64>(last, stride, 8);
        continue;
      }
    }
    if (rank == MAX_DIMS) return false;
    const at = dimTable + <usize>rank * ROW;
    store<i64>(at, size);
    store<i64>(at, stride, 8);
    store<i64>(at, 0, 24);
    rank++;
  }
  let apart = <i64>itemSize;
  for (let d = rank; d != 0; d--) {
    const at = dimTable + <usize>(d - 1) * ROW;
    store<i64>(at, apart, 16);
    apart *= load<i64>(at);
  }
  return true;
}

/** Moves the odometer of dimensions 0 … rank - 1 on by one, and `source` and `target` with it; false when all are done. */
function turn(): bool {
  let d = rank;
  while (d != 0) {
    d--;
    const at = dimTable + <usize>d * ROW;
    const turned = load<i64>(at, 24) + 1;
    if (turned < load<i64>(at)) {
      store<i64>(at, turned, 24);
      source += <usize>load<i64>(at, 8);
      target += <usize>load<i64>(at, 16);
      return true;
    }
    store<i64>(at, 0, 24);
    source -= <usize>((turned - 1) * load<i64>(at, 8));
    target -= <usize>((turned - 1) * load<i64>(at, 16));
  }
  return false;
}

/** One row: n elements that stand `step` bytes apart. */
function copyRow(from: usize, to: usize, itemSize: u32, n: usize, step: isize): void {
  if (step == <isize>itemSize) {
    const bytes = n * <usize>itemSize;
    if (bytes >= 64) {
      memory.copy(to, from, bytes); // dearer than a few loads where the row is short
      return;
    }
  }
  const end = to + n * <usize>itemSize;
  const by = <usize>step;
  if (itemSize == 4) {
    for (; to < end; to += 4, from += by) store<u32>(to, load<u32>(from));
  } else if (itemSize == 2) {
    for (; to < end; to += 2, from += by) store<u16>(to, load<u16>(from));
  } else if (itemSize == 8) {
    for (; to < end; to += 8, from += by) store<u64>(to, load<u64>(from));
  } else if (itemSize == 1) {
    for (; to < end; to += 1, from += by) store<u8>(to, load<u8>(from));
  } else {
    for (; to < end; to += 16, from += by) {
      const low = load<u64>(from);
      const high = load<u64>(from, 8);
      store<u64>(to, low);
      store<u64>(to, high, 8);
    }
  }
}

/**
 * rows × n elements. Those of one column stand side by side in the source, and columns `step` bytes apart; rows are
 * written `width` bytes apart. Tiles of 64 columns: the lines of the source that one row of a tile touches are still in
 * the cache for the next rows.
 */
function transpose(itemSize: u32, rows: usize, width: usize, n: usize, step: isize): void {
  const item = <usize>itemSize;
  for (let c: usize = 0; c < n; c += 64) {
    const columns = min<usize>(64, n - c);
    const from = source + c * <usize>step;
    const to = target + c * item;
    let r: usize = 0;
    if (ASC_FEATURE_SIMD) {
      if (itemSize == 4 && columns >= 4) {
        for (; r + 4 <= rows; r += 4) tiles32(from + (r << 2), to + r * width, width, columns, step);
      } else if (itemSize == 2 && columns >= 8) {
        for (; r + 8 <= rows; r += 8) tiles16(from + (r << 1), to + r * width, width, columns, step);
      }
    }
    for (; r < rows; r++) copyRow(from + r * item, to + r * width, itemSize, columns, step);
  }
}

/** Four rows at once of 4-byte elements, four of at least four columns a round: a 4 × 4 transpose in registers. */
function tiles32(from: usize, to: usize, width: usize, columns: usize, step: isize): void {
  const by = <usize>step;
  for (let c: usize = 0; ; c += 4) {
    const a = v128.load(from);
    const b = v128.load(from + by);
    const d = v128.load(from + by * 2);
    const e = v128.load(from + by * 3);
    store4(to, width, low32(a, b), low32(d, e), high32(a, b), high32(d, e));
    const next = min<usize>(4, columns - c - 4); // the last round takes some columns a second time
    if (next == 0) return;
    c -= 4 - next;
    from += by * next;
    to += next << 2;
  }
}

/** Eight rows at once of 2-byte elements, eight of at least eight columns a round: pairs, then pairs of pairs, then halves. */
function tiles16(from: usize, to: usize, width: usize, columns: usize, step: isize): void {
  const by = <usize>step;
  for (let c: usize = 0; ; c += 8) {
    const far = from + (by << 2);
    const a = v128.load(from);
    const b = v128.load(from + by);
    const d = v128.load(from + by * 2);
    const e = v128.load(from + by * 3);
    const f = v128.load(far);
    const g = v128.load(far + by);
    const h = v128.load(far + by * 2);
    const i = v128.load(far + by * 3);
    const ab = low16(a, b);
    const de = low16(d, e);
    const fg = low16(f, g);
    const hi = low16(h, i);
    store4(to, width, low32(ab, de), low32(fg, hi), high32(ab, de), high32(fg, hi));
    const ab2 = high16(a, b);
    const de2 = high16(d, e);
    const fg2 = high16(f, g);
    const hi2 = high16(h, i);
    store4(to + (width << 2), width, low32(ab2, de2), low32(fg2, hi2), high32(ab2, de2), high32(fg2, hi2));
    const next = min<usize>(8, columns - c - 8);
    if (next == 0) return;
    c -= 8 - next;
    from += by * next;
    to += next << 1;
  }
}

function low16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

function high16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

function low32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

function high32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

/** Four rows: the halves of a and b, and those of d and e. */
function store4(to: usize, width: usize, a: v128, b: v128, d: v128, e: v128): void {
  storeHalves(to, width, a, b);
  storeHalves(to + (width << 1), width, d, e);
}

function storeHalves(to: usize, width: usize, a: v128, b: v128): void {
  v128.store_lane<u64>(to, a, 0);
  v128.store_lane<u64>(to, b, 0, 8);
  v128.store_lane<u64>(to + width, a, 1);
  v128.store_lane<u64>(to + width, b, 1, 8);
}
