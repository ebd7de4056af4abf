// Which families the values of a file need: told by the classes and functions that its pickle names and calls, before any
// value is made. What stands in no line here, rebuild.ts makes itself, or leaves inert.
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import { K_BYTESTR, K_FROZENSET, K_GLOBAL, K_TEXT, VIA_NEWOBJ } from "../../assembly/shared/kinds.js";
import { REBUILD_FROM_TYPE_V2 } from "../../assembly/shared/known.js";
import { NONE } from "../../assembly/shared/status.js";
import type { Late } from "../io/late.js";
import type { Steps } from "../io/steps.js";
import type { Archive } from "./archive.js";
import { Leaves } from "./leaves.js";
import { Tables } from "./tables.js";

/** Modules in which Python 2 and 3 have the same names. */
const SAME = /^(torch|numpy|collections|_codecs)(\.|$)/;
const NUMPY = /^numpy\./;
const PYTHON = /^(collections\.(defaultdict|Counter)|builtins\.(frozenset|bytearray|complex|type|Ellipsis|NotImplemented)|torch\.(device$|per_)|torch\.serialization\.)/;
/** The core makes most tensors; calls that it left as they are, are among these. */
const TENSORS = /^torch\.(_utils|_?tensor)\._rebuild|^torch\..*Tensor$|^torch\.nn\.parameter\.Parameter$/;
/** Classes whose objects print as in Python (python/known.ts), and `getattr`, which comes to members of classes. */
const KNOWN = /^(builtins\.(getattr|slice|range|[A-Z]\w*)|datetime|pathlib|collections\.deque|argparse|types|functools|decimal|fractions|uuid|torch\.torch_version)(\.|$)/;
const EMBEDDED = "torch.storage._load_from_bytes";

/** Waits for what the values of an archive need. */
export function* bringFamilies(archive: Archive): Steps<void> {
  const { families } = archive;
  (yield* families.values.get()).fillValues();
  if (archive.isOther) {
    yield* families.others.get();
    (yield* families.texts.get()).fillAll();
    return;
  }
  const { names, python, numpy, tensors, modules, embedded, texts } = families;
  const all: readonly Late<unknown>[] = [names, python, numpy, tensors, modules, embedded, texts];
  if (all.every(({ here }) => here !== undefined)) return texts.module.fillAll();
  const isOld = archive.fact(FACT.FACT_PROTOCOL) < 3;
  const globals = Array.from({ length: archive.globalCount }, (_, row) => archive.global(row));
  if (isOld && globals.some(({ module }) => !SAME.test(module))) yield* names.get();

  const full = globals.map(({ module, name }) => (isOld ? families.names.here?.python3Name(module, name) ?? [module, name] : [module, name]).join("."));
  const wanted = new Set<Late<unknown>>();
  for (const name of full) {
    if (NUMPY.test(name)) wanted.add(numpy).add(texts); // its arrays may hold text
    if (PYTHON.test(name)) wanted.add(python);
    if (KNOWN.test(name)) wanted.add(texts);
    if (name === EMBEDDED) wanted.add(embedded);
  }
  const { columns } = archive;
  // The engine's own search: a loop over as many nodes costs milliseconds before it is compiled, and `includes` thrice the time.
  const has = (kind: number): boolean => columns.kind.indexOf(kind) >= 0;
  if (has(K_FROZENSET)) wanted.add(python);
  if (has(K_TEXT) || has(K_BYTESTR)) wanted.add(texts);
  const { called, instances } = objectsOf(archive, full);
  if (full.some((name, row) => called[row] !== 0 && TENSORS.test(name)) || hasClass(archive)) wanted.add(tensors);
  if (hasModule(archive, instances)) wanted.add(modules);
  if (wanted.size > 0) yield Promise.all(Array.from(wanted, (family) => family.fetch()));
  texts.here?.fillAll();
}

/** Which globals objects are made by, and which objects are instances of a class. One pass: there may be an object for each tensor. */
function objectsOf(archive: Archive, full: readonly string[]): { readonly called: Uint8Array; readonly instances: readonly number[] } {
  const { objects, kind, a } = archive.columns;
  const called = new Uint8Array(full.length);
  const instances: number[] = [];
  let last = -1; // most calls are of what was called before: the OrderedDict of each tensor
  let reconstructs = false;
  for (let w = 0; w < objects.length; w += C.O_WORDS) {
    const callable = objects[w + C.O_CALLABLE];
    if (callable !== last) {
      last = callable;
      const row = kind[callable] === K_GLOBAL ? a[callable] : -1;
      if (row >= 0) called[row] = 1;
      reconstructs = full[row] === "copyreg._reconstructor";
    }
    if (reconstructs || objects[w + C.O_VIA] >= VIA_NEWOBJ) instances.push(w / C.O_WORDS);
  }
  return { called, instances };
}

/** Has a tensor that the core made a class of its own? Not where the file does not name the function that gives it one. */
function hasClass(archive: Archive): boolean {
  const { globals, tensors } = archive.columns;
  let isNamed = false;
  for (let w = 0; w < globals.length; w += C.G_WORDS) isNamed ||= globals[w + C.G_KNOWN] === REBUILD_FROM_TYPE_V2;
  if (!isNamed) return false;
  for (let w = 0; w < tensors.length; w += C.T_WORDS) if (tensors[w + C.T_TYPE] !== NONE) return true;
  return false;
}

function hasModule(archive: Archive, instances: readonly number[]): boolean {
  if (instances.length === 0) return false;
  const { columns } = archive;
  const tables = new Tables(columns, new Leaves(columns, "latin1"));
  return instances.some((row) => tables.has(row));
}
