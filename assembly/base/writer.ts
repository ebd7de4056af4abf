// A growing run of bytes, kept as a block and two numbers. There are two in an instance: the pickle being written, and
// the output window that the host drains; a writer is known by its number.
import { claim, giveBack } from "./arena";

export const PICKLE: u32 = 0;
export const OUT: u32 = 1;
const writers: usize = memory.data(2 * 16, 8); // { u32 address, u32 length, u32 capacity, u32 zero }

export function writtenAt(w: u32): usize {
  return <usize>load<u32>(writers + (<usize>w << 4));
}

export function written(w: u32): u32 {
  return load<u32>(writers + (<usize>w << 4), 4);
}

export function setWritten(w: u32, length: u32): void {
  store<u32>(writers + (<usize>w << 4), length, 4);
}

/** The address at which n more bytes can be stored, or 0 where memory is spent. `advance` then counts them. */
export function room(w: u32, n: u32): usize {
  const row = writers + (<usize>w << 4);
  const at = <usize>load<u32>(row);
  const length = <u64>load<u32>(row, 4);
  const capacity = <u64>load<u32>(row, 8);
  const wanted = length + <u64>n;
  if (wanted <= capacity) return at + <usize>length;
  let roomy = capacity + (capacity >> 1) + 65536;
  if (roomy < wanted) roomy = wanted;
  let to: usize = roomy < 0x3fffff00 ? claim(<usize>roomy) : 0;
  if (to == 0) {
    roomy = wanted;
    to = roomy < 0x3fffff00 ? claim(<usize>roomy) : 0;
    if (to == 0) return 0;
  }
  memory.copy(to, at, <usize>length);
  giveBack(at, <usize>capacity);
  store<u32>(row, <u32>to);
  store<u32>(row, <u32>roomy, 8);
  return to + <usize>length;
}

export function advance(w: u32, n: u32): void {
  const row = writers + (<usize>w << 4);
  store<u32>(row, load<u32>(row, 4) + n, 4);
}
