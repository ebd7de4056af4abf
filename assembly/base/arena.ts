// Memory. Blocks come from heap.alloc after memory has been grown by hand, because heap.alloc traps when there is none.
// Nothing is given back to the system: dropping the instance does that. A block that a column outgrew is kept on a
// short list, and the next column that grows takes it.

const MAX_BLOCK: usize = 0x3fffff00; // heap.alloc's own bound, just under 1 GiB
const MIN_KEPT: usize = 4096;
const KEPT: usize = 64;
const kept: usize = memory.data(64 * 8, 8); // KEPT × { u32 address, u32 bytes }

/** A block of n bytes, 16-byte aligned; 0 when there is no room. Never traps. */
export function claim(n: usize): usize {
  if (n > MAX_BLOCK) return 0;
  const found = take(n);
  if (found != 0) return found;
  const end = <u64>heap.alloc(16) + 32 + n + 32;
  const have = <u64>memory.size() << 16;
  if (end > have && !grow(<i32>((end - have + 0xffff) >> 16))) return 0;
  return heap.alloc(n);
}

/** Grows memory by a quarter, or a megabyte, where that is more: a call of memory.grow costs more than pages that nobody touches. */
function grow(pages: i32): bool {
  const roomy = max(16, memory.size() >> 2);
  if (roomy > pages && memory.grow(roomy) >= 0) return true;
  return memory.grow(pages) >= 0;
}

/** A longer block that begins with the n bytes of one, which is given back; 0 where memory is spent. */
export function grown(at: usize, n: usize, size: usize): usize {
  const to = claim(size);
  if (to == 0) return 0;
  memory.copy(to, at, n);
  giveBack(at, n);
  return to;
}

/** Keeps a block that is no longer needed, so that `claim` can hand it out again. */
export function giveBack(at: usize, n: usize): void {
  if (at == 0 || n < MIN_KEPT) return;
  let smallest: usize = kept;
  for (let i: usize = 0; i < KEPT; i++) {
    const row = kept + (i << 3);
    if (load<u32>(row, 4) < load<u32>(smallest, 4)) smallest = row;
  }
  if (load<u32>(smallest, 4) >= <u32>n) return;
  store<u32>(smallest, <u32>at);
  store<u32>(smallest, <u32>n, 4);
}

/** A kept block of n to 4n bytes, or 0. */
function take(n: usize): usize {
  if (n < MIN_KEPT) return 0;
  for (let i: usize = 0; i < KEPT; i++) {
    const row = kept + (i << 3);
    const size = <usize>load<u32>(row, 4);
    if (size >= n && size >> 2 <= n) {
      const at = <usize>load<u32>(row);
      store<u64>(row, 0);
      return at;
    }
  }
  return 0;
}
