// The parts of a checkpoint become one dict: in the order of the index, which says in which part each key has to be; behind
// these what the parts hold and the index does not name. A key that two parts have, and no index decides, is an error.
import { BrineError, FormatError } from "../core/errors.js";
import { shown } from "../core/shown.js";
import { Dict, OrderedDict } from "../python/dict.js";
import { marksOf } from "../python/marks.js";
import { reprOf } from "../python/repr.js";
import type { Value } from "../python/value.js";
import type { ShardIndex } from "./sharded_index.js";

/** One part and what it holds. */
export interface Part {
  readonly name: string;
  readonly value: Value;
}

/** Joins the parts. */
export function joinParts(parts: readonly Part[], index: ShardIndex | null): Dict<Value, Value> {
  const dicts = new Map(parts.map(({ name, value }) => [name, dictOf(name, value)]));
  const all = [...dicts.values()];
  const out = all.every((dict) => dict instanceof OrderedDict) ? new OrderedDict() : new Dict();
  for (const [key, file] of index?.weightMap ?? []) {
    const dict = dicts.get(file);
    if (dict?.has(key) !== true) throw missingKey(key, file);
    copy(dict, key, out);
  }
  const found = new Map<Value, string>();
  for (const [name, dict] of dicts) {
    for (const key of dict.keys()) {
      if (typeof key === "string" && index?.weightMap.has(key) === true) continue;
      if (out.has(key)) throw twice(reprOf(key), found.get(key) ?? name, name);
      copy(dict, key, out);
      found.set(key, name);
    }
  }
  for (const dict of all) if (dict.hasAttributes) joinAttributes(dict.attributes, out.attributes);
  return out;
}

/** The error of a key that its file does not have. */
export function missingKey(key: string, file: string): FormatError {
  return new FormatError(`The index says that "${shown(key)}" is in "${shown(file)}", and it is not there`, { code: "SHARD_KEY", record: file });
}

/** The error of a key that two files have. */
export function twice(key: string, first: string, second: string): FormatError {
  return new FormatError(`The key ${shown(key)} is in "${shown(first)}" and in "${shown(second)}", and no index says which one counts`, {
    code: "SHARD_DUPLICATE", record: second,
  });
}

/** The error of a part, which says in which one it came. */
export function inPart(name: string, cause: unknown): unknown {
  if (cause instanceof BrineError) cause.message = `In "${shown(name)}": ${cause.message}`;
  return cause;
}

function dictOf(name: string, value: Value): Dict<Value, Value> {
  if (value instanceof Dict) return value as Dict<Value, Value>; // its keys and values are any
  throw new FormatError(`The part "${shown(name)}" holds no dict, so there is nothing to join it by`, { code: "SHARD_VALUE", record: name });
}

/** Copies an entry, and what the dict remembers of it: that a number was a float. */
function copy(from: Dict<Value, Value>, key: Value, to: Dict<Value, Value>): void {
  const marks = marksOf(from);
  const value = from.get(key) as Value; // it is one of its keys
  to.set((marks?.ofKey(key) ?? key) as Value, (marks?.ofValue(from, key, value) ?? value) as Value); // boxed values are values
}

/** Attributes of the parts: dicts of one name become one, of anything else the first counts. */
function joinAttributes(from: Dict, to: Dict): void {
  for (const [name, value] of from) {
    const there = to.get(name);
    if (there === undefined) to.set(name, value instanceof Dict ? (value instanceof OrderedDict ? new OrderedDict(value) : new Dict(value)) : value);
    else if (there instanceof Dict && value instanceof Dict) for (const [key, item] of value) if (!there.has(key)) there.set(key, item);
  }
}
