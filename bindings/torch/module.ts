// torch.nn.Module as data: a class's name, and the `__dict__` that the file gives it. It prints, lists and exchanges its
// parameters as PyTorch does; nothing of it can be run, for the code of a class is in no file.

import { inspectSymbol, reprSymbol } from "../python/symbols.js";
import type { Dict, OrderedDict } from "../python/dict.js";
import type { PyObjectInit } from "../python/object.js";
import type { Value } from "../python/value.js";
import { ModuleBase } from "./module_base.js";
import { memberOf } from "./module_extra.js";
import { newState, type ModuleInit } from "./module_make.js";
import { moduleText } from "./module_repr.js";
import { membersOf, placesOf, type MemberOptions } from "./module_walk.js";
import { IncompatibleKeys, loadStateDictInto, type LoadStateDictOptions, type StateDictLike } from "./load_state_dict.js";
import { stateDictOf, type StateDictOptions } from "./state_dict.js";
import type { Parameter } from "./parameter.js";
import type { Tensor } from "./tensor.js";

export type { ModuleInit, Named } from "./module_make.js";
export type { MemberOptions } from "./module_walk.js";

/**
 * A module.
 *
 * @example Make one that Python loads as its own class
 * ```ts
 * const fc = new Module("Linear", {
 *   module: "torch.nn.modules.linear",
 *   attributes: { in_features: 2, out_features: 1 },
 *   parameters: { weight: new Parameter(tensor([[1.5, 2]])), bias: new Parameter(tensor([0.5])) },
 * });
 * const net = new Module("SimpleNet", { children: { fc } });
 * console.log(net); // SimpleNet(\n  (fc): Linear(in_features=2, out_features=1, bias=True)\n)
 * ```
 */
export class Module extends ModuleBase {
  /**
   * @param name the name of its class, such as `Linear`
   * @param init what is in it, and where its class is found
   * @throws ArgumentError `MODULE` where a member is not of its kind, or a name is taken
   */
  constructor(name: string, init?: ModuleInit);
  /** A module as a file has it: what is called, and with what; its state comes later. */
  constructor(object: PyObjectInit);
  constructor(given: string | PyObjectInit, init: ModuleInit = {}) {
    super(typeof given === "string" ? { module: init.module ?? "__main__", name: given, state: newState(given, init) } : given);
  }

  /** Whether it is in training mode. */
  get training(): boolean {
    return this.attribute("training") === true;
  }

  set training(training: boolean) {
    this.attributes.set("training", training);
  }

  /** The member at a path, such as `encoder.layers.0.weight`: a child, a parameter, a buffer or an attribute. */
  get(path: string): Value | undefined {
    let at: unknown = this;
    for (const name of path.split(".")) {
      if (!(at instanceof ModuleBase)) return undefined;
      at = memberOf(at, name);
    }
    return at as Value | undefined; // a module's members are values
  }

  /** The children, each once. */
  *children(): Iterable<Module> {
    for (const [, child] of this.namedChildren()) yield child;
  }

  /** The children with their names, each once. */
  *namedChildren(): Iterable<[string, Module]> {
    const met = new Set<ModuleBase>();
    for (const [name, child] of this.ownChildren()) {
      if (child === null || met.has(child)) continue;
      met.add(child);
      yield [name, child as Module]; // every module is made as one
    }
  }

  /** The module itself and all below it. */
  *modules(): Iterable<Module> {
    for (const [, module] of this.namedModules()) yield module;
  }

  /** The module itself, named by the prefix, and all below it, each before its children. */
  *namedModules(options: Omit<MemberOptions, "recurse"> = {}): Iterable<[string, Module]> {
    const { prefix = "", removeDuplicate = true } = options;
    for (const { path, module } of placesOf(this, prefix, removeDuplicate)) yield [path, module as Module]; // as above
  }

  /** The parameters of the module and all below it, each once. */
  *parameters(options: { readonly recurse?: boolean } = {}): Iterable<Parameter> {
    for (const [, parameter] of this.namedParameters(options)) yield parameter;
  }

  /** The parameters with their names, such as `fc1.weight`. */
  *namedParameters(options: MemberOptions = {}): Iterable<[string, Parameter]> {
    for (const [name, tensor] of membersOf(this, "parameters", options)) yield [name, tensor as Parameter]; // torch's table of them
  }

  /** The buffers of the module and all below it, each once. */
  *buffers(options: { readonly recurse?: boolean } = {}): Iterable<Tensor> {
    for (const [, buffer] of this.namedBuffers(options)) yield buffer;
  }

  /** The buffers with their names, such as `bn1.running_mean`. */
  *namedBuffers(options: MemberOptions = {}): Iterable<[string, Tensor]> {
    yield* membersOf(this, "buffers", options);
  }

  /**
   * The state dict, as PyTorch makes it, `_metadata` included; its tensors look at the module's storages. Hooks and
   * `get_extra_state` are code of the class: they are not run.
   */
  stateDict(options?: StateDictOptions): OrderedDict<string, Tensor> {
    return stateDictOf(this, options);
  }

  /**
   * Copies a state dict into the parameters and buffers, as PyTorch does: into their storages, which for a module that was
   * loaded from bytes in memory may be those very bytes. With `assign` the given tensors take their places instead.
   *
   * @returns the keys that were missing or unexpected, where `strict` is false
   * @throws ArgumentError `STATE_DICT` with PyTorch's own report; what fits has been loaded then
   *
   * @example
   * ```ts
   * console.log(net.loadStateDict(await load("model_weights.pth"))); // <All keys matched successfully>
   * ```
   */
  loadStateDict(stateDict: Dict | StateDictLike, options?: LoadStateDictOptions): IncompatibleKeys {
    return loadStateDictInto(this, stateDict, options);
  }

  override toString(): string {
    return moduleText(this);
  }

  [reprSymbol](): string {
    return moduleText(this);
  }

  override [inspectSymbol](): string {
    return moduleText(this);
  }
}
