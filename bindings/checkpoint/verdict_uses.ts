// Functions that serve attackers and honest files alike are judged by what the pickle does with them. Python itself writes
// getattr(Outer, "Inner") for a class inside a class, and functools.partial for a partial; an attack calls what they give.
import * as C from "../../assembly/shared/columns.js";
import * as K from "../../assembly/shared/kinds.js";
import { utf8Text } from "../core/text.js";
import type { Archive } from "./archive.js";
import { isGadget, verdictOf, type Verdict } from "./verdict.js";

/** The verdict on each global of a pickle. */
export function verdictsOf(archive: Archive): Verdict[] {
  const globals = Array.from({ length: archive.globalCount }, (_, row) => archive.global(row));
  const verdicts = globals.map(verdictOf);
  const gadgets = new Set(globals.flatMap((global, row) => (isGadget(global) ? [row] : [])));
  // Next to something that runs code for certain, nothing is an honest use.
  if (gadgets.size === 0 || verdicts.some((verdict, row) => verdict === "dangerous" && !gadgets.has(row))) return verdicts;
  const misused = misusedIn(archive, gadgets);
  return verdicts.map((verdict, row) => (gadgets.has(row) && !misused.has(row) ? "inert" : verdict));
}

/** Which of these globals a pickle calls in a way that only an attack does. */
function misusedIn(archive: Archive, gadgets: ReadonlySet<number>): Set<number> {
  const { objects, kind, a, b, edges, u8 } = archive.columns;
  const misused = new Set<number>();
  /** Rows of OBJECTS that a gadget made, and which gadget. */
  const made = new Map<number, number>();
  const isText = (n: number): boolean => kind[n] === K.K_ASCII || kind[n] === K.K_TEXT;
  /** getattr(Class, "name"): an attribute by a plain name, of something that the file names, and the whole is not dangerous. */
  const isMember = (args: number): boolean => {
    if (kind[args] !== K.K_TUPLE || b[args] !== 2) return false;
    const [owner, attribute] = [edges[a[args]], edges[a[args] + 1]];
    if (kind[owner] !== K.K_GLOBAL || !isText(attribute)) return false;
    const name = utf8Text(u8, a[attribute], b[attribute]);
    const { module, name: outer } = archive.global(a[owner]);
    return /^[A-Za-z]\w*$/.test(name) && verdictOf({ module, name: `${outer}.${name}`, allowed: false }) !== "dangerous";
  };
  const rows = objects.length / C.O_WORDS;
  for (let row = 0; row < rows; row++) {
    const w = row * C.O_WORDS;
    const callable = objects[w + C.O_CALLABLE];
    if (kind[callable] === K.K_GLOBAL && gadgets.has(a[callable])) {
      const gadget = a[callable];
      const { name } = archive.global(gadget);
      made.set(row, gadget);
      if (name === "getattr" ? !isMember(objects[w + C.O_ARGS]) : name !== "partial") misused.add(gadget);
    } else if (kind[callable] === K.K_OBJECT && objects[w + C.O_VIA] !== K.VIA_NEWOBJ && objects[w + C.O_VIA] !== K.VIA_NEWOBJ_EX) {
      // What a call gave is called. (A class inside a class is made by NEWOBJ.) Where it was no gadget's, one may hide behind it.
      const gadget = made.get(a[callable]);
      for (const one of gadget === undefined ? gadgets : [gadget]) misused.add(one);
    }
    // Torch's own functions call what they are given first.
    const args = objects[w + C.O_ARGS];
    if (kind[callable] !== K.K_GLOBAL || gadgets.has(a[callable]) || kind[args] !== K.K_TUPLE || b[args] === 0 || !archive.global(a[callable]).allowed) continue;
    const first = edges[a[args]];
    const given = kind[first] === K.K_GLOBAL ? a[first] : kind[first] === K.K_OBJECT ? made.get(a[first]) : undefined;
    if (given !== undefined && gadgets.has(given)) misused.add(given);
  }
  return misused;
}
