// Python's text of str and bytes, with its choice of quotes and its escapes.

import { LimitError } from "../core/errors.js";
import { rarely } from "./printing.js";

/**
 * Characters of one text. Forty lists, each holding the one before it twice, would print as a million million: a text
 * must end somewhere, and an engine's strings end at 2^29.
 */
export const MAX_TEXT = 134217728;

/** Printable ASCII that needs no escape between single quotes: what nearly every str is. */
const PLAIN = /^[ -&(-[\]-~]*$/;
/** Bytes whose text is made at a time. */
const PIECE = 65536;
/** Characters of the longest escape of a byte, `\x00`. */
const ESCAPE = 4;

/** Python's `repr` of a str: single quotes, unless it has those and no double ones. */
export function quoteText(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const pieces: string[] = [quote];
  let length = text.length;
  let from = 0; // what stands before it is in `pieces`
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at)!; // at is inside the text
    const width = code > 0xffff ? 2 : 1;
    const escape = escapeOf(code, quote);
    if (escape !== "") {
      if (from < at) pieces.push(text.slice(from, at));
      pieces.push(escape);
      length += escape.length - width;
      if (length > MAX_TEXT) throw tooLong(length);
      from = at + width;
    }
    at += width;
  }
  pieces.push(text.slice(from), quote);
  return pieces.join("");
}

/**
 * Python's `repr` of bytes, such as `b'ab\x00'`.
 *
 * @param isArray Of a bytearray's bytes: there CPython 3.11 escapes single quotes within double ones too
 */
export function quoteBytes(bytes: Uint8Array, isArray: boolean = false): string {
  const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'";
  const pieces: string[] = ["b", quote];
  let length = 0;
  if (bytes.length > MAX_TEXT) throw tooLong(bytes.length);
  const escapes = byteEscapes(isArray ? "'" : quote);
  const codes = new Uint8Array(Math.min(bytes.length, PIECE) * ESCAPE);
  const decoder = new TextDecoder(); // of ASCII only
  for (let from = 0; from < bytes.length; from += PIECE) {
    const to = Math.min(from + PIECE, bytes.length);
    let filled = 0;
    for (let at = from; at < to; at++) {
      // No escape has a zero in it, and each has one code at least
      for (let i = ESCAPE * bytes[at], end = i + ESCAPE; i < end && escapes[i] !== 0; i++) codes[filled++] = escapes[i];
    }
    pieces.push(decoder.decode(codes.subarray(0, filled)));
    length += filled;
    if (length > MAX_TEXT) throw tooLong(length);
  }
  pieces.push(quote);
  return pieces.join("");
}

/** The error for a text of more than MAX_TEXT characters. */
export function tooLong(found: number): LimitError {
  return new LimitError(`Cannot print this value: its text has more than ${MAX_TEXT} characters, print parts of it`, {
    code: "TEXT_TOO_LONG",
    found,
    limit: MAX_TEXT,
  });
}

/** How a code point is escaped between these quotes; "" where it stands for itself. */
function escapeOf(code: number, quote: string): string {
  if (code === 0x5c) return "\\\\";
  if (code === quote.charCodeAt(0)) return `\\${quote}`;
  if (code >= 0x20 && code < 0x7f) return "";
  if (code === 0x0a) return "\\n";
  if (code === 0x0d) return "\\r";
  if (code === 0x09) return "\\t";
  if (isPrintable(code)) return "";
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

/**
 * Does Python write it as it is? The engine says so of text that came from no file, where no file brought the table: its
 * Unicode may be another version's.
 */
function isPrintable(code: number): boolean {
  return rarely.here?.isPrintable(code) ?? !/[\p{C}\p{Z}]/u.test(String.fromCodePoint(code));
}

/** The text of each byte: ESCAPE codes, those that are not needed 0. */
function byteEscapes(quote: string): Uint8Array {
  const table = new Uint8Array(256 * ESCAPE);
  for (let byte = 0; byte < 256; byte++) {
    const escape = byte < 0x7f ? escapeOf(byte, quote) || String.fromCharCode(byte) : `\\x${hex(byte, 2)}`;
    for (let i = 0; i < escape.length; i++) table[byte * ESCAPE + i] = escape.charCodeAt(i);
  }
  return table;
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, "0");
}
