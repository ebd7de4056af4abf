// Python's constants that have no counterpart in JavaScript. Each is one object, to be compared with `===`.

import { inspectSymbol, plainSymbol, reprSymbol } from "./symbols.js";

/** One of Python's constants, told by its name. */
export class Singleton {
  /** `Ellipsis`, `NotImplemented` or `NoneType`. */
  readonly name: string;
  readonly #text: string;

  constructor(name: string, text: string = name) {
    this.name = name;
    this.#text = text;
    Object.freeze(this);
  }

  toString(): string {
    return this.#text;
  }

  [reprSymbol](): string {
    return this.#text;
  }

  [inspectSymbol](): string {
    return this.#text;
  }

  [plainSymbol](): string {
    return this.#text;
  }
}

/** Python's `...`. */
export const Ellipsis: Singleton = new Singleton("Ellipsis");
/** Python's `NotImplemented`. */
export const NotImplemented: Singleton = new Singleton("NotImplemented");
/** The class of None: `type(None)`. */
export const NoneType: Singleton = new Singleton("NoneType", "<class 'NoneType'>");
