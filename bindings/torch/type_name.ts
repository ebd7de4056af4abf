// Python's name of a value's type, as it stands in messages: `<class 'int'>`, `torch.FloatTensor`.

import { ByteArray } from "../python/bytearray.js";
import { Complex } from "../python/complex.js";
import { Counter, DefaultDict } from "../python/counted.js";
import { Dict, OrderedDict } from "../python/dict.js";
import { Float } from "../python/float.js";
import { FrozenSet } from "../python/frozenset.js";
import { Global, PyObject } from "../python/object.js";
import { Ellipsis, NotImplemented } from "../python/singletons.js";
import { Str } from "../python/str.js";
import { Tuple } from "../python/tuple.js";
import { Device } from "./device.js";
import { DType } from "./dtype.js";
import { Layout, QScheme } from "./layout.js";
import { Parameter } from "./parameter.js";
import { Size } from "./size.js";
import { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

// Subclasses stand before what they extend.
const CLASSES: readonly (readonly [new (...args: never[]) => object, string])[] = [
  [Float, "float"], [Str, "str"], [Complex, "complex"], [ByteArray, "bytearray"], [Uint8Array, "bytes"],
  [Size, "torch.Size"], [Tuple, "tuple"], [Array, "list"], [FrozenSet, "frozenset"], [Set, "set"],
  [OrderedDict, "collections.OrderedDict"], [DefaultDict, "collections.defaultdict"], [Counter, "collections.Counter"],
  [Dict, "dict"], [Map, "dict"], [Global, "type"], [DType, "torch.dtype"], [Device, "torch.device"],
  [Layout, "torch.layout"], [QScheme, "torch.qscheme"], [Parameter, "torch.nn.parameter.Parameter"],
  [Tensor, "torch.Tensor"],
];

/** The full name of the type of a value, such as `int` or `torch.Size`. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case "boolean": return "bool";
    case "string": return "str";
    case "bigint": return "int";
    case "number": return Number.isSafeInteger(value) && !Object.is(value, -0) ? "int" : "float";
    case "object": return value === null ? "NoneType" : objectTypeName(value);
    default: return typeof value;
  }
}

function objectTypeName(value: object): string {
  if (value instanceof PyObject) return value.module === "builtins" ? value.name : `${value.module}.${value.name}`;
  if (value instanceof Storage) return value.dtype === "untyped" ? "torch.storage.UntypedStorage" : "torch.storage.TypedStorage";
  if (value === Ellipsis) return "ellipsis";
  if (value === NotImplemented) return "NotImplementedType";
  return CLASSES.find(([type]) => value instanceof type)?.[1] ?? "dict"; // a plain object is saved as a dict
}

/** The name of the kind of tensor that old releases had a class for, such as `torch.FloatTensor`. */
export function tensorTypeName({ type, device }: Tensor): string {
  const kind = type.storageClass === null
    ? type.name.replace(/^complex32$/, "ComplexHalf").replace(/^uint/, "UInt").replace(/^[a-z]/, (letter) => letter.toUpperCase())
    : type.storageClass.slice(0, -"Storage".length);
  return `torch.${device.startsWith("cuda") ? "cuda." : ""}${kind}Tensor`;
}
