// A growing run of bytes, kept as a block and two numbers. There are two in an instance: the pickle being written, and
// the output window that the host drains; a writer is known by its number.
import { widen } from "./columns";

export const PICKLE: u32 = 0;
export const OUT: u32 = 1;
const writers: usize = memory.data<u32>([0, 0, 0, 1, 0, 0, 0, 1]); // as a row of base/columns.ts: bytes are its rows

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
  return widen(row, n, 65536) ? <usize>load<u32>(row) + <usize>load<u32>(row, 4) : 0;
}

export function advance(w: u32, n: u32): void {
  const row = writers + (<usize>w << 4);
  store<u32>(row, load<u32>(row, 4) + n, 4);
}
