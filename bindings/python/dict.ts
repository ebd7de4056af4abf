// Python's dict and its subclasses: Maps that compare keys as Python does (`keys.ts`), and remember which numbers are
// floats and which strings are objects of their own (`marks.ts`). String keys, and number keys while there are no odd
// ones, go straight to the Map.

import { ArgumentError, LimitError } from "../core/errors.js";
import { admit, locate, MISSING, primaryOf } from "./keys.js";
import type { OddKeys } from "./keys.js";
import { LIST, pairMembers, PAIRS, TUPLES } from "./layout.js";
import type { Layout } from "./layout.js";
import { clearMarks, marksOf, unbox } from "./marks.js";
import { reprOf } from "./printing.js";
import { inspectSymbol, layoutSymbol } from "./symbols.js";
import type { Value } from "./value.js";
import { viewOf } from "./views.js";
import type { View } from "./views.js";

/** Entries that a Map holds in every engine. */
export const MAX_ENTRIES = 16777216;

/** Pairs of key and value, which need not be of one type: `new Dict([["lr", 0.1], ["name", "sgd"]])`. */
export type Pairs<K, V> = Iterable<readonly [NoInfer<K>, NoInfer<V>]>;

/** A dict: keys are compared as Python compares them, and keep their order. */
export class Dict<K = Value, V = Value> extends Map<K, V> {
  #odd: OddKeys | null = null;
  #attributes: Dict | null = null;

  /**
   * @param entries Pairs of key and value; of another dict, also what it remembers of them
   * @throws {ArgumentError} `UNHASHABLE`, `NOT_PAIRS`
   * @throws {LimitError} `DICT_FULL`
   */
  constructor(entries?: Pairs<K, V> | null) {
    super();
    if (entries !== undefined && entries !== null) fill(this, entries);
  }

  /** Attributes of the dict object, such as `_metadata` of a state dict. Made when first asked for. */
  get attributes(): Dict {
    return (this.#attributes ??= new Dict());
  }

  set attributes(attributes: Dict) {
    this.#attributes = attributes;
  }

  /** Whether there are attributes, asked without making a place for them. */
  get hasAttributes(): boolean {
    return this.#attributes !== null && this.#attributes.size > 0;
  }

  override get(key: K): V | undefined {
    if (typeof key === "string" || (this.#odd === null && typeof key === "number")) return super.get(key);
    const held = locate(this.#odd, key);
    return held === MISSING ? undefined : super.get(held as K); // a key, or what is none
  }

  override has(key: K): boolean {
    if (typeof key === "string" || (this.#odd === null && typeof key === "number")) return super.has(key);
    const held = locate(this.#odd, key);
    return held !== MISSING && super.has(held as K); // a key, or what is none
  }

  /**
   * Sets a value. A key that is there already, by Python's comparison, keeps its place and its form.
   *
   * @throws {ArgumentError} `UNHASHABLE`
   * @throws {LimitError} `DICT_FULL`
   */
  override set(key: K, value: V): this {
    // A string is itself; a number other than 0, which may be -0, and NaN too, while no key is odd
    if (typeof key === "string" || (typeof key === "number" && this.#odd === null && (key > 0 || key < 0))) {
      return this.#put(key, typeof value === "object" ? (unbox(this, key, value) as V) : value);
    }
    let held = locate(this.#odd, key, true);
    if (held === MISSING || !super.has(held as K)) {
      if (this.size >= MAX_ENTRIES) throw full(this.size, undefined);
      held = admit(this, key, () => (this.#odd ??= new Map()));
    }
    return this.#put(held as K, unbox(this, held, value) as V); // a key of this dict; the value that was boxed
  }

  /** Sets the value of a plain string key that is no box itself: what builders of large dicts call. */
  setText(key: K & string, value: V): this {
    return this.#put(key, value);
  }

  override delete(key: K): boolean {
    const held = locate(this.#odd, key);
    if (held === MISSING || !super.delete(held as K)) return false; // a key, or what is none
    if (this.#odd !== null && typeof held !== "string") this.#odd.delete(primaryOf(held));
    marksOf(this)?.forget(held);
    return true;
  }

  override clear(): void {
    super.clear();
    this.#odd = null;
    clearMarks(this);
  }

  /** The keys: an iterator that prints as Python's view does. */
  override keys(): View<K> {
    return viewOf(super.keys(), this, "keys", viewName(this));
  }

  /** The values: an iterator that prints as Python's view does. */
  override values(): View<V> {
    return viewOf(super.values(), this, "values", viewName(this));
  }

  /** Keys and values: an iterator that prints as Python's view does. */
  items(): View<[K, V]> {
    return viewOf(super.entries(), this, "items", viewName(this));
  }

  override toString(): string {
    return reprOf(this);
  }

  [layoutSymbol](): Layout {
    return { open: "{", members: pairMembers(this), style: PAIRS, close: "}", cycle: "{...}" };
  }

  [inspectSymbol](): string {
    return reprOf(this);
  }

  #put(key: K, value: V): this {
    try {
      return super.set(key, value);
    } catch (cause) {
      throw full(this.size, cause);
    }
  }
}

/** `collections.OrderedDict`. */
export class OrderedDict<K = Value, V = Value> extends Dict<K, V> {
  override [layoutSymbol](): Layout {
    if (this.size === 0) return { open: "OrderedDict()", members: [], style: LIST, close: "", cycle: "..." };
    return { open: "OrderedDict([", members: pairMembers(this), style: TUPLES, close: "])", cycle: "..." };
  }
}

function viewName(dict: object): string {
  return dict instanceof OrderedDict ? "odict" : "dict";
}

/** Fills a dict with pairs; the marks of another dict come along. */
function fill<K, V>(dict: Dict<K, V>, entries: Iterable<readonly [K, V]>): void {
  const marks = entries instanceof Map ? marksOf(entries) : undefined;
  if (typeof entries !== "object" || !(Symbol.iterator in entries)) throw notPairs(entries);
  for (const entry of entries) {
    if (typeof entry !== "object" || entry === null) throw notPairs(entry);
    const [key, value] = [entry[0], entry[1]];
    if (marks === undefined) dict.set(key, value);
    else dict.set((marks.ofKey(key) ?? key) as K, (marks.ofValue(entries, key, value) ?? value) as V); // boxed K, V
  }
}

function full(size: number, cause: unknown): LimitError {
  return new LimitError(`Cannot add to this dict: it has ${size} entries, and the engine's Map holds no more`, {
    code: "DICT_FULL",
    found: size + 1,
    limit: MAX_ENTRIES,
    cause,
  });
}

function notPairs(found: unknown): ArgumentError {
  return new ArgumentError(`Cannot make a dict of ${typeof found}: expected an iterable of [key, value] pairs`, {
    code: "NOT_PAIRS",
  });
}
