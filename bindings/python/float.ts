// A Python float that must not be taken for an int: `float(1)` is saved as 1.0. Most floats are plain numbers; this
// class is for roots, which have no container to remember it, for making values, and for NaNs whose bits matter.

import { ArgumentError } from "../core/errors.js";
import { floatText } from "./printing.js";
import { inspectSymbol, keySymbol, reprSymbol } from "./symbols.js";

/** The bits of the NaN that Python's `float("nan")` makes. */
const PLAIN_NAN = 0x7ff8000000000000n;

/** A number that is a Python float, whatever its value. */
export class Float {
  readonly value: number;
  /** The bits of a NaN other than Python's usual one: sign and payload survive a round trip. */
  readonly bits: bigint | undefined;

  /**
   * @param value The number
   * @param bits For a NaN: its 64 bits, if they are not the usual ones
   * @throws {ArgumentError} `NOT_A_NUMBER`, `NAN_BITS`
   */
  constructor(value: number, bits?: bigint) {
    if (typeof value !== "number") {
      throw new ArgumentError(`Cannot make a float of a ${typeof value}: expected a number`, { code: "NOT_A_NUMBER" });
    }
    if (bits !== undefined && !isNaNBits(bits)) {
      throw new ArgumentError(
        `Cannot use 0x${bits.toString(16)} as the bits of a NaN: expected exponent bits all ones, a fraction not zero`,
        { code: "NAN_BITS" },
      );
    }
    if (bits !== undefined && !Number.isNaN(value)) {
      throw new ArgumentError(`Cannot give bits to the float ${floatText(value)}: only a NaN has bits of its own`, {
        code: "NAN_BITS",
      });
    }
    this.value = value;
    this.bits = bits === PLAIN_NAN ? undefined : bits;
  }

  valueOf(): number {
    return this.value;
  }

  toJSON(): number {
    return this.value;
  }

  toString(): string {
    return floatText(this.value);
  }

  [reprSymbol](): string {
    return floatText(this.value);
  }

  [inspectSymbol](): string {
    return floatText(this.value);
  }

  /** As a key, a float is its number, and each NaN only itself. */
  [keySymbol](): unknown {
    return Number.isNaN(this.value) ? this : this.value;
  }
}

/**
 * A number that is saved as a Python float: `float(1)` as 1.0.
 *
 * @param value The number
 * @param bits For a NaN: its 64 bits, if they are not Python's usual ones
 */
export function float(value: number, bits?: bigint): Float {
  return new Float(value, bits);
}

function isNaNBits(bits: bigint): boolean {
  if (bits < 0n || bits >> 64n !== 0n) return false;
  return ((bits >> 52n) & 0x7ffn) === 0x7ffn && (bits & 0xfffffffffffffn) !== 0n;
}
