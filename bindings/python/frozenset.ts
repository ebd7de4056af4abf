// Python's frozenset: a Set that does not change, and whose members compare as Python compares them (`keys.ts`).
// Python's set is JavaScript's own Set.

import { ArgumentError, LimitError } from "../core/errors.js";
import { admit, locate, MISSING } from "./keys.js";
import type { OddKeys } from "./keys.js";
import { LIST, setMembers } from "./layout.js";
import type { Layout } from "./layout.js";
import { marksOf } from "./marks.js";
import { reprOf } from "./repr.js";
import { inspectSymbol, keySymbol, layoutSymbol } from "./symbols.js";
import type { Value } from "./value.js";

/** Members that a Set holds in every engine. */
export const MAX_MEMBERS = 16777216;

/** A frozenset, in the order in which it was filled. */
export class FrozenSet<T = Value> extends Set<T> {
  #odd: OddKeys | null = null;

  /** @throws {ArgumentError} `UNHASHABLE`, `NOT_ITERABLE` */
  constructor(members: Iterable<T> = []) {
    super();
    if (members === null || typeof members !== "object" || !(Symbol.iterator in members)) {
      throw new ArgumentError(`Cannot make a frozenset of ${String(members)}: expected an iterable of its members`, {
        code: "NOT_ITERABLE",
      });
    }
    const marks = members instanceof Set ? marksOf(members) : undefined;
    const index = (): OddKeys => (this.#odd ??= new Map());
    for (const member of members) {
      const key = marks?.ofKey(member) ?? member;
      const held = locate(this.#odd, key, true);
      if (held !== MISSING && super.has(held as T)) continue; // a member, or what is none
      if (this.size >= MAX_MEMBERS) throw full(this.size);
      super.add(admit(this, key, index) as T);
    }
  }

  override has(member: T): boolean {
    const held = locate(this.#odd, member);
    return held !== MISSING && super.has(held as T); // a member, or what is none
  }

  /** @throws {ArgumentError} `FROZEN` */
  override add(_member: T): never {
    throw frozen("add to");
  }

  /** @throws {ArgumentError} `FROZEN` */
  override delete(_member: T): never {
    throw frozen("delete from");
  }

  /** @throws {ArgumentError} `FROZEN` */
  override clear(): never {
    throw frozen("clear");
  }

  override toString(): string {
    return reprOf(this);
  }

  [layoutSymbol](): Layout {
    if (this.size === 0) return { open: "frozenset()", members: [], style: LIST, close: "", cycle: "" };
    return { open: "frozenset({", members: setMembers(this), style: LIST, close: "})", cycle: "frozenset(...)" };
  }

  [inspectSymbol](): string {
    return reprOf(this);
  }

  get [keySymbol](): "frozenset" {
    return "frozenset";
  }
}

function full(size: number): LimitError {
  return new LimitError(`Cannot make a frozenset of more than ${MAX_MEMBERS} members: the engine's Set holds no more`, {
    code: "SET_FULL",
    found: size + 1,
    limit: MAX_MEMBERS,
  });
}

function frozen(action: string): ArgumentError {
  return new ArgumentError(`Cannot ${action} a frozenset: it does not change, make a new one`, { code: "FROZEN" });
}
