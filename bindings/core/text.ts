// Text between JavaScript (UTF-16, lone surrogates allowed) and a pickle (UTF-8 in which a lone surrogate stands as the
// three bytes of its code point, which TextDecoder and TextEncoder refuse or replace).

const strict: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder: TextEncoder = new TextEncoder();

/** Argument lists by length, written before each use: a name of 20 characters is made in one call, with nothing to collect. */
const units: number[][] = Array.from({ length: 65 }, (_, n) => new Array<number>(n).fill(0));

/** A str from `length` ASCII bytes at `at`. */
export function asciiText(u8: Uint8Array, at: number, length: number): string {
  if (length > 64) return latin1Text(u8, at, length);
  const list = units[length];
  for (let i = 0; i < length; i++) list[i] = u8[at + i];
  return String.fromCharCode.apply(null, list);
}

/** A str of the code points 0 to 255 that the bytes are. */
export function latin1Text(u8: Uint8Array, at: number, length: number): string {
  const pieces: string[] = [];
  for (let i = 0; i < length; i += 8192) {
    pieces.push(String.fromCharCode.apply(null, u8.subarray(at + i, at + Math.min(length, i + 8192)) as unknown as number[]));
  }
  return pieces.join("");
}

/** A str from UTF-8 that the core has checked, lone surrogates included. */
export function utf8Text(u8: Uint8Array, at: number, length: number): string {
  const bytes = u8.subarray(at, at + length);
  try {
    return strict.decode(bytes);
  } catch {
    return withSurrogates(bytes);
  }
}

/** Decodes code point by code point; only text with lone surrogates comes here. */
function withSurrogates(bytes: Uint8Array): string {
  const pieces: string[] = [];
  let units: number[] = [];
  for (let i = 0; i < bytes.length;) {
    const b = bytes[i];
    const size = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    let point = size === 1 ? b : b & (0x7f >> size);
    for (let k = 1; k < size; k++) point = (point << 6) | (bytes[i + k] & 0x3f);
    if (point > 0xffff) units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
    else units.push(point);
    if (units.length > 4096) {
      pieces.push(String.fromCharCode(...units));
      units = [];
    }
    i += size;
  }
  pieces.push(String.fromCharCode(...units));
  return pieces.join("");
}

/** UTF-8 of a str, lone surrogates as three bytes. */
export function utf8Bytes(text: string): Uint8Array {
  if (isWellFormed(text)) return encoder.encode(text);
  const out = new Uint8Array(text.length * 3);
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number; // i is in range
    if (point > 0xffff) {
      out[n++] = 0xf0 | (point >> 18);
      out[n++] = 0x80 | ((point >> 12) & 0x3f);
      out[n++] = 0x80 | ((point >> 6) & 0x3f);
      out[n++] = 0x80 | (point & 0x3f);
      i++;
    } else if (point > 0x7ff) {
      out[n++] = 0xe0 | (point >> 12);
      out[n++] = 0x80 | ((point >> 6) & 0x3f);
      out[n++] = 0x80 | (point & 0x3f);
    } else if (point > 0x7f) {
      out[n++] = 0xc0 | (point >> 6);
      out[n++] = 0x80 | (point & 0x3f);
    } else out[n++] = point;
  }
  return out.slice(0, n);
}

/** Has the text no lone surrogate? (String.prototype.isWellFormed, which Node 20 has and older browsers have not.) */
function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit > 0xdbff) return false;
    const next = text.charCodeAt(i + 1);
    if (!(next >= 0xdc00 && next <= 0xdfff)) return false;
    i++;
  }
  return true;
}
