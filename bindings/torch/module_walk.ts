// The tree of a module and its names. A file may nest modules as deeply as it likes, share them, and put one into itself:
// walks keep their own stack, and what would go on without end has a limit.

import { LimitError } from "../core/errors.js";
import type { ModuleBase } from "./module_base.js";
import type { Tensor } from "./tensor.js";

/** Places of modules in one tree: those of a shared module count each. */
export const MAX_MODULES = 1048576;
/** Characters of all their names. */
export const MAX_NAMES = 134217728;

/** A module at its place in the tree. */
export interface Placed<M> {
  /** Names from the root, joined by dots: `encoder.layers.0`; the root's own prefix for the root. */
  readonly path: string;
  readonly module: M;
}

/** How the members of a tree are listed. */
export interface MemberOptions {
  /** Put before each name, with a dot. */
  readonly prefix?: string;
  /** Whether those of children are listed; default true. */
  readonly recurse?: boolean;
  /** Whether what has several names is listed under the first only; default true. */
  readonly removeDuplicate?: boolean;
}

/** A module and all below it, each before its children. With `once`, a module with several places has the first only. */
export function* placesOf<M extends ModuleBase>(root: M, prefix: string, once: boolean): Iterable<Placed<ModuleBase>> {
  const met = new Set<ModuleBase>();
  const stack: Placed<ModuleBase>[] = [{ path: prefix, module: root }];
  let count = 0;
  let letters = 0;
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    if (once) {
      if (met.has(place.module)) continue;
      met.add(place.module);
    }
    count++;
    letters += place.path.length;
    if (count > MAX_MODULES || letters > MAX_NAMES) throw tooMany(count, letters);
    yield place;
    const { path } = place;
    const below: Placed<ModuleBase>[] = [];
    for (const [name, module] of place.module.ownChildren()) {
      if (module !== null) below.push({ path: joined(path, name), module });
    }
    while (below.length > 0) stack.push(below.pop() as Placed<ModuleBase>); // there is one
  }
}

/** Parameters or buffers of a tree, with their names. */
export function* membersOf(
  root: ModuleBase, kind: "parameters" | "buffers", options: MemberOptions,
): Iterable<[string, Tensor]> {
  const { prefix = "", recurse = true, removeDuplicate = true } = options;
  const met = new Set<Tensor>();
  const places = recurse ? placesOf(root, prefix, removeDuplicate) : [{ path: prefix, module: root }];
  for (const { path, module } of places) {
    for (const [name, tensor] of kind === "parameters" ? module.ownParameters() : module.ownBuffers()) {
      if (tensor === null || met.has(tensor)) continue;
      if (removeDuplicate) met.add(tensor);
      yield [joined(path, name), tensor];
    }
  }
}

/** A name below a path. */
export function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function tooMany(count: number, letters: number): LimitError {
  const [found, limit, what] = count > MAX_MODULES ? [count, MAX_MODULES, "modules"] : [letters, MAX_NAMES, "characters in the names of its modules"];
  return new LimitError(`Cannot list this module: it has more than ${limit} ${what}, as one that holds itself has`, {
    code: "MODULE_TREE", found, limit,
  });
}
