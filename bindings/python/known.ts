// How objects of a few of Python's own classes print. brine keeps them as inert objects, which have all that is to be
// printed; of every other class only the name is known. Where Python would make something else of the parts, or nothing,
// the object prints as one of those.

import { Keyword, text } from "./keyword.js";
import { LIST, listMembers, pairMembers, type Layout } from "./layout.js";
import { timeLayout } from "./known_times.js";
import { quoteText } from "./quote.js";

/** What of a PyObject is printed. */
export interface Parts {
  readonly module: string;
  readonly name: string;
  readonly via: string;
  readonly args: readonly unknown[];
  readonly state: unknown;
  readonly items: readonly unknown[];
}

/** How an object prints; undefined: its class is not known. */
export function layoutOf(object: Parts): Layout | undefined {
  const { module, name, args, state } = object;
  switch (module) {
    case "builtins": return builtinLayout(object);
    case "datetime": return timeLayout(name, args);
    case "pathlib": case "pathlib._local": return pathLayout(name, args);
  }
  switch (`${module}.${name}`) {
    case "collections.deque":
      return args.length > 2 || typeof (args[1] ?? 0) !== "number" ? undefined : dequeLayout(object);
    case "argparse.Namespace": return state instanceof Map ? namespaceLayout(state) : undefined;
    case "types.SimpleNamespace": return state instanceof Map ? simpleLayout(state) : undefined;
    case "functools.partial": return partialLayout(object);
    case "decimal.Decimal": return isDecimal(args) ? text(`Decimal('${args[0]}')`) : undefined;
    case "fractions.Fraction": return fractionLayout(args);
    case "uuid.UUID": return state instanceof Map ? uuidLayout(state.get("int")) : undefined;
    case "torch.torch_version.TorchVersion": return args.length === 1 && typeof args[0] === "string" ? text(quoteText(args[0])) : undefined;
    default: return undefined;
  }
}

function builtinLayout({ name, via, args }: Parts): Layout | undefined {
  if (name === "slice") return args.length !== 3 ? undefined : { open: "slice(", members: listMembers(args), style: LIST, close: ")", cycle: "slice(...)" };
  if (name === "range") {
    return args.length !== 3 ? undefined : { open: "range(", members: args.slice(0, args[2] === 1 ? 2 : 3), style: LIST, close: ")", cycle: "..." };
  }
  // Errors of the system become another class by their number.
  if (via !== "reduce" || !/(Error|Exception|Warning|Interrupt|Exit|Iteration)$/.test(name)) return undefined;
  if (args.length > 1 && /^(OS|IO|Environment)Error$/.test(name)) return undefined;
  return { open: `${name}(`, members: listMembers(args), style: LIST, close: ")", cycle: `${name}(...)` };
}

/** `deque([1, 2], maxlen=3)`: what the call gave, and what was appended. */
function dequeLayout({ args, items }: Parts): Layout {
  const first = Array.isArray(args[0]) ? listMembers(args[0]) : [];
  const members = [...first, ...listMembers(items)];
  const close = args[1] === undefined || args[1] === null ? "])" : `], maxlen=${String(args[1])})`;
  return { open: "deque([", members, style: LIST, close, cycle: "[...]" };
}

/** `Namespace(lr=0.1)`; names that are no identifiers stand in a dict, as Python has them. */
function namespaceLayout(state: ReadonlyMap<unknown, unknown>): Layout | undefined {
  const others = new Map<unknown, unknown>();
  const members: unknown[] = [];
  const pairs = pairMembers(state);
  for (let i = 0; i < pairs.length; i += 2) {
    const name = nameOf(pairs[i]);
    if (name === undefined) return undefined;
    if (/^[\p{XIDS}_]\p{XIDC}*$/u.test(name)) members.push(new Keyword(`${name}=`, pairs[i + 1]));
    else others.set(name, pairs[i + 1]);
  }
  if (others.size > 0) members.push(new Keyword("**", others));
  return { open: "Namespace(", members, style: LIST, close: ")", cycle: "Namespace(...)" };
}

function simpleLayout(state: ReadonlyMap<unknown, unknown>): Layout | undefined {
  const members = keywordsOf(state);
  if (members === undefined) return undefined;
  return { open: "namespace(", members, style: LIST, close: ")", cycle: "namespace(...)" };
}

/** The pairs of a dict as `name=value`; undefined where a key is no str. */
function keywordsOf(dict: ReadonlyMap<unknown, unknown>): Keyword[] | undefined {
  const keywords: Keyword[] = [];
  const pairs = pairMembers(dict);
  for (let i = 0; i < pairs.length; i += 2) {
    const name = nameOf(pairs[i]);
    if (name === undefined) return undefined;
    keywords.push(new Keyword(`${name}=`, pairs[i + 1]));
  }
  return keywords;
}

/** A str, in its box or not. */
function nameOf(key: unknown): string | undefined {
  const value: unknown = typeof key === "object" && key !== null && "value" in key ? key.value : key;
  return typeof value === "string" ? value : undefined;
}

/** `functools.partial(<class 'dict'>, 1, a=2)`: all of it is in the state. */
function partialLayout({ state }: Parts): Layout | undefined {
  const [called, args, kwargs]: readonly unknown[] = Array.isArray(state) && state.length === 4 ? state : [];
  if (!Array.isArray(args) || !(kwargs instanceof Map)) return undefined;
  const keywords = keywordsOf(kwargs);
  if (keywords === undefined) return undefined;
  const members: unknown[] = [called, ...listMembers(args), ...keywords];
  return { open: "functools.partial(", members, style: LIST, close: ")", cycle: "..." };
}

/** `PosixPath('a/b')`: the parts up to Python 3.12, then the whole. */
function pathLayout(name: string, args: readonly unknown[]): Layout | undefined {
  if (!/^(Pure)?(Posix|Windows)?Path$/.test(name) || !args.every((part): part is string => typeof part === "string")) return undefined;
  let path = "";
  for (const part of args) {
    const forward = name.includes("Windows") ? part.replaceAll("\\", "/") : part;
    path += path === "" || path.endsWith("/") ? forward : `/${forward}`;
  }
  return text(`${name}(${quoteText(path === "" ? "." : path)})`);
}

/** The text that `str` of a Decimal gives, and nothing that Python would first make one of. */
function isDecimal(args: readonly unknown[]): boolean {
  return args.length === 1 && typeof args[0] === "string" && /^-?((0|[1-9]\d*)(\.\d+)?(E[+-]\d+)?|Infinity|s?NaN\d*)$/.test(args[0]);
}

/** A text up to Python 3.11, then two numbers. */
function fractionLayout(args: readonly unknown[]): Layout | undefined {
  const [first, second] = args;
  const match = typeof first === "string" && args.length === 1 ? /^(-?\d+)(?:\/(\d+))?$/.exec(first) : null;
  if (match !== null) return text(`Fraction(${match[1]}, ${match[2] ?? "1"})`);
  const isWhole = (n: unknown): boolean => typeof n === "bigint" || Number.isSafeInteger(n);
  return args.length === 2 && isWhole(first) && isWhole(second) ? text(`Fraction(${String(first)}, ${String(second)})`) : undefined;
}

function uuidLayout(value: unknown): Layout | undefined {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
  const number = BigInt(value as number | bigint); // a whole number
  if (number < 0n || number >> 128n !== 0n) return undefined;
  const hex = number.toString(16).padStart(32, "0");
  return text(`UUID('${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}')`);
}
