// A str that is an object of its own. Pickle writes an object once and refers to it afterwards, by identity: equal
// plain strings count as one object, as Python's literals do; a `Str` shares with nothing but itself.

import { ArgumentError } from "../core/errors.js";
import { printing } from "./printing.js";
import { inspectSymbol, reprSymbol, strSymbol } from "./symbols.js";

/** A str with an identity. */
export class Str {
  readonly value: string;

  /** @throws {ArgumentError} `NOT_A_STRING` */
  constructor(value: string) {
    if (typeof value !== "string") {
      throw new ArgumentError(`Cannot make a str of a ${typeof value}: expected a string`, { code: "NOT_A_STRING" });
    }
    this.value = value;
  }

  valueOf(): string {
    return this.value;
  }

  toJSON(): string {
    return this.value;
  }

  toString(): string {
    return this.value;
  }

  [reprSymbol](): string {
    return printing.value.quoteText(this.value);
  }

  [strSymbol](): string {
    return this.value;
  }

  [inspectSymbol](): string {
    return printing.value.quoteText(this.value);
  }
}

/** A str that is an object of its own: every call makes a new one. */
export function str(value: string): Str {
  return new Str(value);
}
