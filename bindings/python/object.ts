// What a file names but brine does not know: classes and functions by name, and objects made by them. They are inert:
// no name is looked up, nothing is called. What they hold can be read and changed, and is saved back as it was.

import { ArgumentError } from "../core/errors.js";
import type { Dict } from "./dict.js";
import type { Layout } from "./layout.js";
import { printing, reprOf } from "./printing.js";
import { inspectSymbol, keySymbol, layoutSymbol, plainSymbol, reprSymbol } from "./symbols.js";
import { Tuple } from "./tuple.js";
import type { Value } from "./value.js";

/** A class or function by its Python 3 name; a nested one is named `Outer.Inner`. */
export class Global {
  readonly module: string;
  readonly name: string;

  /** @throws {ArgumentError} `NOT_A_STRING` */
  constructor(module: string, name: string) {
    if (typeof module !== "string" || typeof name !== "string") {
      throw new ArgumentError(
        `Cannot make a Global of a ${typeof module} and a ${typeof name}: expected the names of a module and a member`,
        { code: "NOT_A_STRING" },
      );
    }
    this.module = module;
    this.name = name;
    Object.freeze(this);
  }

  /** Module and name, such as `torch.nn.functional.relu`. */
  get fullName(): string {
    return `${this.module}.${this.name}`;
  }

  /** Whether the other names the same: two equal ones need not be one object. */
  equals(other: Global): boolean {
    return this.module === other.module && this.name === other.name;
  }

  /** As Python prints a class. A function, which Python prints with its address, is `<global torch.relu>`. */
  toString(): string {
    return printing.value.globalText(this);
  }

  [reprSymbol](): string {
    return this.toString();
  }

  [inspectSymbol](): string {
    return this.toString();
  }

  [plainSymbol](): string {
    return this.fullName;
  }

  /** As a key, a global is its name. */
  [keySymbol](): string {
    return `g${this.module.length}:${this.module}.${this.name}`;
  }
}

/** How an object is made: by a call, by `cls.__new__`, or as protocol 0 and 1 made instances. */
export type Via = "newobj" | "reduce" | "inst";

/** What `new PyObject` takes. */
export interface PyObjectInit {
  /** The module of the class or function; not needed beside `callable`. */
  readonly module?: string;
  /** Its name in the module. */
  readonly name?: string;
  /** Default: `newobj`. */
  readonly via?: Via;
  /** What is called, in place of `module` and `name`. */
  readonly callable?: Global | PyObject;
  /** Positional arguments. */
  readonly args?: Iterable<Value>;
  /** Keyword arguments. */
  readonly kwargs?: Dict | null;
  /** What `__setstate__` gets, or the instance's `__dict__`. */
  readonly state?: Value | undefined;
  /** What is appended to it, as to a list. */
  readonly items?: Value[];
  /** What is set in it, as in a dict. */
  readonly pairs?: [Value, Value][];
}

/** An object of a class that brine does not know. Its fields are assignable, so that it can hold itself. */
export class PyObject {
  via: Via;
  callable: Global | PyObject;
  args: Tuple<Value>;
  kwargs: Dict | null;
  /** Undefined: no state, which differs from the state None. */
  state: Value | undefined;
  items: Value[];
  pairs: [Value, Value][];

  /** @throws {ArgumentError} `NO_CLASS`, `NOT_ITERABLE` */
  constructor(init: PyObjectInit) {
    const { module, name, callable } = init;
    if (callable === undefined && (typeof module !== "string" || typeof name !== "string")) {
      throw new ArgumentError("Cannot make a PyObject of no class: expected a module and a name, or a callable", {
        code: "NO_CLASS",
      });
    }
    this.via = init.via ?? "newobj";
    this.callable = callable ?? new Global(module as string, name as string); // tested above
    this.args = init.args instanceof Tuple ? init.args : new Tuple(init.args ?? []);
    this.kwargs = init.kwargs ?? null;
    this.state = init.state;
    this.items = init.items ?? [];
    this.pairs = init.pairs ?? [];
  }

  /** The module of the class or function that makes it. */
  get module(): string {
    return this.#global.module;
  }

  /** The name of the class or function that makes it. */
  get name(): string {
    return this.#global.name;
  }

  /** The name at the end of the chain of callables; in a circle of them, none. */
  get #global(): Global {
    let at: Global | PyObject = this.callable;
    const met = new Set<PyObject>();
    while (at instanceof PyObject) {
      if (met.has(at)) return NAMELESS;
      met.add(at);
      at = at.callable;
    }
    return at;
  }

  toString(): string {
    return reprOf(this);
  }

  /** A class within a class prints as one; ranges, slices, dates, paths and their like as in Python; others as `<module.name object>`. */
  [layoutSymbol](): Layout {
    return printing.value.objectLayout(this);
  }

  [inspectSymbol](): string {
    return reprOf(this);
  }
}

const NAMELESS: Global = new Global("", "");
