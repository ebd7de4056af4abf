// Python's and torch's rarer values, from the calls that pickles make of them: what rebuild.ts does not make itself.
import { ByteArray } from "../python/bytearray.js";
import { Complex } from "../python/complex.js";
import { Counter, DefaultDict } from "../python/counted.js";
import { FrozenSet } from "../python/frozenset.js";
import { Global, PyObject } from "../python/object.js";
import { Ellipsis, NoneType, NotImplemented } from "../python/singletons.js";
import type { Value } from "../python/value.js";
import { device } from "../torch/device.js";
import { layout, qscheme } from "../torch/layout.js";
import { latin1Bytes, type Rebuild } from "./rebuild.js";

// Answers undefined where the arguments are not what the class itself writes: the call then stays inert.
const TABLE: ReadonlyMap<string, Rebuild> = new Map<string, Rebuild>([
  ["collections.defaultdict", ({ args }) => {
    if (args.length === 0) return new DefaultDict(null);
    const [factory] = args;
    return args.length > 1 ? undefined : factory instanceof Global || factory instanceof PyObject ? new DefaultDict(factory) : undefined;
  }],
  ["collections.Counter", ({ args, pairs }) => (args.length > 1 ? undefined : new Counter(args.length === 0 ? [] : pairs(0)))],
  ["builtins.frozenset", ({ args, items }) => {
    if (args.length > 1 || args.length === 1 && !Array.isArray(args[0])) return undefined;
    return new FrozenSet(args.length === 0 ? [] : items(0));
  }],
  ["builtins.bytearray", ({ args }) => {
    const [first, codec] = args;
    if (args.length === 0) return new ByteArray(0);
    if (args.length === 1 && first instanceof Uint8Array) return new ByteArray(first.slice());
    const bytes = args.length === 2 && typeof first === "string" && (codec === "latin-1" || codec === "latin1") ? latin1Bytes(first) : undefined;
    return bytes === undefined ? undefined : new ByteArray(bytes);
  }],
  ["builtins.complex", ({ args }) => {
    const [re, im] = args;
    return args.length === 2 && typeof re === "number" && typeof im === "number" ? new Complex(re, im) : undefined;
  }],
  ["builtins.type", ({ args }) => (args.length === 1 && args[0] === null ? NoneType : undefined)],
  ["torch.serialization._get_layout", ({ args }) => {
    const [name] = args;
    return args.length === 1 && typeof name === "string" && /^torch\.[a-z_]+$/.test(name) ? layout(name.slice(6)) : undefined;
  }],
  ["torch.device", ({ args }) => {
    const [type, index] = args;
    if (typeof type !== "string" || args.length > 2) return undefined;
    return args.length === 1 ? device(type) : typeof index === "number" ? device(`${type}:${index}`) : undefined;
  }],
]);

const NAMED: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["builtins.Ellipsis", Ellipsis],
  ["builtins.NotImplemented", NotImplemented],
  ...["per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric", "per_channel_affine_float_qparams"]
    .map((name): [string, Value] => [`torch.${name}`, qscheme(name)]),
]);

/** The value that a global names, where it is no class or function. */
export function namedValue(module: string, name: string): Value | undefined {
  return NAMED.get(`${module}.${name}`);
}

/** The value of a call of one of these; undefined where it is none that their classes write. */
export const rebuildPython: Rebuild = (parts, fail) => {
  const { callable } = parts;
  return callable instanceof Global ? TABLE.get(callable.fullName)?.(parts, fail) : undefined;
};

/** A frozenset of these members. */
export function frozenSet(members: Iterable<Value>): FrozenSet<Value> {
  return new FrozenSet(members);
}
