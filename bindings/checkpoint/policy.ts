// Names that weights-only loading may see besides torch's own, as torch.serialization keeps them for the process. Torch's
// environment variables TORCH_FORCE_WEIGHTS_ONLY_LOAD and TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD are not read: they exist to turn
// off, or force, what keeps code from being run. Here nothing is run in either mode, and the option of a call says it all.
import { ArgumentError } from "../core/errors.js";
import { Global } from "../python/object.js";

/** Process-wide, as torch's is: this is the one set that calls share. */
const allowed: Set<string> = new Set();

/** A class or function by its full Python name. */
export type SafeGlobal = string | Global;

function fullNames(items: Iterable<SafeGlobal>): string[] {
  return Array.from(items, (item) => {
    const name = item instanceof Global ? item.fullName : item;
    if (typeof name !== "string" || !/^[^.\s]+(\.[^.\s]+)+$/.test(name)) {
      throw new ArgumentError(`Cannot allow ${JSON.stringify(name)}: expected a full name such as "argparse.Namespace"`, { code: "GLOBAL_NAME" });
    }
    return name;
  });
}

/**
 * Allows names to weights-only loading from now on, in the whole process.
 *
 * @param items full names, such as `"argparse.Namespace"`, or `Global`s
 */
export function addSafeGlobals(items: Iterable<SafeGlobal>): void {
  for (const name of fullNames(items)) allowed.add(name);
}

/** The names allowed so far. */
export function getSafeGlobals(): string[] {
  return [...allowed];
}

/** Forgets all names allowed so far. */
export function clearSafeGlobals(): void {
  allowed.clear();
}

/** Names allowed within a block: `using safe = safeGlobals([…])`, or `safeGlobals([…], () => …)`. */
export interface SafeGlobalsScope {
  /** Removes exactly the names that this scope was given, as torch does. */
  [Symbol.dispose](): void;
}

/** Allows names until the scope is disposed of. */
export function safeGlobals(items: Iterable<SafeGlobal>): SafeGlobalsScope;
/** Allows names while `work` runs, to the end of its promise if it gives one. */
export function safeGlobals<T>(items: Iterable<SafeGlobal>, work: () => T): T;
export function safeGlobals<T>(items: Iterable<SafeGlobal>, work?: () => T): T | SafeGlobalsScope {
  const names = fullNames(items);
  for (const name of names) allowed.add(name);
  const leave = (): void => {
    for (const name of names) allowed.delete(name);
  };
  if (work === undefined) return { [disposeSymbol]: leave } as unknown as SafeGlobalsScope; // the symbol of this runtime
  let result: T;
  try {
    result = work();
  } catch (cause) {
    leave();
    throw cause;
  }
  if (result instanceof Promise) return result.finally(leave) as T & Promise<unknown>; // a promise of the same type
  leave();
  return result;
}

/** Node 20 has it under this name too; older engines get TypeScript's stand-in. */
const disposeSymbol: symbol = Symbol.dispose ?? Symbol.for("Symbol.dispose");
