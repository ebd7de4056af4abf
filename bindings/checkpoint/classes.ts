// Objects of the user's own classes in place of the inert ones: by `pickleModule` for one load, by `registerClass` for the
// whole process. A hook is given parsed parts and nothing else; without one, nothing is ever constructed. Who puts them in
// their places is make_objects.ts.
import { ArgumentError } from "../core/errors.js";
import type { Dict } from "../python/dict.js";
import { PyObject } from "../python/object.js";
import type { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";

/** What a pickle says of an object: how it is called, and what is added to it. */
export interface ObjectParts {
  readonly args: Tuple<Value>;
  readonly kwargs: Dict | null;
  /** What `__setstate__` would get, or the instance's `__dict__`; undefined: nothing. */
  readonly state: Value | undefined;
  /** What is appended to it, as to a list. */
  readonly items: readonly Value[];
  /** What is set in it, as in a dict. */
  readonly pairs: readonly (readonly [Value, Value])[];
}

/** Makes a value of an object's parts. */
export type MakeObject = (parts: ObjectParts) => unknown;

/** Hooks for one load, in the place of torch's `pickle_module`. */
export interface LoadHooks {
  /** Who makes objects of this class or function, by its name in Python 3; undefined: they stay inert. */
  findClass(module: string, name: string): MakeObject | undefined;
}

/** Hooks for one save. */
export interface SaveHooks {
  /** The object to write for a value that brine does not know; undefined: it cannot be saved. */
  reduce(value: object): PyObject | undefined;
}

/** A class of the user's, for the whole process. */
export interface ClassHooks {
  readonly load: MakeObject;
  /** Whose instances `reduce` is asked for. */
  readonly type?: new (...args: never[]) => object;
  readonly reduce?: (value: object) => PyObject;
}

/** Process-wide, as `addSafeGlobals` is: this is the one table that calls share. */
const registered = new Map<string, ClassHooks>();

/**
 * Registers a class in the whole process: its objects are made by `load`, and instances of `type` saved by `reduce`. Under
 * weights-only its name has to be allowed as well: `addSafeGlobals`.
 *
 * @param name the full name in Python 3, such as `"argparse.Namespace"`
 * @returns takes the class out again
 *
 * @example
 * ```ts
 * registerClass("argparse.Namespace", { load: ({ state }) => Object.fromEntries(state as Dict<string, Value>) });
 * ```
 */
export function registerClass(name: string, hooks: ClassHooks): () => void {
  if (typeof name !== "string" || !name.includes(".") || typeof hooks?.load !== "function") {
    throw new ArgumentError("Cannot register a class: expected a full name such as \"argparse.Namespace\", and a function `load`", { code: "OPTION" });
  }
  registered.set(name, hooks);
  return () => {
    if (registered.get(name) === hooks) registered.delete(name);
  };
}

/** Who makes objects in a load with these hooks; undefined: nobody does. */
export function finderOf(hooks: LoadHooks | null | undefined): ((module: string, name: string) => MakeObject | undefined) | undefined {
  if ((hooks === null || hooks === undefined) && registered.size === 0) return undefined;
  const known = new Map<string, MakeObject | undefined>();
  return (module, name) => {
    const full = `${module}.${name}`;
    if (!known.has(full)) known.set(full, hooks?.findClass(module, name) ?? registered.get(full)?.load);
    return known.get(full);
  };
}

/** The object to write for a value that brine does not know; undefined: nobody knows it. */
export function reduceByHooks(value: object, hooks: SaveHooks | null | undefined): PyObject | undefined {
  const reduced = hooks?.reduce(value);
  if (reduced instanceof PyObject) return reduced;
  for (const { type, reduce } of registered.values()) {
    if (type !== undefined && reduce !== undefined && value instanceof type) return reduce(value);
  }
  return undefined;
}
