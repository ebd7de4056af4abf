// Which objects are modules: those whose state is a dict with torch's tables. Asked of the columns, before anything is made.
import * as C from "../../assembly/shared/columns.js";
import * as K from "../../assembly/shared/kinds.js";
import { MODULE_TABLES } from "../torch/module_tables.js";
import type { Columns } from "./columns.js";
import { Leaves, unboxed } from "./leaves.js";

/** Tells modules from other objects. */
export class Tables {
  readonly #columns: Columns;
  readonly #leaves: Leaves;
  /** By the node of a state. */
  readonly #known: Map<number, boolean> = new Map();

  constructor(columns: Columns, leaves: Leaves) {
    this.#columns = columns;
    this.#leaves = leaves;
  }

  /** Whether the state of the object of this row is such a dict, which need not be made yet. */
  has(row: number): boolean {
    const { objects, edges, kind } = this.#columns;
    for (let s = objects[row * C.O_WORDS + C.O_FIRST]; s !== 0; s = edges[s + 2]) {
      if (edges[s] !== K.SEG_STATE) continue;
      const state = edges[s + K.SEG_HEAD];
      let has = this.#known.get(state);
      if (has === undefined) this.#known.set(state, (has = kind[state] === K.K_DICT && this.#names(state)));
      return has;
    }
    return false;
  }

  #names(dict: number): boolean {
    const { edges, kind, a } = this.#columns;
    const names = new Set(MODULE_TABLES);
    for (let s = a[dict]; s !== 0; s = edges[s + 2]) {
      const end = s + K.SEG_HEAD + edges[s + 1];
      for (let e = s + K.SEG_HEAD; e + 1 < end; e += 2) {
        const [key, table] = [edges[e], kind[edges[e + 1]]];
        if (!Leaves.has(kind[key]) || table !== K.K_DICT && table !== K.K_OBJECT) continue;
        const name = unboxed(this.#leaves.value(key));
        if (typeof name === "string" && names.delete(name) && names.size === 0) return true;
      }
    }
    return false;
  }
}
