// Python's tuple: an array that is frozen. What `map`, `slice` and their like make of it is a plain array, a list.

import { ArgumentError } from "../core/errors.js";
import { LIST, listMembers } from "./layout.js";
import type { Layout } from "./layout.js";
import { marksOf, sealMarks, unbox } from "./marks.js";
import type { Marks } from "./marks.js";
import { reprOf } from "./printing.js";
import { inspectSymbol, keySymbol, layoutSymbol } from "./symbols.js";
import type { Value } from "./value.js";

/** A tuple. `Float` and `Str` items are unwrapped, and remembered as what they were. */
export class Tuple<T = Value> extends Array<T> {
  /**
   * @param items The items: an array, another tuple, any iterable
   * @throws {ArgumentError} `NOT_ITERABLE`
   */
  constructor(items: Iterable<T> | ArrayLike<T> = []) {
    super();
    // Item by item: an argument list of 100,000 items overflows the stack
    if (Array.isArray(items)) this.#take(items, marksOf(items));
    else this.#take(Array.from(iterate(items)), undefined);
    Object.freeze(this);
  }

  #take(items: readonly T[], marks: Marks | undefined): void {
    let boxes = false;
    for (let index = 0; index < items.length; index++) {
      const item = marks?.ofValue(items, index, items[index]) ?? items[index];
      const value = typeof item === "object" ? (unbox(this, index, item) as T) : item; // the value of a boxed T
      boxes ||= value !== item;
      this[index] = value as T;
    }
    if (boxes) sealMarks(this);
  }

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static override from<T>(items: Iterable<T> | ArrayLike<T>): Tuple<T>;
  static override from<T, U>(
    items: Iterable<T> | ArrayLike<T>, map: (value: T, index: number) => U, self?: unknown,
  ): Tuple<U>;
  static override from<T, U>(
    items: Iterable<T> | ArrayLike<T>, map?: (value: T, index: number) => U, self?: unknown,
  ): Tuple<T> | Tuple<U> {
    return map === undefined ? new Tuple(items) : new Tuple(Array.from(iterate(items), map, self));
  }

  static override of<T>(...items: T[]): Tuple<T> {
    return new Tuple(items);
  }

  override toString(): string {
    return reprOf(this);
  }

  [layoutSymbol](): Layout {
    const close = this.length === 1 ? ",)" : ")";
    return { open: "(", members: listMembers(this), style: LIST, close, cycle: "(...)" };
  }

  [inspectSymbol](): string {
    return reprOf(this);
  }

  get [keySymbol](): "tuple" {
    return "tuple";
  }
}

/** A tuple of these items: `tuple(1, "a")`. Of very many items, `Tuple.from(array)`. */
export function tuple<T extends unknown[]>(...items: T): Tuple<T[number]> {
  return new Tuple(items);
}

/** The items, of an iterable or of something with a length. */
function iterate<T>(items: Iterable<T> | ArrayLike<T>): Iterable<T> {
  if (typeof items === "object" || typeof items === "string") {
    if (items !== null && Symbol.iterator in Object(items)) return items as Iterable<T>;
    if (items !== null && "length" in items) return Array.from(items);
  }
  const found = items === null ? "null" : typeof items;
  throw new ArgumentError(`Cannot make a tuple of ${found}: expected an array or another iterable of its items`, {
    code: "NOT_ITERABLE",
  });
}
