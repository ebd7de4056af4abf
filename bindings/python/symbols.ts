// The names under which a value says how it prints, how it compares as a key, and what plain data it stands for.
// Symbols, so that python/ knows nothing of torch/, and no key of a file can stand for one of them.

/** A method: Python's repr of the value. */
export const reprSymbol: unique symbol = Symbol("brine.repr");
/** A method: Python's str of the value, where that is not its repr. */
export const strSymbol: unique symbol = Symbol("brine.str");
/** A method: how a container prints, member by member (see `Layout`). */
export const layoutSymbol: unique symbol = Symbol("brine.layout");
/** How a value compares as a key (see `keys.ts`). */
export const keySymbol: unique symbol = Symbol("brine.key");
/** A method: plain data that stands for the value (see `plain.ts`). */
export const plainSymbol: unique symbol = Symbol("brine.plain");
/** The method that console.log calls in Node, Bun and Deno. */
export const inspectSymbol: unique symbol = Symbol.for("nodejs.util.inspect.custom");
