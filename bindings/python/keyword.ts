// Layouts of what is no container of ours.

import { LIST, type Layout } from "./layout.js";
import { layoutSymbol } from "./symbols.js";

/** What prints as a text and nothing more. */
export function text(open: string): Layout {
  return { open, members: [], style: LIST, close: "", cycle: open };
}

/** A member with a word before it: `maxlen=3`, `**{'a b': 1}`. */
export class Keyword {
  readonly #word: string;
  readonly #value: unknown;

  constructor(word: string, value: unknown) {
    this.#word = word;
    this.#value = value;
  }

  [layoutSymbol](): Layout {
    return { open: this.#word, members: [this.#value], style: LIST, close: "", cycle: "" };
  }
}
