// Fills all slots that values lean on, for those who make any value, and for the synchronous functions.
import * as printedRarely from "../python/printed_rarely.js";
import { rarely } from "../python/printing.js";
import { fillValues } from "./fill.js";

/** Makes values whole, the rare ones too. */
export function fillAll(): void {
  fillValues();
  rarely.fill(printedRarely);
}
