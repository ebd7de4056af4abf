// Leaves of the graph: None, numbers and text. They have no identity that a container shares, so each is made where it is
// used, and nothing is kept of it; but a float that looks like an int, a NaN with bits of its own and a str of its own
// come in a box (`Float`, `Str`), for the container that they go into to remember.
import * as K from "../../assembly/shared/kinds.js";
import { VISIBLE_OWN_TEXT } from "../../assembly/shared/columns.js";
import { UnpicklingError } from "../core/errors.js";
import { asciiText, latin1Text, utf8Text } from "../core/text.js";
import { Float } from "../python/float.js";
import { Str } from "../python/str.js";
import type { Columns } from "./columns.js";

/** A leaf's value. */
export type Leaf = null | boolean | number | bigint | string | Uint8Array | Float | Str;

/** Makes leaves. */
export class Leaves {
  readonly #columns: Columns;
  readonly #encoding: string;
  readonly #f64: DataView = new DataView(new ArrayBuffer(8));
  /** A str of its own is the same object wherever it stands. */
  readonly #own: Map<number, Str> = new Map();

  constructor(columns: Columns, encoding: string) {
    this.#columns = columns;
    this.#encoding = encoding.toLowerCase();
  }

  /** Is a node of this kind a leaf? */
  static has(kind: number): boolean {
    return kind <= K.K_TEXT || kind === K.K_BYTESTR || kind === K.K_FLOATTEXT;
  }

  /** The value of a node that is a leaf. */
  value(n: number): Leaf {
    const { u8, kind } = this.#columns;
    const a = this.#columns.a[n];
    const b = this.#columns.b[n];
    switch (kind[n]) {
      case K.K_NONE: return null;
      case K.K_BOOL: return a !== 0;
      case K.K_INT: return integer(a, b);
      case K.K_BIG: return bigInt(u8, a, b);
      case K.K_DECIMAL: return BigInt(asciiText(u8, a, b).replace("+", ""));
      case K.K_FLOAT: return this.#float(a, b);
      case K.K_FLOATTEXT: return boxedFloat(floatText(asciiText(u8, a, b)));
      case K.K_ASCII: return this.#text(n, asciiText(u8, a, b));
      case K.K_TEXT: return this.#text(n, utf8Text(u8, a, b));
      default: return this.#encoding === "bytes" ? u8.slice(a, a + b) : this.#text(n, this.#byteText(a, b));
    }
  }

  #float(a: number, b: number): number | Float {
    this.#f64.setUint32(0, b);
    this.#f64.setUint32(4, a);
    const value = this.#f64.getFloat64(0);
    if (value !== value && (b !== 0x7ff80000 || a !== 0)) return new Float(value, (BigInt(b) << 32n) | BigInt(a));
    return boxedFloat(value);
  }

  #text(n: number, text: string): string | Str {
    if (this.#columns.visible[n] !== VISIBLE_OWN_TEXT) return text;
    let own = this.#own.get(n);
    if (own === undefined) this.#own.set(n, (own = new Str(text)));
    return own;
  }

  /** Python 2 had one type for text and bytes; which it is, and in what encoding, the caller says. */
  #byteText(a: number, b: number): string {
    const { u8 } = this.#columns;
    if (this.#encoding.startsWith("latin")) return latin1Text(u8, a, b);
    const bytes = u8.subarray(a, a + b);
    try {
      if (this.#encoding === "ascii" && bytes.some((byte) => byte > 127)) throw new RangeError("A byte is above 127");
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new UnpicklingError(`A Python 2 str of ${b} bytes is not ${this.#encoding}: load with encoding: "latin1"`, {
        code: "ENCODING", record: "data.pkl", cause,
      });
    }
  }
}

/** A value out of its box. */
export function unboxed<T>(value: T): T | number | string {
  return value instanceof Float || value instanceof Str ? value.value : value;
}

function integer(a: number, b: number): number | bigint {
  const value = (b | 0) * 4294967296 + a;
  return Number.isSafeInteger(value) ? value : BigInt.asIntN(64, (BigInt(b) << 32n) | BigInt(a));
}

function boxedFloat(value: number): number | Float {
  return Number.isSafeInteger(value) ? new Float(value) : value;
}

/** An integer from little-endian two's complement. */
function bigInt(u8: Uint8Array, at: number, length: number): bigint {
  if (length === 0) return 0n;
  const digits = new Array<string>(length);
  for (let i = 0; i < length; i++) digits[length - 1 - i] = u8[at + i].toString(16).padStart(2, "0");
  return BigInt.asIntN(length * 8, BigInt("0x" + digits.join("")));
}

/** A float from the text of protocol 0, whose syntax the core has checked. */
function floatText(text: string): number {
  const plain = text.trim().toLowerCase();
  if (/^[+-]?nan$/.test(plain)) return NaN;
  const inf = /^([+-]?)inf(inity)?$/.exec(plain);
  if (inf !== null) return inf[1] === "-" ? -Infinity : Infinity;
  return Number(plain);
}
