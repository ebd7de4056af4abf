// Python's text of a value: `repr` and `str`, as CPython 3.11 writes them. Classes of ours say by a symbol how they
// print: containers give a layout, everything else its text, so that this file knows none of them.

import { LimitError } from "../core/errors.js";
import { floatText, integerText } from "./digits.js";
import { FIELDS, LIST, listMembers, PAIRS, pairMembers, setMembers, TUPLES } from "./layout.js";
import type { Layout } from "./layout.js";
import { MAX_TEXT, quoteBytes, quoteText, tooLong } from "./quote.js";
import { layoutSymbol, reprSymbol, strSymbol } from "./symbols.js";

export { MAX_TEXT } from "./quote.js";
export { reprSymbol, strSymbol } from "./symbols.js";

/** How often one text may print containers that it has printed before: the same attack, made of short texts. */
export const MAX_REPEATS = 4194304;

/** How deep a text may nest. Each level is a record of about 200 bytes. */
export const MAX_DEPTH = 1048576;

/** Containers that are told from new ones when they come again. */
const MAX_SEEN = 8388608;
/** Pieces that are joined at a time. */
const PIECES = 4096;

/** What an object may have to say about its text. */
interface Printing {
  readonly [reprSymbol]?: () => string;
  readonly [strSymbol]?: () => string;
  readonly [layoutSymbol]?: () => Layout;
}

/**
 * Python's `repr` of a value, digit for digit.
 *
 * @param value Anything that `load` gives or `save` takes
 * @returns The text that Python 3.11 and PyTorch print
 * @throws {LimitError} `TEXT_TOO_LONG` beyond 2^27 characters, `TEXT_TOO_DEEP` beyond 2^20 levels
 */
export function reprOf(value: unknown): string {
  return atomText(value) ?? new Printer().print(value as object); // no text: it is an object
}

/**
 * Python's `str` of a value: text stands for itself, everything else is its `repr`.
 *
 * @param value Anything that `load` gives or `save` takes
 * @throws {LimitError} `TEXT_TOO_LONG` beyond 2^27 characters, `TEXT_TOO_DEEP` beyond 2^20 levels
 */
export function strOf(value: unknown): string {
  if (typeof value === "string") return value;
  const own = typeof value === "object" && value !== null ? (value as Printing)[strSymbol] : undefined;
  return own === undefined ? reprOf(value) : own.call(value as object);
}

/** A container that is being printed. */
class Frame {
  readonly target: object;
  readonly layout: Layout;
  at = 0;

  constructor(target: object, layout: Layout) {
    this.target = target;
    this.layout = layout;
  }
}

class Printer {
  readonly #stack: Frame[] = [];
  /** The containers on the stack, with what stands for them inside themselves. */
  readonly #open: Map<object, string> = new Map();
  /** Texts of objects that print themselves: a tensor met again is not formatted again. */
  readonly #texts: Map<object, string> = new Map();
  /** The containers printed so far. */
  readonly #seen: Set<object> = new Set();
  #repeats = 0;
  #pieces: string[] = [];
  #chunks: string[] = [];
  #length = 0;

  print(root: object): string {
    this.#object(root);
    while (this.#stack.length > 0) {
      const frame = this.#stack[this.#stack.length - 1];
      const { members, style, close } = frame.layout;
      if (frame.at === members.length) {
        this.#put(style === TUPLES && frame.at > 0 ? `)${close}` : close);
        this.#open.delete(frame.target);
        this.#stack.pop();
        continue;
      }
      const before = separator(style, frame.at);
      if (before !== "") this.#put(before);
      const bare = style === FIELDS && (frame.at & 1) === 0;
      const member = members[frame.at++];
      const text = bare ? String(member) : atomText(member);
      if (text !== undefined) this.#put(text);
      else this.#object(member as object); // no text: it is an object
    }
    this.#chunks.push(this.#pieces.join(""));
    return this.#chunks.join("");
  }

  #object(value: object): void {
    const cycle = this.#open.get(value);
    if (cycle !== undefined) return this.#put(cycle);
    const layout = layoutOf(value);
    if (layout === undefined) return this.#put(this.#text(value));
    this.#count(value);
    this.#put(layout.open);
    this.#open.set(value, layout.cycle);
    this.#stack.push(new Frame(value, layout));
  }

  /** Refuses what would print without end: what nests too deep, and what repeats itself too often. */
  #count(container: object): void {
    if (this.#stack.length >= MAX_DEPTH) {
      throw new LimitError(`Cannot print this value: it nests deeper than ${MAX_DEPTH} levels, print parts of it`, {
        code: "TEXT_TOO_DEEP",
        found: this.#stack.length + 1,
        limit: MAX_DEPTH,
      });
    }
    if (!this.#seen.has(container)) {
      if (this.#seen.size < MAX_SEEN) this.#seen.add(container);
      return;
    }
    if (++this.#repeats <= MAX_REPEATS) return;
    throw new LimitError(
      `Cannot print this value: it repeats its parts more than ${MAX_REPEATS} times, print parts of it`,
      { code: "TEXT_TOO_LONG", found: this.#repeats, limit: MAX_REPEATS },
    );
  }

  #text(value: object): string {
    let text = this.#texts.get(value);
    if (text === undefined) this.#texts.set(value, (text = textOf(value)));
    return text;
  }

  #put(text: string): void {
    this.#length += text.length;
    if (this.#length > MAX_TEXT) throw tooLong(this.#length);
    if (this.#pieces.push(text) < PIECES) return;
    this.#chunks.push(this.#pieces.join(""));
    this.#pieces = [];
  }
}

/** What stands before member number `at`. */
function separator(style: Layout["style"], at: number): string {
  if (style === LIST) return at === 0 ? "" : ", ";
  if ((at & 1) === 1) return style === PAIRS ? ": " : style === TUPLES ? ", " : "=";
  if (at === 0) return style === TUPLES ? "(" : "";
  return style === TUPLES ? "), (" : ", ";
}

function layoutOf(value: object): Layout | undefined {
  const { [layoutSymbol]: layout, [reprSymbol]: repr } = value as Printing;
  if (repr !== undefined) return undefined;
  if (layout !== undefined) return layout.call(value);
  if (Array.isArray(value)) {
    return { open: "[", members: listMembers(value), style: LIST, close: "]", cycle: "[...]" };
  }
  if (value instanceof Map) {
    return { open: "{", members: pairMembers(value), style: PAIRS, close: "}", cycle: "{...}" };
  }
  if (value instanceof Set) {
    if (value.size === 0) return { open: "set()", members: [], style: LIST, close: "", cycle: "" };
    return { open: "{", members: setMembers(value), style: LIST, close: "}", cycle: "set(...)" };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  return { open: "{", members: Object.entries(value).flat(1), style: PAIRS, close: "}", cycle: "{...}" };
}

/** The text of an object that is no container. */
function textOf(value: object): string {
  const repr = (value as Printing)[reprSymbol];
  if (repr !== undefined) return repr.call(value);
  if (value instanceof Uint8Array) return quoteBytes(value);
  const made: unknown = value.constructor;
  return typeof made === "function" && made.name !== "" ? `<${made.name} object>` : "<object>";
}

/** The text of a value that has no members; undefined for objects. */
function atomText(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return quoteText(value);
    case "number":
      return numberText(value);
    case "boolean":
      return value ? "True" : "False";
    case "bigint":
      return integerText(value);
    case "object":
      return value === null ? "None" : undefined;
    case "function":
      return `<function ${value.name === "" ? "anonymous" : value.name}>`;
    default:
      return String(value);
  }
}

/** A number as it would be saved: a safe integer that is not -0 is an int, anything else a float. */
function numberText(value: number): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : floatText(value);
}
