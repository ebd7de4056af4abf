// A line of the pickle: the operand of protocol 0's opcodes, of GLOBAL and of INST. It ends with a line feed, which is
// not part of it; a carriage return is.
import { here, remaining, skip } from "../base/cursor";

let at: usize = 0;
let length: u32 = 0;

/** Takes the next line. False: the stream ends before one does. Loads from input, up to what `remaining` says. */
export function takeLine(): bool {
  at = here();
  const end = at + remaining();
  let p = at;
  if (ASC_FEATURE_SIMD) {
    for (; p + 16 <= end; p += 16) {
      const hits = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(10)));
      if (hits != 0) return found(p + ctz(hits));
    }
  }
  for (; p < end; p++) if (load<u8>(p) == 10) return found(p);
  return false;
}

function found(p: usize): bool {
  length = <u32>(p - at);
  skip(length + 1);
  return true;
}

export function lineAt(): usize {
  return at;
}

export function lineLength(): u32 {
  return length;
}
