// How inert objects print whose classes are known, and members of classes.

import { text } from "./keyword.js";
import { layoutOf } from "./known.js";
import type { Layout } from "./layout.js";
import { Global, PyObject } from "./object.js";

/** A class within a class prints as one, and what known.ts knows as in Python; undefined: it is neither. */
export function knownLayout(object: PyObject): Layout | undefined {
  const member = memberOf(object);
  if (member !== undefined) return text(memberText(member));
  const cls = object.callable instanceof PyObject ? memberOf(object.callable) : undefined;
  return cls === undefined ? layoutOf(object) : text(`<${cls.fullName} object>`);
}

/** How deep classes nest at most, to be printed as such. */
const MAX_NESTED = 16;

/** A class within a class; but a name in capitals is rather a member of an enumeration, as CPython 3.11.2 wrote them. */
function memberText(member: Global): string {
  // CPython 3.13 comes to a memory format by way of a module that has torch as its member.
  if (/^torch\.(contiguous_format|preserve_format|channels_last|channels_last_3d)$/.test(member.name)) return member.name;
  return /\.[A-Z][A-Z0-9_]+$/.test(member.name) ? `<global ${member.fullName}>` : member.toString();
}

/** What `getattr(Outer, "Inner")` names, where the pickle comes to a member of a class so. */
function memberOf(object: PyObject): Global | undefined {
  let path = "";
  let at: unknown = object;
  for (let i = 0; i < MAX_NESTED && at instanceof PyObject; i++) {
    const { callable, args, via } = at;
    const isGetattr = via === "reduce" && callable instanceof Global && callable.fullName === "builtins.getattr";
    if (!isGetattr || args.length !== 2 || typeof args[1] !== "string") return undefined;
    path = `.${args[1]}${path}`;
    at = args[0];
  }
  return at instanceof Global && path !== "" ? new Global(at.module, at.name + path) : undefined;
}
