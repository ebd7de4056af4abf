// How objects of a few of Python's own classes print. brine keeps them as inert objects, which have all that is to be
// printed; of every other class only the name is known.

import { FIELDS, LIST, listMembers, pairMembers } from "./layout.js";
import type { Layout } from "./layout.js";

/** What of a PyObject is printed. */
export interface Parts {
  readonly module: string;
  readonly name: string;
  readonly via: string;
  readonly args: readonly unknown[];
  readonly state: unknown;
  readonly items: readonly unknown[];
}

/** How an object prints. */
export function layoutOf(object: Parts): Layout {
  const { args } = object;
  switch (`${object.module}.${object.name}`) {
    case "builtins.slice":
      if (args.length !== 3) break;
      return { open: "slice(", members: listMembers(args), style: LIST, close: ")", cycle: "slice(...)" };
    case "builtins.range":
      if (args.length !== 3) break;
      return { open: "range(", members: args.slice(0, args[2] === 1 ? 2 : 3), style: LIST, close: ")", cycle: "..." };
    case "collections.deque":
      if (args.length > 2 || typeof (args[1] ?? 0) !== "number") break;
      return dequeLayout(object);
    case "argparse.Namespace":
      if (object.state instanceof Map) return namespaceLayout(object.state);
  }
  const { module, name } = object;
  const open = `<${module === "builtins" || module === "" ? name : `${module}.${name}`} object>`;
  return { open, members: [], style: LIST, close: "", cycle: "" };
}

/** `deque([1, 2], maxlen=3)`: what the call gave, and what was appended. */
function dequeLayout({ args, items }: Parts): Layout {
  const first = Array.isArray(args[0]) ? listMembers(args[0]) : [];
  const members = [...first, ...listMembers(items)];
  const close = args[1] === undefined || args[1] === null ? "])" : `], maxlen=${String(args[1])})`;
  return { open: "deque([", members, style: LIST, close, cycle: "[...]" };
}

/** `Namespace(lr=0.1)`. */
function namespaceLayout(state: ReadonlyMap<unknown, unknown>): Layout {
  return { open: "Namespace(", members: pairMembers(state), style: FIELDS, close: ")", cycle: "Namespace(...)" };
}
