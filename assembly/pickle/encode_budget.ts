// How much one call of `encode` may do: it is weary when it has written its budget of bytes, or taken as many steps
// without (frames that are opened and closed write next to nothing).
import { outSoFar } from "./encode_out";

let stop: u32 = 0;
let steps: u32 = 0;

/** A fresh budget of bytes. */
export function beginBudget(bytes: u32): void {
  const from = outSoFar();
  stop = bytes > 0xffffffff - from ? 0xffffffff : from + bytes;
  steps = bytes;
}

/** Is the budget spent? */
export function weary(): bool {
  if (outSoFar() >= stop) return true;
  if (steps == 0) return true;
  steps -= 1;
  return false;
}
