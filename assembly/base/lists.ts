// Tables written as text in the source, so that people can read and check them. The build packs them
// (scripts/pack-transform.mjs), and one is unpacked when it is first asked for:
//
//   u16 characters    then, until there are so many,    0ccccccc           a character
//                                                       1nnnnbbb bbbbbbbb  n + 3 characters again, from b back
//
// Unpacked, each line ends with a line feed, and the table with a zero.
import { claim } from "./arena";
import { sameText } from "./table";

/** The characters of a table in memory of their own; 0 where memory is spent. */
export function unpacked(table: string): usize {
  let from = changetype<usize>(table);
  const n = <usize>load<u16>(from);
  const text = claim(n + 2);
  if (text == 0) return 0;
  let at = text;
  const end = text + n;
  for (from += 2; at < end; from++) {
    let back = <usize>load<u8>(from);
    if (back < 0x80) {
      store<u8>(at++, <u8>back);
      continue;
    }
    const stop = at + ((back >> 3) & 15) + 3;
    back = ((back & 7) << 8) | <usize>load<u8>(++from);
    for (; at < stop; at++) store<u8>(at, load<u8>(at - back));
  }
  store<u16>(end, 10);
  return text;
}

/** Where the word at p ends: at a space, `=` or line feed. */
export function wordEnd(p: usize): usize {
  let c = load<u8>(p);
  while (c != 32 && c != 61 && c != 10) c = load<u8>(++p);
  return p;
}

export function lineEnd(p: usize): usize {
  while (load<u8>(p) != 10) p++;
  return p;
}

/** Is the text the word from `from` to `to`? */
export function isWord(from: usize, to: usize, at: usize, n: u32): bool {
  return sameText(from, <u32>(to - from), at, n);
}

/** The next line, from the one at p on, that begins with this word: where the word ends; 0: there is none. */
export function findLine(p: usize, at: usize, n: u32): usize {
  for (; load<u8>(p) != 0; p = lineEnd(p) + 1) {
    const end = wordEnd(p);
    if (isWord(p, end, at, n)) return end;
  }
  return 0;
}
