// What every part of modules stands on: an object of a class whose `__dict__` has torch's tables of parameters, buffers
// and children. The `__dict__` is the only place where anything is kept, in the order of the file, so that a module is
// written back as it was; the tables are looked up in it.

import { Dict } from "../python/dict.js";
import { markOf } from "../python/marks.js";
import { Global, PyObject } from "../python/object.js";
import type { PyObjectInit } from "../python/object.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { isReconstructor } from "./module_tables.js";
import { Tensor } from "./tensor.js";

const NOTHING: ReadonlyMap<unknown, unknown> = new Map();

/** An object with torch's tables. */
export class ModuleBase extends PyObject {
  constructor(init: PyObjectInit) {
    super(init);
  }

  /** Its `__dict__`: everything that it has, in order. */
  get attributes(): Dict {
    if (!(this.state instanceof Dict)) this.state = new Dict();
    return this.state as Dict;
  }

  /** An attribute of its `__dict__`: a float that looks like an int comes in its box. */
  attribute(name: string): Value | undefined {
    const { state } = this;
    if (!(state instanceof Dict)) return undefined;
    const value = state.get(name);
    return markOf(state, name, value) ?? value;
  }

  /** The name of its class, which protocols 0 and 1 pass to a function as its first argument. */
  override get name(): string {
    return reconstructed(this)?.name ?? super.name;
  }

  /** The module of its class. */
  override get module(): string {
    return reconstructed(this)?.module ?? super.module;
  }

  /** The name of its class, without those of the classes around it. */
  get className(): string {
    return this.name.slice(this.name.lastIndexOf(".") + 1);
  }

  /** Its own parameters by name; None where it could have one. */
  *ownParameters(): Iterable<[string, Tensor | null]> {
    yield* tensorsOf(this.table("_parameters"));
  }

  /** Its own buffers by name; None where it could have one. */
  *ownBuffers(): Iterable<[string, Tensor | null]> {
    yield* tensorsOf(this.table("_buffers"));
  }

  /** Its own children by name; None where it could have one. */
  *ownChildren(): Iterable<[string, ModuleBase | null]> {
    for (const [name, child] of this.table("_modules")) {
      if (typeof name === "string" && (child === null || child instanceof ModuleBase)) yield [name, child];
    }
  }

  /** Whether a buffer belongs into state dicts. */
  isPersistent(name: string): boolean {
    const names = this.attribute("_non_persistent_buffers_set");
    return !(names instanceof Set && names.has(name));
  }

  /** One of its tables; an empty one where it has none. */
  table(name: string): ReadonlyMap<unknown, unknown> {
    const table = this.attribute(name);
    return table instanceof Dict ? table : NOTHING;
  }
}

function* tensorsOf(table: ReadonlyMap<unknown, unknown>): Iterable<[string, Tensor | null]> {
  for (const [name, value] of table) {
    if (typeof name === "string" && (value === null || value instanceof Tensor)) yield [name, value];
  }
}

function reconstructed({ callable, args }: PyObject): Global | undefined {
  if (!isReconstructor(callable) || !(args instanceof Tuple)) return undefined;
  const first: unknown = args[0];
  return first instanceof Global ? first : undefined;
}
