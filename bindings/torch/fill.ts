// Fills the slots that every value leans on (core/slot.ts).
import * as printed from "../python/printed.js";
import { printing } from "../python/printing.js";
import * as handled from "./handled.js";
import { handling } from "./handling.js";

/** Makes values whole: they print, and their elements can be worked with. */
export function fillValues(): void {
  printing.fill(printed);
  handling.fill(handled);
}
