// Puts a state dict into a module: first every key is looked at, module by module, then elements are copied, then what
// did not fit is told in torch's own words.

import { ArgumentError } from "../core/errors.js";
import { Dict } from "../python/dict.js";
import { reprOf } from "../python/repr.js";
import { inspectSymbol, reprSymbol } from "../python/symbols.js";
import { Tuple } from "../python/tuple.js";
import { copyInto, unwritable } from "./copy_into.js";
import { Checked } from "./checked.js";
import type { ModuleBase } from "./module_base.js";
import { placesOf } from "./module_walk.js";
import { Parameter } from "./parameter.js";
import { Size } from "./size.js";
import { normOf } from "./state_dict.js";
import { Tensor } from "./tensor.js";
import { typeName } from "./type_name.js";

/** How a state dict is loaded. */
export interface LoadStateDictOptions {
  /** Whether keys that are missing or unexpected are an error; default true. */
  readonly strict?: boolean;
  /** Whether its tensors take the place of the module's, in place of being copied into them; default false. */
  readonly assign?: boolean;
}

/** A state dict: a Dict, a Map, or a plain object. */
export type StateDictLike = ReadonlyMap<unknown, unknown> | { readonly [key: string]: unknown };

/** Which keys had no counterpart. */
export class IncompatibleKeys {
  /** Keys of the module that the state dict lacks. */
  readonly missingKeys: readonly string[];
  /** Keys of the state dict that the module lacks. */
  readonly unexpectedKeys: readonly string[];

  constructor(missingKeys: readonly string[], unexpectedKeys: readonly string[]) {
    this.missingKeys = Object.freeze(missingKeys);
    this.unexpectedKeys = Object.freeze(unexpectedKeys);
  }

  toString(): string {
    return this[reprSymbol]();
  }

  /** As PyTorch prints it. */
  [reprSymbol](): string {
    const { missingKeys, unexpectedKeys } = this;
    if (missingKeys.length === 0 && unexpectedKeys.length === 0) return "<All keys matched successfully>";
    return `_IncompatibleKeys(missing_keys=${reprOf(missingKeys)}, unexpected_keys=${reprOf(unexpectedKeys)})`;
  }

  [inspectSymbol](): string {
    return this[reprSymbol]();
  }
}

/**
 * Loads a state dict.
 *
 * @throws ArgumentError `STATE_DICT` with torch's report, after everything that fits was loaded
 */
export function loadStateDictInto(root: ModuleBase, given: StateDictLike, options: LoadStateDictOptions = {}): IncompatibleKeys {
  const { strict = true, assign = false } = options;
  const loading = new Loading(entriesOf(given), metadataOf(given), assign);
  for (const { path, module } of placesOf(root, "", false)) loading.module(module, path);
  for (const change of loading.changes) change();
  const { missing, unexpected, errors } = loading;
  const lines = strict ? [
    ...missing.length > 0 ? [`Missing key(s) in state_dict: ${quoted(missing)}. `] : [],
    ...unexpected.length > 0 ? [`Unexpected key(s) in state_dict: ${quoted(unexpected)}. `] : [],
    ...errors,
  ] : errors;
  if (lines.length > 0) {
    throw new ArgumentError(`Error(s) in loading state_dict for ${root.className}:\n\t${lines.join("\n\t")}`, { code: "STATE_DICT" });
  }
  return new IncompatibleKeys(missing, unexpected);
}

class Loading {
  readonly missing: string[] = [];
  readonly unexpected: string[] = [];
  readonly errors: string[] = [];
  /** What is to be done once all is looked at. */
  readonly changes: (() => void)[] = [];
  readonly #entries: ReadonlyMap<string, unknown>;
  readonly #metadata: ReadonlyMap<unknown, unknown> | undefined;
  readonly #assign: boolean;
  readonly #below: Keyed;

  constructor(entries: ReadonlyMap<string, unknown>, metadata: ReadonlyMap<unknown, unknown> | undefined, assign: boolean) {
    this.#entries = entries;
    this.#metadata = metadata;
    this.#assign = assign;
    this.#below = keyed([...entries.keys()]);
  }

  module(module: ModuleBase, path: string): void {
    const prefix = path === "" ? "" : `${path}.`;
    const known = new Set<string>();
    const allowed = new Set<string>();
    const filled = this.#norms(module, prefix, allowed);
    for (const [table, members] of [["_parameters", module.ownParameters()], ["_buffers", module.ownBuffers()]] as const) {
      for (const [name, tensor] of members) {
        if (tensor === null || table === "_buffers" && !module.isPersistent(name)) continue;
        known.add(name);
        if (name === filled && !this.#entries.has(prefix + name)) continue;
        this.#member(module, table, name, tensor, prefix + name);
      }
    }
    this.#unexpected(module, prefix, known, allowed, filled);
  }

  /** What norms of older releases lack or have too much. Answers a key that the module fills itself. */
  #norms(module: ModuleBase, prefix: string, allowed: Set<string>): string | undefined {
    const norm = normOf(module);
    if (norm === undefined) return undefined;
    const own = this.#metadata?.get(prefix.slice(0, -1));
    const version: unknown = own instanceof Map ? own.get("version") : undefined;
    const tracks = module.attribute("track_running_stats") === true;
    if (norm === "instance" && (version ?? null) === null && !tracks) {
      const found = ["running_mean", "running_var"].filter((name) => this.#entries.has(prefix + name));
      for (const name of found) allowed.add(name);
      if (found.length > 0) this.errors.push(statsText(found.map((name) => `"${prefix}${name}"`).join(" and "), module.className));
    }
    const isOld = (version ?? null) === null || typeof version === "number" && version < 2;
    return isOld && tracks ? "num_batches_tracked" : undefined;
  }

  #member(module: ModuleBase, table: string, name: string, tensor: Tensor, key: string): void {
    if (!this.#entries.has(key)) {
      this.missing.push(key);
      return;
    }
    let found = this.#entries.get(key);
    if (!(found instanceof Tensor)) {
      this.errors.push(`While copying the parameter named "${key}", expected torch.Tensor or Tensor-like object from ` +
        `checkpoint but received <class '${typeName(found)}'>`);
      return;
    }
    // Files of torch 0.3 have scalars as tensors of one element.
    if (tensor.shape.length === 0 && found.shape.length === 1 && found.shape[0] === 1) found = firstOf(found as Tensor);
    const given = found as Tensor; // tested above
    if (!sameShape(given.shape, tensor.shape)) {
      this.errors.push(`size mismatch for ${key}: copying a param with shape ${sizeText(given)} from checkpoint, ` +
        `the shape in current model is ${sizeText(tensor)}.`);
      return;
    }
    if (this.#assign) {
      this.changes.push(() => {
        const members = module.attribute(table);
        if (members instanceof Dict) members.set(name, assigned(tensor, given));
      });
      return;
    }
    const why = unwritable(tensor);
    if (why === undefined) this.changes.push(() => copyInto(tensor, given));
    else {
      this.errors.push(`While copying the parameter named "${key}", whose dimensions in the model are ${sizeText(tensor)} and ` +
        `whose dimensions in the checkpoint are ${sizeText(given)}, an exception occurred : ${reprOf(new Tuple([why]))}.`);
    }
  }

  /** Keys that neither a member nor a child of the module has. Those of children are theirs. */
  #unexpected(module: ModuleBase, prefix: string, known: ReadonlySet<string>, allowed: ReadonlySet<string>, filled: string | undefined): void {
    const children = module.table("_modules");
    const extra = "_extra_state";
    // No file says whether a class takes an extra state: that is code
    if (this.#entries.has(prefix + extra)) this.unexpected.push(prefix + extra);
    for (const key of this.#below(prefix)) {
      const rest = key.slice(prefix.length);
      const dot = rest.indexOf(".");
      if (rest === extra) continue;
      if (dot < 0 ? !known.has(rest) && !allowed.has(rest) : !children.has(rest.slice(0, dot))) this.unexpected.push(key);
    }
    if (filled !== undefined && !known.has(filled) && !this.#entries.has(prefix + filled)) this.unexpected.push(prefix + filled);
  }
}

/** The keys that begin with a prefix, in their order. */
type Keyed = (prefix: string) => readonly string[];

/** Sorts keys by what stands before their dots, a level at a time: whoever asks for a prefix has asked for those above. */
function keyed(keys: readonly string[]): Keyed {
  const groups = new Map<string, string[]>([["", keys.slice()]]);
  const opened = new Set<string>();
  return (prefix) => {
    const group = groups.get(prefix) ?? [];
    if (opened.has(prefix)) return group;
    opened.add(prefix);
    for (const key of group) {
      const dot = key.indexOf(".", prefix.length);
      if (dot < 0) continue;
      const next = key.slice(0, dot + 1);
      const below = groups.get(next);
      if (below === undefined) groups.set(next, [key]);
      else below.push(key);
    }
    return group;
  };
}

function entriesOf(given: unknown): ReadonlyMap<string, unknown> {
  const entries = given instanceof Map ? given : plainEntries(given);
  if (entries === undefined) {
    throw new ArgumentError(`Expected state_dict to be dict-like, got <class '${typeName(given)}'>`, { code: "STATE_DICT" });
  }
  const out = new Map<string, unknown>();
  for (const [key, value] of entries) {
    if (typeof key !== "string") {
      throw new ArgumentError(`Cannot load this state dict: its key ${reprOf(key)} is no str`, { code: "STATE_DICT" });
    }
    out.set(key, value);
  }
  return out;
}

function plainEntries(given: unknown): ReadonlyMap<unknown, unknown> | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(given);
  return prototype === Object.prototype || prototype === null ? new Map(Object.entries(given)) : undefined;
}

function metadataOf(given: unknown): ReadonlyMap<unknown, unknown> | undefined {
  const metadata: unknown = given instanceof Dict && given.hasAttributes ? given.attributes.get("_metadata") : undefined;
  return metadata instanceof Map ? metadata : undefined;
}

/** The only element, as a tensor without dimensions over the same storage. */
function firstOf(tensor: Tensor): Tensor {
  const { type, storageOffset, flags } = tensor.view;
  return new Tensor(tensor.storage, new Checked(type, new Size([]), Object.freeze([]), storageOffset, flags));
}

/** What takes the place of a tensor: a parameter stays one, and keeps whether it is learned. */
function assigned(tensor: Tensor, given: Tensor): Tensor {
  if (!(tensor instanceof Parameter)) return given;
  if (!(given instanceof Parameter)) return new Parameter(given, { requiresGrad: tensor.requiresGrad });
  given.requiresGrad = tensor.requiresGrad;
  return given;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

function sizeText({ shape }: Tensor): string {
  return `torch.Size([${shape.join(", ")}])`;
}

function quoted(keys: readonly string[]): string {
  return keys.map((key) => `"${key}"`).join(", ");
}

function statsText(names: string, name: string): string {
  return `Unexpected running stats buffer(s) ${names} for ${name} with track_running_stats=False. If state_dict is a ` +
    "checkpoint saved before 0.4.0, this may be expected because " +
    `${name} does not track running stats by default since 0.4.0. Please remove these keys from state_dict. If the running ` +
    `stats are actually needed, instead set track_running_stats=True in ${name} to enable them. See the documentation of ` +
    `${name} for details.`;
}
