// Everything that `load` gives and `save` takes, as one type.

import type { Complex } from "./complex.js";
import type { Dict } from "./dict.js";
import type { Float } from "./float.js";
import type { FrozenSet } from "./frozenset.js";
import type { Global, PyObject } from "./object.js";
import type { Singleton } from "./singletons.js";
import type { Str } from "./str.js";
import type { reprSymbol } from "./symbols.js";
import type { Tuple } from "./tuple.js";

/** A value of torch's: tensor, storage, dtype, size, device, layout. Which one, `instanceof` tells. */
export interface TorchValue {
  [reprSymbol](): string;
}

/**
 * A Python value in JavaScript:
 *
 * | Python | here |
 * |---|---|
 * | None, bool, str | null, boolean, string (or `Str`) |
 * | int | number, bigint past 2^53 |
 * | float | number (or `Float`) |
 * | list, tuple, dict | Array, `Tuple`, `Dict` |
 * | set, frozenset | Set, `FrozenSet` |
 * | bytes, bytearray | Uint8Array, `ByteArray` |
 * | anything else | `Complex`, `Singleton`, `Global`, `PyObject`, torch's values |
 */
export type Value =
  | null | boolean | number | bigint | string | Float | Str | Complex | Uint8Array
  | Value[] | Tuple<Value> | Dict<Value, Value> | Set<Value> | FrozenSet<Value>
  | Singleton | Global | PyObject | TorchValue;
