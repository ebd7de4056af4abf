// How names print, and inert objects by their names. What an object shows besides is told by print_object.ts, where that is
// here: most files have no such objects.
import { text } from "./keyword.js";
import type { Layout } from "./layout.js";
import type { Global, PyObject } from "./object.js";
import { rarely } from "./printing.js";

/** Classes of Python's own whose names begin with a small letter. */
const SMALL_CLASSES: ReadonlySet<string> = new Set([
  ..."bool bytearray bytes classmethod complex dict enumerate filter float frozenset int list map".split(" "),
  ..."memoryview object property range reversed set slice staticmethod str super tuple type zip".split(" "),
].map((name) => `builtins.${name}`).concat(
  "collections.defaultdict", "collections.deque", "datetime.date", "datetime.datetime", "datetime.time",
  "datetime.timedelta", "functools.partial", "numpy.ndarray", "numpy.dtype", "array.array",
));

/** As Python prints a class. A function, which Python prints with its address, is `<global torch.relu>`. */
export function globalText({ module, name, fullName }: Global): string {
  const last = name.slice(name.lastIndexOf(".") + 1);
  if (!/^_*[A-Z]/.test(last) && !SMALL_CLASSES.has(fullName)) return `<global ${fullName}>`;
  return `<class '${module === "builtins" ? name : fullName}'>`;
}

/** An object as its class prints it, where brine knows that; others as `<module.name object>`. */
export function objectLayout(object: PyObject): Layout {
  const { module, name } = object;
  return rarely.here?.knownLayout(object) ?? text(`<${module === "builtins" || module === "" ? name : `${module}.${name}`} object>`);
}
