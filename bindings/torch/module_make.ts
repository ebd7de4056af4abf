// The `__dict__` of a new module: what `nn.Module.__init__` of the newest torch puts there, in its order, and after it what
// a class's own `__init__` sets. The order is part of the file.

import { ArgumentError } from "../core/errors.js";
import { Dict, OrderedDict } from "../python/dict.js";
import type { Value } from "../python/value.js";
import { ModuleBase } from "./module_base.js";
import { Parameter } from "./parameter.js";
import { Tensor } from "./tensor.js";

/** Named things: pairs, a Map, a Dict, or a plain object. */
export type Named<V> = Iterable<readonly [string, V]> | { readonly [name: string]: V };

/** What `new Module` takes. */
export interface ModuleInit {
  /** The Python module in which its class is found; default `__main__`. */
  readonly module?: string;
  /** Whether it is in training mode; default true. */
  readonly training?: boolean;
  /** What its class's `__init__` sets besides, such as `in_features`, in that order. */
  readonly attributes?: Named<Value>;
  /** Its own parameters; null where it could have one and has none. */
  readonly parameters?: Named<Parameter | null>;
  /** Its own buffers; null where it could have one and has none. */
  readonly buffers?: Named<Tensor | null>;
  /** Names of buffers that are left out of state dicts. */
  readonly nonPersistentBuffers?: Iterable<string>;
  /** Its children; null where it could have one and has none. */
  readonly children?: Named<ModuleBase | null>;
}

/** The `__dict__` of a new module. */
export function newState(name: string, init: ModuleInit): Dict {
  const state = new Dict<Value, Value>();
  const hooks = (...names: readonly string[]): void => names.forEach((hook) => state.set(hook, new OrderedDict()));
  const names = new Set<string>();
  state.set("training", init.training ?? true);
  state.set("_parameters", tableOf(name, "parameter", init.parameters, names, (value) => value instanceof Parameter));
  state.set("_buffers", tableOf(name, "buffer", init.buffers, names, (value) => value instanceof Tensor));
  state.set("_non_persistent_buffers_set", new Set<Value>(init.nonPersistentBuffers ?? []));
  hooks("_backward_pre_hooks", "_backward_hooks");
  state.set("_is_full_backward_hook", null);
  hooks("_forward_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called");
  hooks("_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_state_dict_hooks", "_state_dict_pre_hooks");
  hooks("_load_state_dict_pre_hooks", "_load_state_dict_post_hooks");
  state.set("_modules", tableOf(name, "child", init.children, names, (value) => value instanceof ModuleBase));
  for (const [key, value] of pairsOf(init.attributes)) {
    if (state.has(key) && key !== "training" || names.has(key)) {
      throw wrong(name, `its attribute ${JSON.stringify(key)} is there already; give parameters, buffers and children as such`);
    }
    state.set(key, value);
  }
  return state;
}

function tableOf<V extends Value>(
  module: string, what: string, members: Named<V | null> | undefined, names: Set<string>, fits: (value: unknown) => boolean,
): Dict {
  const table = new Dict<Value, Value>();
  for (const [name, value] of pairsOf(members)) {
    if (typeof name !== "string" || name === "" || name.includes(".")) {
      throw wrong(module, `the name ${JSON.stringify(String(name))} of a ${what} is empty or has a dot`);
    }
    if (names.has(name)) throw wrong(module, `two of its members are named ${JSON.stringify(name)}`);
    if (value !== null && !fits(value)) {
      throw wrong(module, `its ${what} ${JSON.stringify(name)} is none: expected ${EXPECTED[what]} or null`);
    }
    names.add(name);
    table.set(name, value);
  }
  return table;
}

const EXPECTED: { readonly [what: string]: string } = { parameter: "a Parameter", buffer: "a Tensor", child: "a Module" };

function pairsOf<V>(named: Named<V> | undefined): Iterable<readonly [string, V]> {
  if (named === undefined) return [];
  return Symbol.iterator in named ? named as Iterable<readonly [string, V]> : Object.entries(named); // the test tells them apart
}

function wrong(module: string, why: string): ArgumentError {
  return new ArgumentError(`Cannot make the module ${JSON.stringify(module)}: ${why}`, { code: "MODULE" });
}
