// Rebuild: what a pickle calls, as a value. Each callable that brine knows has one line here and its way back in
// reduce.ts, or stands in the table of a family that most files do without; every other call becomes an inert PyObject.
// Nothing is looked up anywhere but in these tables.
import { Dict, OrderedDict } from "../python/dict.js";
import { keySlot, setMark } from "../python/marks.js";
import { Float } from "../python/float.js";
import { Str } from "../python/str.js";
import { Global, PyObject } from "../python/object.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { isReconstructor } from "../torch/module_tables.js";
import { Parameter } from "../torch/parameter.js";
import { Size } from "../torch/size.js";
import type { EarlyState } from "./early.js";
import type { Families } from "./families.js";

/** A call that a pickle makes. */
export interface Parts {
  readonly callable: Value;
  readonly args: Tuple<Value>;
  readonly kwargs: Value;
  readonly via: "reduce" | "newobj" | "inst";
  /** Items of the list, or keys and values in turn of the dict, that is argument i; it may not be filled itself yet. */
  items(i: number): Value[];
  /** Items of the list, or keys and values in turn of the dict, that is item j of the tuple that is argument i. */
  within(i: number, j: number): Value[];
  /** Keys and values of the dict, or list of pairs, that is argument i. */
  pairs(i: number): [Value, Value][];
  /** Whether the state that follows has the tables of a module. */
  hasTables(): boolean;
  /** The value of a whole checkpoint that stands in bytes of the pickle. */
  embedded(bytes: Uint8Array): Value;
  /** The state that follows, where its parts can be made now; null where nothing is added, undefined where something else is. */
  added(): EarlyState | null | undefined;
}

/** What a pickle adds to an object after the call. */
export interface Additions {
  readonly items: Value[];
  readonly pairs: [Value, Value][];
  readonly state: Value | undefined;
}

type Fail = (message: string) => Error;
/** Makes the value of a call; undefined: it is not what the class itself writes, or none of these. */
export type Rebuild = (parts: Parts, fail: Fail) => Value | undefined;

// Answers undefined where the arguments are not what the class itself writes: the call then stays inert.
const TABLE: ReadonlyMap<string, Rebuild> = new Map<string, Rebuild>([
  ["collections.OrderedDict", ({ args, pairs }) => {
    if (args.length > 1) return undefined;
    return new OrderedDict(args.length === 0 ? [] : pairs(0));
  }],
  ["builtins.set", ({ args, items }) => {
    if (args.length !== 1 || !Array.isArray(args[0])) return args.length === 0 ? new Set<Value>() : undefined;
    const set = new Set<Value>();
    for (const item of items(0)) addMember(set, item);
    return set;
  }],
  ["builtins.bytes", ({ args }) => (args.length === 0 ? new Uint8Array(0) : undefined)],
  ["_codecs.encode", ({ args }, fail) => {
    const [text, codec] = args;
    if (args.length !== 2 || typeof text !== "string" || codec !== "latin1" && codec !== "latin-1") return undefined;
    const bytes = latin1Bytes(text);
    if (bytes === undefined) throw fail("Bytes are written as text with a code point above 255");
    return bytes;
  }],
  ["torch.Size", ({ args, items }) => {
    if (args.length !== 1 || !Array.isArray(args[0])) return args.length === 0 ? new Size([]) : undefined;
    const sizes = items(0);
    return sizes.every((n): n is number => typeof n === "number" && Number.isInteger(n)) ? new Size(sizes) : undefined;
  }],
  // torch saves a storage so where pickle.dump is used instead of torch.save.
  ["torch.storage._load_from_bytes", ({ args, embedded }) => {
    const [bytes] = args;
    return args.length === 1 && bytes instanceof Uint8Array ? embedded(bytes) : undefined;
  }],
]);

/** Classes whose `__new__` is a call. */
const NEW: ReadonlySet<string> = new Set(["torch.Size", "torch.nn.parameter.Parameter"]);

/** The value of a call. */
export function construct(parts: Parts, families: Families, fail: Fail): Value {
  const { callable, args, kwargs, via } = parts;
  // Up to torch 1.0 a Size is made as any subclass of tuple is, and a Parameter as an instance of any class.
  const isCall = via === "reduce" || via === "newobj" && callable instanceof Global && NEW.has(callable.fullName);
  if (isCall && kwargs === null && callable instanceof Global) {
    let value: Value | undefined;
    try {
      value = TABLE.get(callable.fullName)?.(parts, fail) ?? families.python.here?.rebuildPython(parts, fail)
        ?? families.tensors.here?.rebuildTensors(callable, args, parts, fail) ?? families.numpy.here?.rebuildNumpy(callable, args, () => parts.added());
    } catch (cause) {
      throw cause instanceof Error && cause.name === "ArgumentError" ? fail(cause.message) : cause;
    }
    if (value !== undefined) return value;
  }
  if (!(callable instanceof Global) && !(callable instanceof PyObject)) {
    throw fail("A pickle calls something that is no class or function");
  }
  if (kwargs !== null && !(kwargs instanceof Dict)) throw fail("An object's keyword arguments are no dict");
  const made = { callable, via, args, kwargs };
  return isInstance(parts) && parts.hasTables() ? new families.modules.module.Module(made) : new PyObject(made);
}

/** Is it made as pickle makes an instance of a class, by `__new__` and nothing else? */
function isInstance({ callable, args, via }: Parts): boolean {
  if (via === "newobj") return callable instanceof Global;
  return via === "reduce" && isReconstructor(callable) && args[0] instanceof Global;
}

/** Gives an object what the pickle adds to it after the call. */
export function fillObject(value: Value & object, additions: Additions, { numpy }: Families, fail: Fail): void {
  const { items, pairs, state } = additions;
  if (numpy.here?.isNumpy(value) === true) return; // made with its state, and without any other addition
  if (value instanceof PyObject) {
    if (items.length > 0) value.items = items;
    if (pairs.length > 0) value.pairs = pairs;
    if (state !== undefined) value.state = state;
  } else if (value instanceof Parameter && items.length === 0 && pairs.length === 0 && setsGradient(state)) {
    if (state[0] && !value.type.isFloatingPoint && !value.type.isComplex) throw fail(`A ${value.dtype} parameter has no gradient to require`);
    value.requiresGrad = state[0];
  } else if (items.length > 0 || pairs.length > 0 || state !== undefined) {
    throw fail("A pickle adds to a value that takes no such thing");
  }
}

/** (requires_grad, volatile, hooks): how parameters were given their state before torch 0.4. */
function setsGradient(state: Value | undefined): state is Tuple<boolean> {
  return state instanceof Tuple && state.length === 3 && typeof state[0] === "boolean";
}

/** Adds a member as Python has it: a float that looks like an int is marked, and each NaN, which JavaScript would fold, is its own. */
export function addMember(set: Set<Value>, member: Value): void {
  const boxed = member instanceof Float || member instanceof Str;
  const value = boxed ? member.value : member;
  if (value !== value) set.add(boxed ? member : new Float(NaN));
  else {
    set.add(value);
    if (boxed) setMark(set, keySlot(value), member);
  }
}

/** Bytes of the code points 0 to 255; undefined where one is above. */
export function latin1Bytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 255) return undefined;
    bytes[i] = unit;
  }
  return bytes;
}
