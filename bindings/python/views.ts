// What `keys()`, `values()` and `items()` of a dict give: the Map's own iterators, that print as Python's views do. To
// print one does not use it up.

import { LIST, keyMembers, pairMembers, TUPLES, valueMembers } from "./layout.js";
import type { Layout } from "./layout.js";
import { reprOf } from "./printing.js";
import { inspectSymbol, layoutSymbol } from "./symbols.js";

/** Which side of a dict a view shows. */
export type ViewKind = "keys" | "values" | "items";

/** An iterator over a dict that prints as `odict_keys(['a', 'b'])`. */
export interface View<T> extends MapIterator<T> {
  toString(): string;
}

/** The prototype of every iterator, so that a view has whatever methods the engine gives to iterators. */
const IteratorPrototype: object = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

function Iterators(): void {}
Iterators.prototype = IteratorPrototype;
/** A function whose prototype is that of iterators is a class to extend. */
const IteratorClass = Iterators as unknown as new () => object;

class DictView<T> extends IteratorClass {
  readonly #inner: MapIterator<T>;
  readonly #map: ReadonlyMap<unknown, unknown>;
  readonly #kind: ViewKind;
  readonly #name: string;

  constructor(inner: MapIterator<T>, map: ReadonlyMap<unknown, unknown>, kind: ViewKind, name: string) {
    super();
    this.#inner = inner;
    this.#map = map;
    this.#kind = kind;
    this.#name = name;
  }

  next(): IteratorResult<T, undefined> {
    return this.#inner.next();
  }

  get [Symbol.toStringTag](): string {
    return "Map Iterator";
  }

  override toString(): string {
    return reprOf(this);
  }

  [layoutSymbol](): Layout {
    const members = { keys: keyMembers, values: valueMembers, items: pairMembers }[this.#kind](this.#map);
    const style = this.#kind === "items" ? TUPLES : LIST;
    return { open: `${this.#name}_${this.#kind}([`, members, style, close: "])", cycle: "..." };
  }

  [inspectSymbol](): string {
    return reprOf(this);
  }
}

/**
 * A view of a dict.
 *
 * @param inner The Map's own iterator
 * @param map The dict
 * @param kind What the iterator gives
 * @param name `dict` or `odict`
 */
export function viewOf<T>(
  inner: MapIterator<T>, map: ReadonlyMap<unknown, unknown>, kind: ViewKind, name: string,
): View<T> {
  // The rest of a MapIterator's methods is inherited from the prototype of all iterators
  return new DictView(inner, map, kind, name) as unknown as View<T>;
}
