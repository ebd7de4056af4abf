// Tables written as text in the source, so that people can read and check them: a string literal stands in static
// memory with two bytes a character, and is narrowed once, when it is first asked for.
import { claim } from "./arena";

/** The bytes of an ASCII literal, followed by a line feed, in memory of their own; 0 where memory is spent. */
export function narrowed(text: string): usize {
  const n = text.length;
  const to = claim(<usize>n + 1);
  if (to == 0) return 0;
  const from = changetype<usize>(text);
  for (let i: usize = 0; i < <usize>n; i++) store<u8>(to + i, <u8>load<u16>(from + (i << 1)));
  store<u8>(to + <usize>n, 10);
  return to;
}
