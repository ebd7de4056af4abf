// The dicts of `collections` that have a say in what a missing key is: defaultdict and Counter.

import { ArgumentError } from "../core/errors.js";
import { Dict, type Pairs } from "./dict.js";
import { LIST, pairMembers, PAIRS } from "./layout.js";
import type { Layout } from "./layout.js";
import type { Global, PyObject } from "./object.js";
import type { Singleton } from "./singletons.js";
import { layoutSymbol, reprSymbol } from "./symbols.js";
import type { Value } from "./value.js";

/** What a defaultdict can have for a factory: something that Python can call, or none. It is never called here. */
export type Factory = Global | PyObject | Singleton | null;

/** `collections.defaultdict`. The factory is kept and written back; missing keys are not made. */
export class DefaultDict<K = Value, V = Value> extends Dict<K, V> {
  factory: Factory;

  /**
   * @param factory The class or function, or null
   * @param entries Pairs of key and value
   * @throws {ArgumentError} `NOT_CALLABLE`
   */
  constructor(factory: Factory = null, entries?: Pairs<K, V> | null) {
    super(entries);
    if (factory !== null && !(typeof factory === "object" && "name" in factory)) {
      throw new ArgumentError(
        `Cannot make a defaultdict with this ${typeof factory} as its factory: expected a Global, a PyObject or null`,
        { code: "NOT_CALLABLE" },
      );
    }
    this.factory = factory;
  }

  override [layoutSymbol](): Layout {
    const open = `defaultdict(${factoryText(this.factory)}, {`;
    return { open, members: pairMembers(this), style: PAIRS, close: "})", cycle: `${open}...})` };
  }
}

/** A factory's text. An object could hold the very dict, so that of it no more than the name is told. */
function factoryText(factory: Factory): string {
  if (factory === null) return "None";
  return reprSymbol in factory ? factory[reprSymbol]() : `<${factory.module}.${factory.name} object>`;
}

/** `collections.Counter`. Prints the most common first. */
export class Counter<K = Value, V = Value> extends Dict<K, V> {
  override [layoutSymbol](): Layout {
    if (this.size === 0) return { open: "Counter()", members: [], style: LIST, close: "", cycle: "" };
    return { open: "Counter({", members: byCount(this), style: PAIRS, close: "})", cycle: "Counter({...})" };
  }
}

/** Keys and values in turn, the largest value first; in the dict's own order where values have none. */
function byCount(counter: ReadonlyMap<unknown, unknown>): unknown[] {
  const members = pairMembers(counter);
  const counts = Array.from(Map.prototype.values.call(counter), countOf);
  if (counts.includes(undefined)) return members;
  const order = counts.map((_, index) => index);
  // All are numbers or bigints, which `<` compares exactly
  order.sort((a, b) => (counts[a]! < counts[b]! ? 1 : counts[a]! > counts[b]! ? -1 : 0));
  return order.flatMap((index) => [members[2 * index], members[2 * index + 1]]);
}

function countOf(value: unknown): number | bigint | undefined {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" || typeof value === "bigint" ? value : undefined;
}
