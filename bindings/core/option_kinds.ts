// What an option may be, and what is said of one that is something else. JavaScript gives anything: it is told here, before any work
// begins, and not by whoever stumbles over it later.
import { ArgumentError, BrineError } from "./errors.js";
import { shown } from "./shown.js";

/** One kind of value: in words, and how it is told. What `is` throws, other than an error of brine's, means no. */
export type Kind = readonly [what: string, is: (value: unknown) => boolean];
/** The options of a function, each with its kind. */
export type Kinds = Readonly<Record<string, Kind>>;

export const BOOLEAN: Kind = ["true or false", (value) => typeof value === "boolean"];
export const TEXT: Kind = ["a text", (value) => typeof value === "string"];
export const CALL: Kind = ["a function", (value) => typeof value === "function"];
export const COUNT: Kind = ["a whole number of at least 0", (value) => Number.isSafeInteger(value) && value as number >= 0]; // as was just seen
/** Of bytes, as many as there are for Infinity. */
export const AMOUNT: Kind = ["a number of at least 0", (value) => typeof value === "number" && value >= 0];
export const SIGNAL: Kind = ["an AbortSignal", (value) => {
  const { aborted, throwIfAborted, addEventListener, removeEventListener } = value as AbortSignal; // or whatever it is
  return typeof aborted === "boolean" && [throwIfAborted, addEventListener, removeEventListener].every((one) => typeof one === "function");
}];
/** Of a Headers only its keys would be copied, and it has none. */
export const HEADERS: Kind = ["an object of texts, such as { Authorization: \"Bearer …\" }", (value) =>
  isRecord(value) && Object.values(value).every(TEXT[1]) && new Headers(value as Record<string, string>) !== undefined]; // which refuses what is no header

/** Is it an object of names and values, and no list or the like? */
export function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}

/** One of these texts. */
export function oneOf(...texts: readonly string[]): Kind {
  return [texts.map((text) => `"${text}"`).join(" or "), (value) => texts.includes(value as string)]; // whatever it is
}

/** The kind, or null. */
export function orNull([what, is]: Kind): Kind {
  return [`${what}, or null`, (value) => value === null || is(value)];
}

/**
 * Refuses options that do not exist, since a slip of the pen would be ignored, and those of another kind.
 *
 * @throws ArgumentError `OPTION`
 */
export function checkOptions(options: object, kinds: Kinds, where: string): void {
  try {
    if (!isRecord(options)) throw wrong(`Options of ${where} must be an object, such as {}`, options);
    for (const name of Object.keys(options)) {
      if (!Object.hasOwn(kinds, name)) throw new ArgumentError(`Unknown option "${shown(name)}" of ${where}; options are ${Object.keys(kinds).join(", ")}`, { code: "OPTION" });
    }
    for (const [name, [what, is]] of Object.entries(kinds)) {
      const value = (options as Readonly<Record<string, unknown>>)[name]; // an own one, or its class's
      if (value !== undefined && !tried(is, value)) throw wrong(`Option ${name} of ${where} must be ${what}`, value);
    }
  } catch (cause) {
    if (cause instanceof BrineError) throw cause;
    throw new ArgumentError(`Cannot look at the options of ${where}: ${String(cause)}`, { code: "OPTION", cause });
  }
}

function tried(is: Kind[1], value: unknown): boolean {
  try {
    return is(value);
  } catch (cause) {
    if (cause instanceof BrineError) throw cause; // it says more
    return false;
  }
}

function wrong(what: string, found: unknown): ArgumentError {
  const isObject = typeof found === "function" || typeof found === "object" && found !== null;
  const told = isObject ? `a value of type ${typeof found}` : typeof found === "string" ? `"${shown(found)}"` : String(found);
  return new ArgumentError(`${what}, found ${told}`, { code: "OPTION" });
}
