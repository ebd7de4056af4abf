// How torch writes the numbers of one tensor (reference §8.3): all displayed elements together decide whether they are
// written whole, with decimals or with an exponent, and how wide.

import { exponential, fixed } from "./decimal.js";
import type { RealScalar } from "./elements.js";
import type { PrintOptions } from "./options.js";

/** Writes elements of one tensor, or the real or imaginary parts of them, all of one width. */
export class NumberFormatter {
  readonly #floating: boolean;
  readonly #precision: number;
  #intMode = true;
  #sciMode = false;
  #width = 1;

  /**
   * @param shown every element that will be displayed
   * @param floating whether they are floats; else integers or booleans
   */
  constructor(shown: readonly RealScalar[], floating: boolean, options: PrintOptions) {
    this.#floating = floating;
    this.#precision = options.precision;
    if (floating) this.#measureFloats(shown as readonly number[], options);
    else for (const value of shown) this.#width = Math.max(this.#width, plainText(value).length);
  }

  /** Characters of each element, at least: NaN, infinities and negative zero may take more. */
  get width(): number {
    return this.#width;
  }

  format(value: RealScalar): string {
    return (this.#floating ? this.#floatText(Number(value)) : plainText(value)).padStart(this.#width);
  }

  #measureFloats(shown: readonly number[], options: PrintOptions): void {
    let smallest = Infinity;
    let largest = 0;
    for (const value of shown) {
      // Zeros and what is not finite have no say: a tensor of nothing else is written unpadded.
      if (value === 0 || !Number.isFinite(value)) continue;
      const size = Math.abs(value);
      if (size < smallest) smallest = size;
      if (size > largest) largest = size;
      if (!Number.isInteger(value)) this.#intMode = false;
    }
    if (largest === 0) return;
    this.#sciMode = options.sciMode ?? (largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4);
    for (const value of shown) {
      if (value === 0 || !Number.isFinite(value)) continue;
      this.#width = Math.max(this.#width, this.#floatText(value).length);
    }
  }

  #floatText(value: number): string {
    if (this.#sciMode) return exponential(value, this.#precision);
    if (!this.#intMode) return fixed(value, this.#precision);
    return Number.isFinite(value) ? `${fixed(value, 0)}.` : fixed(value, 0);
  }
}

function plainText(value: RealScalar): string {
  return typeof value === "boolean" ? (value ? "True" : "False") : String(value);
}
