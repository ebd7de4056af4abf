// When two keys are one key, as Python decides it (`==` and `hash`), on top of a JavaScript Map.
//
//   key                              compared by
//   str, Str                         text
//   int, bool, float, bigint         number: 1, True, 1n, 1.0 and complex(1, 0) are one key; 2**53 is one in every form
//   NaN                              identity: each is its own, held as a `Float`, since a Map holds one NaN only
//   bytes, tuple, frozenset,         value
//     complex, Global
//   everything else                  identity
//   list, dict, set, bytearray       not at all: UNHASHABLE
//
// A key has a *primary*: a value that a Map compares as Python compares the key. For text and numbers that is the key
// itself, and the Map needs no help. The other keys are "odd": an index, kept only where there are any, leads from
// their primary to the key as it stands in the Map. Primaries of composite keys are texts; no str is in the index.
//
// The text of a composite key is bounded: beyond LONG characters a 128-bit digest stands for it, and a tuple's text is
// made once. So neither a tuple of a million items, nor forty tuples that each hold the one before twice, make a lookup
// slow a second time. Who finds two long keys with one digest has merged two keys of his own.

import { ArgumentError } from "../core/errors.js";
import { Float } from "./float.js";
import { keySlot, setMark, tells } from "./marks.js";
import { Str } from "./str.js";
import { keySymbol } from "./symbols.js";

/** What `locate` answers where no such key can be. */
export const MISSING: unique symbol = Symbol("missing");

/** From the primary of each odd key to the key that stands for it. */
export type OddKeys = Map<unknown, unknown>;

/** The key as it stands in the Map, if it is there at all; MISSING where it cannot be. */
export function locate(odd: OddKeys | null, key: unknown, keep: boolean = false): unknown {
  if (typeof key === "string") return key;
  if (key instanceof Str) return key.value;
  const primary = primaryOf(key, keep);
  const held = odd?.get(primary);
  if (held !== undefined) return held;
  return typeof primary === "string" ? MISSING : primary;
}

/**
 * Takes a key that is not there yet: the key as it shall stand in the Map of `container`, marked where that does not
 * tell all. Odd keys go to the index, which `index` gives.
 */
export function admit(container: object, key: unknown, index: () => OddKeys): unknown {
  if (typeof key === "string") return key;
  if (typeof key === "number") {
    if (Number.isNaN(key)) return new Float(key);
    if (!Object.is(key, -0)) return key;
    setMark(container, keySlot(0), new Float(key)); // a Map makes it 0
    return 0;
  }
  if (key instanceof Float || key instanceof Str) {
    if (Number.isNaN(key.value)) return key;
    if (tells(key)) setMark(container, keySlot(key.value), key);
    return key.value;
  }
  const primary = primaryOf(key, true);
  if (primary !== key) index().set(primary, key);
  return key;
}

/** Text of this many characters stands for itself in a primary; longer text by its digest. */
const LONG = 256;
/** The texts of tuples and frozensets: they never change. */
const TEXTS: WeakMap<object, string> = new WeakMap();
/** The texts of long bytes that were given to `set`: whoever stores bytes as a key leaves them as they are. */
const BYTES: WeakMap<Uint8Array, string> = new WeakMap();

/**
 * What a Map compares as Python compares this key. A string is the text of a composite key, unless the key is a string.
 *
 * @param keep The key is being stored, so the text of its bytes may be remembered
 */
export function primaryOf(key: unknown, keep: boolean = false): unknown {
  if (typeof key === "boolean") return key ? 1 : 0;
  if (typeof key === "bigint") return integerKey(key);
  return typeof key === "object" && key !== null ? objectKey(key, keep) : key;
}

function integerKey(key: bigint): number | bigint {
  const near = Number(key);
  return Number.isFinite(near) && BigInt(near) === key ? near : key;
}

/** A value with a say in how it compares: a composite by its members, or a method that gives the primary. */
interface Keyed {
  readonly [keySymbol]?: "tuple" | "frozenset" | (() => unknown);
}

function objectKey(key: object, keep: boolean): unknown {
  const how = (key as Keyed)[keySymbol];
  if (typeof how === "function") return how.call(key);
  if (how !== undefined) return compositeText(key as Iterable<unknown> & object);
  if (key instanceof Uint8Array) return bytesText(key, keep);
  if (Array.isArray(key)) throw unhashable("list");
  if (key instanceof Map) throw unhashable("dict");
  if (key instanceof Set) throw unhashable("set");
  const prototype: unknown = Object.getPrototypeOf(key);
  if (prototype === Object.prototype || prototype === null) throw unhashable("dict");
  return key;
}

/** The error for a key that Python has no hash for. */
export function unhashable(type: string): ArgumentError {
  return new ArgumentError(`Cannot use this value as a key or set member: unhashable type: '${type}'`, {
    code: "UNHASHABLE",
  });
}

/** A composite whose text is being made. */
class Making {
  readonly target: object;
  readonly members: readonly unknown[];
  readonly parts: string[] = [];
  at = 0;
  /** It holds a NaN, which equals nothing: then the composite is one only with itself. */
  hasNaN = false;

  constructor(target: Iterable<unknown> & object) {
    this.target = target;
    this.members = Array.isArray(target) ? target : Array.from(target);
  }

  text(): string {
    if (this.hasNaN) return identityText(this.target);
    if (!Array.isArray(this.target)) return bounded(`{${this.parts.sort().join(",")}}`);
    return bounded(`(${this.parts.join(",")})`);
  }
}

/** The text of a tuple or frozenset, without recursion. */
function compositeText(root: Iterable<unknown> & object): string {
  const known = TEXTS.get(root);
  if (known !== undefined) return known;
  const stack: Making[] = [new Making(root)];
  for (;;) {
    const top = stack[stack.length - 1];
    if (top.at < top.members.length) {
      const member = top.members[top.at++];
      if (isComposite(member)) {
        const text = TEXTS.get(member);
        if (text === undefined) stack.push(new Making(member));
        else top.parts.push(text);
      } else if (typeof member === "number" && Number.isNaN(member)) top.hasNaN = true;
      else top.parts.push(atomText(member));
      continue;
    }
    const text = top.text();
    TEXTS.set(top.target, text);
    stack.pop();
    if (stack.length === 0) return text;
    stack[stack.length - 1].parts.push(text);
  }
}

function isComposite(value: unknown): value is Iterable<unknown> & object {
  return typeof value === "object" && value !== null && typeof (value as Keyed)[keySymbol] === "string";
}

/** The text of a member that has no members. Each begins with a letter for its kind; strings say their length. */
function atomText(member: unknown): string {
  const primary = member instanceof Str ? member.value : primaryOf(member, true);
  switch (typeof primary) {
    case "number":
      return `n${primary}`;
    case "bigint":
      return bounded(`d${primary.toString(16)}`);
    case "string":
      return bounded(`${typeof member === "string" || member instanceof Str ? "s" : "o"}${primary.length}:${primary}`);
    case "object":
    case "function":
      return primary === null ? "N" : identityText(primary);
    case "undefined":
      return "U";
    default:
      throw unhashable(typeof primary);
  }
}

function bytesText(bytes: Uint8Array, keep: boolean): string {
  if (bytes.length <= LONG) return `b${String.fromCharCode(...bytes)}`;
  const known = keep ? BYTES.get(bytes) : undefined;
  if (known !== undefined) return known;
  const text = `B${bytes.length}:${digest(bytes.length, (at) => bytes[at])}`;
  if (keep) BYTES.set(bytes, text);
  return text;
}

function bounded(text: string): string {
  return text.length <= LONG ? text : `H${text.length}:${digest(text.length, (at) => text.charCodeAt(at))}`;
}

/** 128 bits of four lanes that differ in multiplier and shift, as text. */
function digest(length: number, codeAt: (at: number) => number): string {
  let a = 1;
  let b = 2;
  let c = 3;
  let d = 4;
  for (let at = 0; at < length; at++) {
    const code = codeAt(at) + 1;
    a = Math.imul(a ^ code, 0x2c1b3c6d);
    a ^= a >>> 15;
    b = Math.imul(b ^ code, 0x297a2d39);
    b ^= b >>> 13;
    c = Math.imul(c ^ code, 0x1b56c4e9);
    c ^= c >>> 16;
    d = Math.imul(d ^ code, 0x3c6ef36f);
    d ^= d >>> 14;
  }
  return [a, b, c, d].map((lane) => (lane >>> 0).toString(36)).join(".");
}

/** Numbers for objects that compare by identity, so that a tuple's text can name them. */
class Numbers {
  readonly #numbers: WeakMap<object, number> = new WeakMap();
  #next = 0;

  of(object: object): number {
    let number = this.#numbers.get(object);
    if (number === undefined) this.#numbers.set(object, (number = this.#next++));
    return number;
  }
}

const NUMBERS: Numbers = new Numbers();

function identityText(object: object): string {
  return `i${NUMBERS.of(object)}`;
}
