// JSON read strictly, byte by byte, where a document decides what is read from a file. JSON.parse cannot serve: of two equal
// keys it keeps the last without a word, it rounds large integers, and it has an object made of everything. Here whoever reads
// asks for what the grammar wants next, so that nothing is made that nobody asked for, and no file decides how deep calls go.
//
//   scanner.open("{");
//   while (scanner.next("}")) { const key = scanner.key(); … }    next: is there another member? It takes the comma
//   scanner.end();
import { FormatError } from "../core/errors.js";
import { asciiText } from "../core/text.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;

/** Values that are passed over may nest so deep: indexes hold flat maps. */
const MAX_DEPTH = 64;

/** Text from UTF-8, or a TypeError. A byte order mark is text, and no JSON begins with one. */
const utf8: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads one JSON text. */
export class JsonScanner {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  readonly #base: number;
  #at = 0;
  /** Where the last token began. */
  #token = 0;
  /** An array or object was opened just now: its first member has no comma before it. */
  #fresh = false;

  /**
   * @param what what is read, for messages, such as `safetensors header`
   * @param base the offset of the first byte, for errors
   */
  constructor(bytes: Uint8Array, what: string, base: number = 0) {
    this.#bytes = bytes;
    this.#what = what;
    this.#base = base;
  }

  /** The offset at which the last token began. */
  get offset(): number {
    return this.#base + this.#token;
  }

  /** An error about the last token. */
  error(code: string, message: string): FormatError {
    return new FormatError(`Cannot read ${this.#what}: ${message}`, { code, offset: this.offset });
  }

  /** Takes the beginning of an object or an array. */
  open(bracket: "{" | "["): void {
    if (this.#take() !== bracket.charCodeAt(0)) throw this.#unlike(bracket === "{" ? "an object" : "an array");
    this.#fresh = true;
  }

  /** Is there another member before this end? The comma before it, or the end, is taken. */
  next(end: "}" | "]"): boolean {
    const fresh = this.#fresh;
    this.#fresh = false;
    const byte = this.#take();
    if (byte === end.charCodeAt(0)) return false;
    if (fresh) this.#at = this.#token;
    else if (byte !== COMMA) throw this.#broken(`"," or "${end}"`);
    return true;
  }

  /** A key, and the colon behind it. */
  key(): string {
    if (this.#take() !== QUOTE) throw this.#broken("a key in quotes");
    const at = this.#token;
    const key = this.#text();
    if (this.#take() !== COLON) throw this.#broken("\":\"");
    this.#token = at;
    return key;
  }

  /** A text. */
  text(what: string): string {
    if (this.#take() !== QUOTE) throw this.#unlike(what);
    return this.#text();
  }

  /** A whole number from 0 to 2^53 - 1, written in digits alone. */
  count(what: string): number {
    const bytes = this.#bytes;
    const first = this.#take();
    if (!isDigit(first)) throw this.#unlike(what);
    let value = first - ZERO;
    let at = this.#at;
    if (value !== 0) while (isDigit(bytes[at])) value = value * 10 + bytes[at++] - ZERO;
    // Past 2^53 the value is rounded, and still past it.
    if (isDigit(bytes[at]) || isNumberPart(bytes[at]) || value > Number.MAX_SAFE_INTEGER) throw this.error("JSON_FORM", `expected ${what} at byte ${this.offset}, a whole number from 0 to 2^53 - 1`);
    this.#at = at;
    return value;
  }

  /** Passes over a value of any kind; it has to be JSON, and no deeper than 64 levels. */
  skip(): void {
    const ends: ("}" | "]")[] = [];
    do {
      // Where a container is open, its next member or its end; else the value that was asked for.
      const end = ends.at(-1);
      if (end !== undefined && !this.next(end)) {
        ends.pop();
        continue;
      }
      if (end === "}") this.key();
      const bracket = this.#peek();
      if (bracket === "{" || bracket === "[") {
        if (ends.length === MAX_DEPTH) throw this.error("JSON_FORM", `values nest deeper than ${MAX_DEPTH} levels at byte ${this.offset}`);
        this.open(bracket);
        ends.push(bracket === "{" ? "}" : "]");
      } else this.#scalar();
    } while (ends.length > 0);
  }

  /** Only white space may follow. */
  end(): void {
    if (this.#take() !== -1) throw this.#broken("nothing more");
  }

  /** The next character that is no white space, not taken. */
  #peek(): string {
    const byte = this.#take();
    this.#at = this.#token;
    return byte < 0 ? "" : String.fromCharCode(byte);
  }

  /** Takes the next byte that is no white space; -1 behind the last one. */
  #take(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    while (isSpace(bytes[at])) at++;
    this.#token = at;
    this.#at = at + 1;
    return at < bytes.length ? bytes[at] : -1;
  }

  /** What follows a quote that was taken, up to the next one. */
  #text(): string {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let plain = true;
    for (; bytes[at] !== QUOTE; at++) {
      const byte = bytes[at];
      if (byte === undefined) throw this.#broken("a closing quote");
      if (byte < 0x20) throw this.error("JSON", `found a control character at byte ${this.#base + at} inside a text, expected an escape`);
      if (byte === BACKSLASH) at++; // whatever it is, it does not end the text
      if (byte === BACKSLASH || byte > 0x7f) plain = false;
    }
    this.#at = at + 1;
    return plain ? asciiText(bytes, from, at - from) : this.#escapedText(from, at);
  }

  /** A text with escapes, or beyond ASCII. */
  #escapedText(from: number, to: number): string {
    let text: string;
    try {
      text = JSON.parse(`"${utf8.decode(this.#bytes.subarray(from, to))}"`) as string; // quotes inside are escaped
    } catch {
      throw this.error("JSON", `the text at byte ${this.offset} is not UTF-8, or has an escape that JSON does not know`);
    }
    if (/\p{Surrogate}/u.test(text)) throw this.error("JSON", `the text at byte ${this.offset} has half of a surrogate pair`);
    return text;
  }

  /** Takes a text, a number, true, false or null. */
  #scalar(): void {
    if (this.#take() === QUOTE) {
      this.#text();
      return;
    }
    let end = this.#token;
    while (end < this.#bytes.length && end - this.#token < 400 && isWordPart(this.#bytes[end])) end++;
    const word = asciiText(this.#bytes, this.#token, end - this.#token);
    if (!/^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)$/.test(word)) throw this.#broken("a value");
    this.#at = end;
  }

  /** This is JSON, of another form. */
  #unlike(what: string): FormatError {
    return this.#token < this.#bytes.length ? this.error("JSON_FORM", `expected ${what} at byte ${this.offset}, found ${this.#found()}`) : this.#broken(what);
  }

  /** This is no JSON. */
  #broken(wanted: string): FormatError {
    return this.error("JSON", `found ${this.#found()} at byte ${this.offset}, expected ${wanted}`);
  }

  #found(): string {
    const byte = this.#bytes[this.#token];
    if (byte === undefined) return "its end";
    if (byte === QUOTE) return "a quote";
    return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16).padStart(2, "0")}`;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** A point, or what begins an exponent. */
function isNumberPart(byte: number | undefined): boolean {
  return byte === 0x2e || byte === 0x65 || byte === 0x45;
}

/** Letters, digits, `+`, `-` and points: what words and numbers are made of. */
function isWordPart(byte: number): boolean {
  return isDigit(byte) || byte >= 0x61 && byte <= 0x7a || byte === 0x45 || byte === 0x2b || byte === 0x2d || byte === 0x2e;
}
