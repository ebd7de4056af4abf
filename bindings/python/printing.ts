// Python's texts of values, for the classes that print: what they call stands in a slot, for it comes after them.
import { Slot } from "../core/slot.js";

/** What printed.ts has. */
export const printing: Slot<typeof import("./printed.js")> = new Slot();

/** What printed_rarely.ts has. Without it, an object prints by its name, and the engine says which characters are printable. */
export const rarely: Slot<typeof import("./printed_rarely.js")> = new Slot();

/** Python's `repr` of a value. */
export function reprOf(value: unknown): string {
  return printing.value.reprOf(value);
}

/** Python's `repr` of a float. */
export function floatText(x: number): string {
  return printing.value.floatText(x);
}
