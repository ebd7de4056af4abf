// What a TorchScript archive holds besides the values of its pickle: which of its tensors are parameters and which buffers,
// its constants, and its code as text. Nothing of it is run.
import { LimitError, UnsupportedError } from "../core/errors.js";
import type { Steps } from "../io/steps.js";
import { Dict } from "../python/dict.js";
import { PyObject } from "../python/object.js";
import type { Value } from "../python/value.js";
import { Tensor } from "../torch/tensor.js";
import type { Archive } from "./archive.js";
import type { Limits } from "./limits.js";
import { readRecord } from "./record.js";
import { classesOf, codeRecordOf, type ScriptClass } from "./script_code.js";

/** Characters of all paths together: modules nested a million deep could ask for any number of them. */
const MAX_PATHS = 1 << 26;

/** Counts the characters of paths, and ends before they fill the memory. */
export class PathRoom {
  #left = MAX_PATHS;

  take(path: string): string {
    this.#left -= path.length;
    if (this.#left >= 0) return path;
    throw new LimitError(`The names of the tensors have more than ${MAX_PATHS} characters together: modules are nested too deep`, {
      code: "LIMIT_PATHS", found: MAX_PATHS - this.#left, limit: MAX_PATHS,
    });
  }
}

/** The module of an archive. */
export interface ScriptModule {
  /** The name of its class. */
  readonly type: string;
  /** As torch.jit.load's `named_parameters()` gives them. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** As `named_buffers()` gives them. */
  readonly buffers: ReadonlyMap<string, Tensor>;
}

/** Reads the code of the classes that the pickle names: each by its full name. */
export function* readClasses(archive: Archive, rowOf: (record: string) => number | undefined, limits: Limits): Steps<Map<string, ScriptClass>> {
  const modules = new Set<string>();
  for (let row = 0; row < archive.globalCount; row++) {
    const { module } = archive.global(row);
    if (module === "__torch__" || module.startsWith("__torch__.")) modules.add(module);
  }
  const out = new Map<string, ScriptClass>();
  let room = limits.inflated;
  for (const module of modules) {
    const row = rowOf(codeRecordOf(module));
    if (row === undefined) continue; // classes of C++ have no code
    const text = yield* readText(archive, row, { ...limits, inflated: room });
    room -= archive.entry(row).size;
    for (const [name, one] of classesOf(text)) out.set(`${module}.${name}`, one);
  }
  return out;
}

/** The text of a record. */
export function* readText(archive: Archive, row: number, limits: Limits): Steps<string> {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(yield* readRecord(archive, row, limits));
}

/** The parameters and buffers below a root, by paths of names joined with ".". A tensor met twice counts at its first place. */
export function scriptModule(root: Value, classes: ReadonlyMap<string, ScriptClass>): ScriptModule {
  if (!(root instanceof PyObject)) {
    throw new UnsupportedError("Cannot tell the parameters of this TorchScript archive: its pickle holds no module", { code: "TORCHSCRIPT" });
  }
  const parameters = new Map<string, Tensor>();
  const buffers = new Map<string, Tensor>();
  const room = new PathRoom();
  const met = new Set<Tensor | PyObject>();
  const stack: { readonly module: PyObject; readonly prefix: string }[] = [{ module: root, prefix: "" }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { module, prefix } = top;
    const cls = classOf(module, classes);
    if (met.has(module) || cls === undefined || !(module.state instanceof Dict)) continue;
    met.add(module);
    const below: typeof stack = [];
    for (const [key, value] of module.state) {
      if (typeof key !== "string") continue;
      if (value instanceof PyObject && classOf(value, classes)?.isModule === true) below.push({ module: value, prefix: `${prefix}${key}.` });
      if (!(value instanceof Tensor) || met.has(value)) continue;
      const into = cls.parameters.has(key) ? parameters : cls.buffers.has(key) ? buffers : undefined;
      if (into === undefined) continue;
      met.add(value);
      into.set(room.take(prefix + key), value);
    }
    for (const one of below.reverse()) stack.push(one);
  }
  return { type: root.name.slice(root.name.lastIndexOf(".") + 1), parameters, buffers };
}

function classOf({ module, name }: PyObject, classes: ReadonlyMap<string, ScriptClass>): ScriptClass | undefined {
  return classes.get(`${module}.${name}`);
}
