// A part of brine that every value leans on, and that is yet not among the first bytes of a program that imports `load`: how
// values print, and how the elements of a tensor are worked with. It is filled once, before anybody holds a value: `load`
// waits for it while bytes are read, and the pages of classes and of synchronous functions bring it (torch/fill.ts).
import { BrineError } from "./errors.js";

/** A place for such a part. What fills it is the same whoever does, so that it may be module-level. */
export class Slot<T> {
  #value: T | undefined;

  fill(value: T): void {
    this.#value ??= value;
  }

  /** What fills it; undefined: nobody did yet. */
  get here(): T | undefined {
    return this.#value;
  }

  get value(): T {
    if (this.#value === undefined) throw new BrineError("A value was made before brine was whole; this is a fault of brine's", { code: "ORDER" });
    return this.#value;
  }
}
