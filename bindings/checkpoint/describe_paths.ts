// Paths of a description: `$` is the root, `["key"]` a key, `[3]` an index or integer key, `[<repr>]` any other key.
import { Complex } from "../python/complex.js";
import { Float } from "../python/float.js";
import { FrozenSet } from "../python/frozenset.js";
import { PyObject } from "../python/object.js";
import { reprOf } from "../python/repr.js";
import { Str } from "../python/str.js";
import { Tuple } from "../python/tuple.js";

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'], ["\\", "\\\\"], ["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"], ["\b", "\\b"], ["\f", "\\f"],
]);

/** Text in quotes as Python's json module writes it without escaping: lone surrogates stay, as JSON.stringify's do not. */
function quoted(text: string): string {
  const escaped = text.replace(/["\\\x00-\x1f]/g, (unit) => {
    return ESCAPES.get(unit) ?? "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0");
  });
  return `"${escaped}"`;
}

/** The path of what a key leads to. */
export function keyPath(path: string, key: unknown, box: Float | Str | undefined): string {
  if (key instanceof Str) return keyPath(path, key.value, undefined);
  if (typeof key === "string") return `${path}[${quoted(key)}]`;
  const isInt = typeof key === "bigint" ||
    typeof key === "number" && !(box instanceof Float) && Number.isSafeInteger(key) && !Object.is(key, -0);
  if (isInt) return `${path}[${key}]`;
  const text = reprOf((box ?? key) as never);
  return `${path}[<${[...text].length < 60 ? text : typeName(key)}>]`;
}

/** The name of the class of a key whose text is too long to stand in a path. */
function typeName(key: unknown): string {
  if (key instanceof Tuple) return "tuple";
  if (key instanceof FrozenSet) return "frozenset";
  if (key instanceof Uint8Array) return "bytes";
  if (key instanceof Complex) return "complex";
  if (key instanceof PyObject) return key.name.slice(key.name.lastIndexOf(".") + 1);
  return typeof key === "object" && key !== null ? key.constructor.name : typeof key; // torch's classes go by the same names
}

/** Python's order of str: by code point, where JavaScript compares UTF-16 units. */
export function byCodePoint(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length;) {
    const x = a.codePointAt(i) as number; // both indices are in range
    const y = b.codePointAt(i) as number;
    if (x !== y) return x - y;
    i += x > 0xffff ? 2 : 1;
  }
  return a.length - b.length;
}
