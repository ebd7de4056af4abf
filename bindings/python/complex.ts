// Python's complex numbers.

import { ArgumentError } from "../core/errors.js";
import { printing } from "./printing.js";
import { inspectSymbol, keySymbol, plainSymbol, reprSymbol } from "./symbols.js";

/** A complex number: two doubles. */
export class Complex {
  readonly re: number;
  readonly im: number;

  /** @throws {ArgumentError} `NOT_A_NUMBER` */
  constructor(re: number, im: number = 0) {
    if (typeof re !== "number" || typeof im !== "number") {
      throw new ArgumentError(`Cannot make a complex of a ${typeof re} and a ${typeof im}: expected two numbers`, {
        code: "NOT_A_NUMBER",
      });
    }
    this.re = re;
    this.im = im;
  }

  /** Whether both parts are equal, as Python's `==` has it: -0 equals 0, and a NaN nothing. */
  equals(other: Complex): boolean {
    return this.re === other.re && this.im === other.im;
  }

  toString(): string {
    return printing.value.complexText(this.re, this.im);
  }

  [reprSymbol](): string {
    return printing.value.complexText(this.re, this.im);
  }

  [inspectSymbol](): string {
    return printing.value.complexText(this.re, this.im);
  }

  [plainSymbol](): { re: number; im: number } {
    return { re: this.re, im: this.im };
  }

  /** As a key, a complex number without an imaginary part is the number, and one with a NaN only itself. */
  [keySymbol](): unknown {
    if (Number.isNaN(this.re) || Number.isNaN(this.im)) return this;
    return this.im === 0 ? this.re : `c${this.re},${this.im}`;
  }
}

/** A complex number: `complex(1, 2)` is Python's `1+2j`. */
export function complex(re: number, im: number = 0): Complex {
  return new Complex(re, im);
}
