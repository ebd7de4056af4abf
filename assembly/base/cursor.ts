// The bounded cursor: the only code that loads from input. `open`ed on a block of memory, it answers 0 past the end and
// remembers that it did; callers look once, with `ended`, or ask `has` before they take.
//
// The bound is `n <= length && at <= length - n`, unsigned, which no n can slip past.

let base: usize = 0;
let length: u32 = 0;
let at: u32 = 0;

/** Points the cursor at `n` bytes at `address`, `start` bytes in. */
export function openCursor(address: usize, n: u32, start: u32): void {
  base = address;
  length = n;
  at = start;
}

export function has(n: u32): bool {
  return n <= length && at <= length - n;
}

/** Bytes from the block's start. */
export function position(): u32 {
  return at;
}

export function seek(to: u32): void {
  at = to;
}

export function remaining(): u32 {
  return at <= length ? length - at : 0;
}

/** Where the next byte stands in memory. */
export function here(): usize {
  return base + <usize>at;
}

export function skip(n: u32): void {
  at += n;
}

// The takers. Each is called after `has` has said yes.

export function takeU8(): u32 {
  const v = <u32>load<u8>(base + <usize>at);
  at += 1;
  return v;
}

export function takeU16(): u32 {
  const v = <u32>load<u16>(base + <usize>at);
  at += 2;
  return v;
}

export function takeU32(): u32 {
  const v = load<u32>(base + <usize>at);
  at += 4;
  return v;
}

export function takeU64(): u64 {
  const v = load<u64>(base + <usize>at);
  at += 8;
  return v;
}
