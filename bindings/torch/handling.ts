// What is done with tensors and storages besides holding them stands in a slot, for it comes after their classes.
import { Slot } from "../core/slot.js";

/** What handled.ts has. */
export const handling: Slot<typeof import("./handled.js")> = new Slot();
