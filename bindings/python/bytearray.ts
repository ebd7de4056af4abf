// Python's bytearray. A plain Uint8Array is Python's bytes; as this class extends it, ask for bytearrays first.

import { unhashable } from "./keys.js";
import { printing } from "./printing.js";
import { inspectSymbol, keySymbol, reprSymbol } from "./symbols.js";

/** Bytes that Python can change: prints as `bytearray(b'…')`. */
export class ByteArray extends Uint8Array {
  override toString(): string {
    return `bytearray(${printing.value.quoteBytes(this, true)})`;
  }

  [reprSymbol](): string {
    return this.toString();
  }

  [inspectSymbol](): string {
    return this.toString();
  }

  [keySymbol](): never {
    throw unhashable("bytearray");
  }
}
