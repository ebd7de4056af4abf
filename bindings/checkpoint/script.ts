// The modules of a TorchScript archive, as torch.jit.load finds them in the objects of data.pkl: which attributes are
// submodules, parameters and buffers is what the classes' code declares (script_code.ts); the code is never run.
import { Global, PyObject } from "../python/object.js";
import type { Value } from "../python/value.js";
import { Tensor } from "../torch/tensor.js";
import type { JsonObject } from "./json.js";
import type { ScriptClass } from "./script_code.js";

/** A parameter or buffer of a TorchScript module. */
export interface ScriptTensor {
  /** As in `named_parameters()`, such as `fc1.weight`. */
  readonly name: string;
  readonly tensor: Tensor;
  readonly isParameter: boolean;
  /** The record of its bytes, where model.json names it. */
  readonly record?: string;
}

/** A module that torch.jit.save wrote. */
export interface Script {
  /** The class that was scripted, without its module. */
  readonly type: string;
  /** Parameters and buffers, each tensor once, in the order of the modules' attributes. */
  readonly tensors: readonly ScriptTensor[];
  /** What model.json says, in archives of torch 1.0 to 1.2. */
  readonly json?: JsonObject;
}

/**
 * The parameters and buffers under a module.
 *
 * @param root what data.pkl holds
 * @param classes what the code declares, by full name
 */
export function scriptOf(root: Value, classes: ReadonlyMap<string, ScriptClass>): Script {
  const tensors: ScriptTensor[] = [];
  const seen = new Set<object>();
  // The next module is the last one: children are put down from the last to the first.
  const stack: (readonly [prefix: string, module: PyObject])[] = root instanceof PyObject ? [["", root]] : [];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [prefix, module] = next;
    if (seen.has(module)) continue;
    seen.add(module);
    const declared = classes.get(nameOf(module));
    const children: (readonly [string, PyObject])[] = [];
    for (const [name, value] of attributesOf(module)) {
      if (value instanceof PyObject && isModule(value, classes)) children.push([`${prefix}${name}.`, value]);
      if (declared === undefined || !(value instanceof Tensor) || seen.has(value)) continue;
      const isParameter = declared.parameters.has(name);
      if (!isParameter && !declared.buffers.has(name)) continue; // an attribute like any other
      seen.add(value);
      tensors.push({ name: prefix + name, tensor: value, isParameter });
    }
    for (const child of children.reverse()) stack.push(child);
  }
  return { type: root instanceof PyObject ? nameOf(root).slice(nameOf(root).lastIndexOf(".") + 1) : "", tensors };
}

function nameOf({ callable }: PyObject): string {
  return callable instanceof Global ? callable.fullName : "";
}

function isModule(value: PyObject, classes: ReadonlyMap<string, ScriptClass>): boolean {
  const name = nameOf(value);
  return name.startsWith("__torch__.") && classes.get(name)?.isModule !== false;
}

function* attributesOf({ state }: PyObject): Iterable<readonly [string, Value]> {
  if (!(state instanceof Map)) return; // a class with a __setstate__ of its own, which is code
  for (const [name, value] of state as Map<Value, Value>) if (typeof name === "string") yield [name, value];
}
