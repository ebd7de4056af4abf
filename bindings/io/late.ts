// A module that most files do not need. Work that can wait imports it when a file asks for it; work that cannot is given it
// from the start. So whoever bundles `load` ships what every file needs, and the rest is fetched by the few that do.
import { BrineError } from "../core/errors.js";
import type { Steps } from "./steps.js";

/** A module that is here, or can be waited for. */
export class Late<M> {
  readonly #load: () => Promise<M>;
  #module: M | undefined;

  /** @param load imports the module */
  constructor(load: () => Promise<M>, module?: M) {
    this.#load = load;
    this.#module = module;
  }

  /** A module that was imported where it was needed. */
  static of<M>(module: M): Late<M> {
    return new Late(() => Promise.resolve(module), module);
  }

  /** The module; undefined where nobody has waited for it. */
  get here(): M | undefined {
    return this.#module;
  }

  /** The module, which was waited for. */
  get module(): M {
    if (this.#module === undefined) throw new BrineError("A part of brine was not fetched in time; this is a fault of brine's", { code: "ORDER" });
    return this.#module;
  }

  async fetch(): Promise<M> {
    return (this.#module ??= await this.#load());
  }

  /** The module, as a step of other work. */
  *get(): Steps<M> {
    if (this.#module === undefined) yield this.fetch();
    return this.module;
  }
}
