// Puts the objects that the user's hooks make (classes.ts) in the places of the inert ones.
//
// Values are built inert first. Then a walk from the root goes through what holds what, parts before wholes, asks the hooks,
// and puts what they give where the inert objects stood. In a cycle something has to be first: its parts hold the inert
// object, and the containers among them are set right at the end.
import { Dict } from "../python/dict.js";
import { FrozenSet } from "../python/frozenset.js";
import { markOf } from "../python/marks.js";
import { PyObject } from "../python/object.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { Tensor } from "../torch/tensor.js";
import type { MakeObject } from "./classes.js";

/** The value with the hooks' objects in it. */
export function makeObjects(root: Value, find: (module: string, name: string) => MakeObject | undefined): Value {
  const walk = new Walk(find);
  walk.run(root);
  return walk.now(root);
}

class Walk {
  readonly #find: (module: string, name: string) => MakeObject | undefined;
  readonly #met = new Set<object>();
  /** What stands for an object from now on. */
  readonly #made = new Map<object, Value>();

  constructor(find: (module: string, name: string) => MakeObject | undefined) {
    this.#find = find;
  }

  run(root: Value): void {
    const stack: (readonly [object, boolean])[] = isObject(root) ? [[root, false]] : [];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const [value, partsDone] = next;
      if (partsDone) {
        this.#finish(value);
        continue;
      }
      if (this.#met.has(value)) continue;
      this.#met.add(value);
      stack.push([value, true]);
      const parts = Array.from(partsOf(value)).filter(isObject);
      for (let i = parts.length - 1; i >= 0; i--) stack.push([parts[i], false]);
    }
    // What was not there yet when its holder was finished: the backward links of cycles.
    if (this.#made.size > 0) for (const value of this.#met) this.#put(value);
  }

  /** What stands for a value by now. */
  now(value: Value): Value {
    return isObject(value) ? this.#made.get(value) ?? value : value;
  }

  #finish(value: object): void {
    if (this.#made.size > 0) this.#put(value);
    if (value instanceof Tuple) this.#remake(value, (items) => Tuple.from(items));
    else if (value instanceof FrozenSet) this.#remake(value, (items) => new FrozenSet(items));
    else if (value instanceof PyObject) {
      const make = this.#find(value.module, value.name);
      if (make === undefined) return;
      const { args, kwargs, state, items, pairs } = value;
      this.#made.set(value, make({ args, kwargs, state, items, pairs }) as Value); // the user's own, from here on
    }
  }

  /** What cannot change is made anew where a part of it did. */
  #remake(value: Tuple<Value> | FrozenSet<Value>, make: (items: Value[]) => Value): void {
    const items = [...value];
    if (!items.some((item) => this.now(item) !== item)) return;
    this.#made.set(value, make(items.map((item, i) => (value instanceof Tuple ? markOf(value, i, item) ?? this.now(item) : this.now(item)))));
  }

  /** Sets right what a container holds that can change. */
  #put(value: object): void {
    if (value instanceof Map) this.#putPairs(value as Map<Value, Value>);
    else if (value instanceof Set && !(value instanceof FrozenSet)) this.#putMembers(value as Set<Value>);
    else if (value instanceof PyObject) {
      value.args = this.now(value.args) as Tuple<Value>; // a tuple stands for a tuple
      if (value.state !== undefined) value.state = this.now(value.state);
      this.#putItems(value.items);
      value.pairs = value.pairs.map(([key, item]) => [this.now(key), this.now(item)]);
    } else if (Array.isArray(value) && !(value instanceof Tuple)) this.#putItems(value as Value[]);
  }

  #putItems(items: Value[]): void {
    for (let i = 0; i < items.length; i++) {
      const item = this.now(items[i]);
      if (item !== items[i]) items[i] = item;
    }
  }

  #putPairs(map: Map<Value, Value>): void {
    let keysChange = false;
    for (const [key, item] of map) {
      keysChange ||= this.now(key) !== key;
      const other = this.now(item);
      if (other !== item) map.set(key, other);
    }
    if (!keysChange) return;
    const pairs = [...map];
    map.clear();
    for (const [key, item] of pairs) map.set(this.now(key), item);
  }

  #putMembers(set: Set<Value>): void {
    const members = [...set];
    if (!members.some((member) => this.now(member) !== member)) return;
    set.clear();
    for (const member of members) set.add(this.now(member));
  }
}

function isObject(value: unknown): value is object & Value {
  return typeof value === "object" && value !== null;
}

/** The values that a value holds. */
function* partsOf(value: object): Iterable<Value> {
  if (value instanceof Dict && value.hasAttributes) yield value.attributes as Value;
  if (value instanceof Map) {
    for (const [key, item] of value as Map<Value, Value>) yield* [key, item];
  } else if (value instanceof PyObject) {
    yield value.args;
    if (value.kwargs !== null) yield value.kwargs as Value;
    if (value.state !== undefined) yield value.state;
    yield* value.items;
    for (const pair of value.pairs) yield* pair;
  } else if (value instanceof Tensor) {
    if (value.attributes !== null) yield value.attributes as Value;
  } else if (Array.isArray(value) || value instanceof Set) yield* value as Iterable<Value>;
}
