// What an object is may depend on the state that comes after it: an array of NumPy's gets its dtype, shape and bytes from
// BUILD. Here those parts are made before their turn, as far as they are of the few kinds that NumPy writes. Every node is
// tried once, and depth is bounded, so that no stream makes this long.
import * as C from "../../assembly/shared/columns.js";
import * as K from "../../assembly/shared/kinds.js";
import { Global } from "../python/object.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import type { Columns } from "./columns.js";
import { Leaves } from "./leaves.js";

/** What the maker of values lends. */
export interface Maker {
  /** The value of a node that is no leaf; undefined before it is made. */
  made(n: number): Value | undefined;
  /** Makes it; its parts are there. */
  make(n: number): void;
  /** Fills a dict; its parts are there. */
  fillDict(n: number): void;
}

/** The state of an object, made early. */
export interface EarlyState {
  readonly state: Tuple<Value>;
  /** Items of the last item of the state, where that is a list: the list itself is not filled yet. */
  readonly listed: number;
}

/** Calls that may stand within such a state. */
const WITHIN: ReadonlySet<string> = new Set(["_codecs.encode", "builtins.bytes", "numpy.dtype"]);
/** A dtype within a dtype takes four levels. */
const MAX_DEPTH = 160;
/** Items of a state tuple. */
const MAX_ITEMS = 9;

/** Makes states before their turn. */
export class Early {
  readonly #columns: Columns;
  readonly #maker: Maker;
  /** Nodes that were tried: being made, or of no such kind. */
  readonly #tried: Set<number> = new Set();
  /** The first pass has come past the nodes before this one. */
  #from = 0;
  #depth = 0;

  constructor(columns: Columns, maker: Maker) {
    this.#columns = columns;
    this.#maker = maker;
  }

  /** The state of the object of this row: null where the pickle adds nothing to it, undefined where it adds something else. */
  state(n: number, row: number): EarlyState | null | undefined {
    const { objects, edges, kind, a, b } = this.#columns;
    if (this.#depth === 0) this.#from = n;
    const segment = objects[row * C.O_WORDS + C.O_FIRST];
    if (segment === 0) return null;
    if (edges[segment] !== K.SEG_STATE || edges[segment + 2] !== 0) return undefined;
    const node = edges[segment + K.SEG_HEAD];
    if (kind[node] !== K.K_TUPLE || b[node] > MAX_ITEMS || !this.#ready(node)) return undefined;
    const state = this.#maker.made(node);
    if (!(state instanceof Tuple)) return undefined;
    const last = b[node] === 0 ? node : edges[a[node] + b[node] - 1];
    return { state, listed: kind[last] === K.K_LIST ? this.#itemsOf(last).length : 0 };
  }

  /** Is the node there, or can it be made now? */
  #ready(n: number): boolean {
    const { kind } = this.#columns;
    if (Leaves.has(kind[n]) || this.#maker.made(n) !== undefined) return true;
    if (kind[n] === K.K_TENSOR || n <= this.#from || this.#tried.has(n) || this.#depth > MAX_DEPTH) return false;
    this.#tried.add(n);
    this.#depth++;
    const ready = this.#partsReady(n);
    if (ready) {
      this.#maker.make(n);
      if (kind[n] === K.K_DICT) this.#maker.fillDict(n);
    }
    this.#depth--;
    return ready;
  }

  #partsReady(n: number): boolean {
    const { kind, a, b, edges, objects } = this.#columns;
    switch (kind[n]) {
      case K.K_BYTES: case K.K_GLOBAL: case K.K_LIST: return true;
      case K.K_DICT: return this.#itemsOf(n).every((item) => this.#ready(item));
      case K.K_TUPLE:
        for (let i = 0; i < b[n]; i++) if (!this.#ready(edges[a[n] + i])) return false;
        return true;
      case K.K_OBJECT: {
        const w = a[n] * C.O_WORDS;
        const callable = objects[w + C.O_CALLABLE];
        if (objects[w + C.O_VIA] !== K.VIA_REDUCE || kind[callable] !== K.K_GLOBAL || !this.#ready(callable)) return false;
        const name = this.#maker.made(callable);
        return name instanceof Global && WITHIN.has(name.fullName) && this.#ready(objects[w + C.O_ARGS]);
      }
      default: return false;
    }
  }

  /** The nodes in a list, or the keys and values of a dict in turn. */
  #itemsOf(n: number): number[] {
    const { a, edges } = this.#columns;
    const out: number[] = [];
    for (let s = a[n]; s !== 0; s = edges[s + 2]) {
      for (let e = s + K.SEG_HEAD; e < s + K.SEG_HEAD + edges[s + 1]; e++) out.push(edges[e]);
    }
    return out;
  }
}
