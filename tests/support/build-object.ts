// Builds the values that fixtures describe as JSON (schema: the fixtures' README), with brine's own constructors, so
// that a test can save or print what PyTorch saved or printed. What brine cannot make yet is refused by its reason.

import { rebuildNumpy } from "../../bindings/checkpoint/rebuild_numpy.js";
import { Complex } from "../../bindings/python/complex.js";
import { ByteArray } from "../../bindings/python/bytearray.js";
import { Counter, DefaultDict } from "../../bindings/python/counted.js";
import { Dict, OrderedDict } from "../../bindings/python/dict.js";
import { Float, float } from "../../bindings/python/float.js";
import { FrozenSet } from "../../bindings/python/frozenset.js";
import { keySlot, setMark, tells } from "../../bindings/python/marks.js";
import { Global, PyObject } from "../../bindings/python/object.js";
import { Ellipsis, NoneType, NotImplemented } from "../../bindings/python/singletons.js";
import { Str, str } from "../../bindings/python/str.js";
import { Tuple } from "../../bindings/python/tuple.js";
import type { Value } from "../../bindings/python/value.js";
import { device } from "../../bindings/torch/device.js";
import { dtype } from "../../bindings/torch/dtype.js";
import { layout, qscheme } from "../../bindings/torch/layout.js";
import { meta } from "../../bindings/torch/meta.js";
import { nested } from "../../bindings/torch/nested.js";
import { Parameter } from "../../bindings/torch/parameter.js";
import { quantized } from "../../bindings/torch/quantized.js";
import { Size } from "../../bindings/torch/size.js";
import { sparse } from "../../bindings/torch/sparse.js";
import { Storage } from "../../bindings/torch/storage.js";
import { storageDType, Tensor } from "../../bindings/torch/tensor.js";

/** A node of the schema: JSON. */
export type Node = null | boolean | number | string | NodeObject;
type NodeObject = { readonly [key: string]: unknown };
type Pairs = readonly (readonly [Node, Node])[];

/** A storage of the schema. */
export interface DescribedStorage {
  readonly nbytes: number;
  /** Base64. */
  readonly data: string;
  readonly location?: string;
}

/** An object of the schema. */
export interface Description {
  readonly storages: readonly DescribedStorage[];
  readonly root: Node;
}

/** The description holds what brine cannot make yet; the message is what. */
export class NotBuilt extends Error {}

/** The value that a description describes. Throws NotBuilt where brine cannot make it yet. */
export function buildObject(description: Description): Value {
  return new Builder(description.storages).build(description.root);
}

const SINGLETONS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["Ellipsis", Ellipsis], ["NotImplemented", NotImplemented], ["type(None)", NoneType], ["NoneType", NoneType],
]);

class Builder {
  readonly #described: readonly DescribedStorage[];
  readonly #storages: Map<number, Storage> = new Map();
  readonly #ids: Map<number, Value> = new Map();
  readonly #globals: Map<string, Global> = new Map();

  constructor(described: readonly DescribedStorage[]) {
    this.#described = described;
  }

  build(node: Node): Value {
    // A plain text is the one interned str of it, and a plain number an int, here as there.
    if (node === null || typeof node !== "object") return node;
    if ("ref" in node) {
      const met = this.#ids.get(node.ref as number);
      if (met === undefined) throw new Error(`No object has the id ${String(node.ref)} yet`);
      return met;
    }
    return this.#scalar(node) ?? this.#container(node) ?? this.#torch(node) ?? this.#reduced(node);
  }

  #keep<T extends Value>(node: NodeObject, value: T): T {
    if ("id" in node) this.#ids.set(node.id as number, value);
    return value;
  }

  #scalar(node: NodeObject): Value | undefined {
    if ("str" in node) return this.#keep(node, str(node.str as string));
    if ("int" in node) return BigInt(node.int as string);
    if ("float" in node) return floatOf(node);
    if ("complex" in node) {
      const [re, im] = node.complex as [string, string];
      return this.#keep(node, new Complex(numberOf(re), numberOf(im)));
    }
    if ("bytes" in node) return this.#keep(node, bytesOf(node.bytes as string));
    if ("bytearray" in node) return this.#keep(node, new ByteArray(bytesOf(node.bytearray as string)));
    if ("singleton" in node) {
      const found = SINGLETONS.get(node.singleton as string);
      if (found === undefined) throw new NotBuilt(`singleton ${String(node.singleton)}`);
      return found;
    }
    if ("global" in node) return this.#global(node.global as [string, string]);
    return undefined;
  }

  /** Classes are the same object wherever they are named. */
  #global([module, name]: readonly [string, string]): Global {
    const key = JSON.stringify([module, name]);
    let found = this.#globals.get(key);
    if (found === undefined) this.#globals.set(key, (found = new Global(module, name)));
    return found;
  }

  #container(node: NodeObject): Value | undefined {
    if ("list" in node) return this.#fillList(this.#keep<Value[]>(node, []), node.list as Node[]);
    if ("tuple" in node) return this.#keep(node, new Tuple<Value>(this.#all(node.tuple as Node[])));
    if ("frozenset" in node) return this.#keep(node, new FrozenSet<Value>(this.#all(node.frozenset as Node[])));
    if ("set" in node) {
      const set = this.#keep(node, new Set<Value>());
      for (const member of this.#all(node.set as Node[])) {
        set.add(unboxed(member));
        if (isMarked(member)) setMark(set, keySlot(member.value), member);
      }
      return set;
    }
    if ("dict" in node) return this.#fillDict(this.#keep(node, new Dict<Value, Value>()), node.dict as Pairs);
    if ("odict" in node) {
      const dict = this.#fillDict(this.#keep(node, new OrderedDict<Value, Value>()), node.odict as Pairs);
      if ("attrs" in node) this.#fillDict(dict.attributes as Dict<Value, Value>, node.attrs as Pairs);
      return dict;
    }
    return undefined;
  }

  #all(nodes: readonly Node[]): Value[] {
    return nodes.map((node) => this.build(node));
  }

  /** An array is marked when it has its full length. */
  #fillList(list: Value[], nodes: readonly Node[]): Value[] {
    const boxed: [number, Float | Str][] = [];
    for (const node of nodes) {
      const value = this.build(node);
      if (isMarked(value)) boxed.push([list.length, value]);
      list.push(unboxed(value));
    }
    for (const [index, box] of boxed) setMark(list, index, box);
    return list;
  }

  #fillDict<D extends Dict<Value, Value>>(dict: D, pairs: Pairs): D {
    for (const [key, value] of pairs) {
      const built = this.build(key);
      dict.set(built, this.build(value));
    }
    return dict;
  }

  #torch(node: NodeObject): Value | undefined {
    if ("size" in node) return this.#keep(node, new Size(node.size as number[]));
    if ("device" in node) return this.#keep(node, device(node.device as string));
    if ("layout" in node) return layout(node.layout as string);
    if ("qscheme" in node) return qscheme(node.qscheme as string);
    if ("dtype" in node) return dtype(node.dtype as string);
    if ("storage" in node) return this.#storage(node.storage as number, node.as as string);
    if ("tensor" in node) return this.#withAttributes(node, this.#keep(node, this.#dense(node.tensor as NodeObject)));
    if ("parameter" in node) {
      const data = this.build(node.parameter as Node);
      if (!(data instanceof Tensor)) throw new Error("The data of a parameter is no tensor");
      const parameter = new Parameter(data, { requiresGrad: node.requires_grad as boolean });
      return this.#withAttributes(node, this.#keep(node, parameter));
    }
    const made = this.#otherTensor(node);
    return made === undefined ? undefined : this.#withAttributes(node, this.#keep(node, made));
  }

  /** Tensors that are no view of one storage. */
  #otherTensor(node: NodeObject): Tensor | undefined {
    if ("meta" in node) {
      const { dtype: type, shape, stride, requires_grad: requiresGrad } = node.meta as NodeObject;
      return meta({ dtype: type as string, shape: shape as number[], stride: stride as number[], requiresGrad: requiresGrad === true });
    }
    if ("nested" in node) {
      const { buffer, sizes, strides, offsets } = node.nested as NodeObject;
      return nested({ buffer: this.#part(buffer), sizes: this.#part(sizes), strides: this.#part(strides), offsets: this.#part(offsets) });
    }
    if ("sparse" in node) {
      const { layout: name, shape, coalesced, ...parts } = node.sparse as NodeObject;
      const built = Object.fromEntries(Object.entries(parts).map(([part, one]) => [part, this.#part(one)])) as { values: Tensor };
      return sparse({ ...built, layout: name as string, shape: shape as number[], coalesced: coalesced as boolean | undefined });
    }
    if (!("quantized" in node)) return undefined;
    const { qscheme: scheme, scale, zero_point: zeroPoint, scales, zero_points: zeroPoints, axis, ...view } = node.quantized as NodeObject;
    const type = dtype(view.dtype as string);
    return quantized({
      storage: this.#storage(view.storage as number, storageDType(type)), dtype: type, shape: view.shape as number[], stride: view.stride as number[],
      storageOffset: view.offset as number, requiresGrad: view.requires_grad === true, qscheme: scheme as string,
      ...(scales === undefined
        ? { scale: numberOf((scale as { float: string }).float), zeroPoint: zeroPoint as number }
        : { scales: this.#part(scales), zeroPoints: this.#part(zeroPoints), axis: axis as number }),
    });
  }

  #part(node: unknown): Tensor {
    const part = this.build(node as Node);
    if (!(part instanceof Tensor)) throw new Error("A part of a tensor is no tensor");
    return part;
  }

  #storage(number: number, type: string): Storage {
    let storage = this.#storages.get(number);
    if (storage !== undefined) return storage;
    const { nbytes, data, location } = this.#described[number];
    const bytes = new Uint8Array(nbytes);
    bytes.set(bytesOf(data));
    storage = new Storage(bytes, { dtype: type, location });
    this.#storages.set(number, storage);
    return storage;
  }

  #dense(node: NodeObject): Tensor {
    const type = dtype(node.dtype as string);
    return new Tensor(this.#storage(node.storage as number, storageDType(type)), {
      dtype: type,
      shape: node.shape as number[],
      stride: node.stride as number[],
      storageOffset: node.offset as number,
      requiresGrad: node.requires_grad === true,
      conj: node.conj === true,
      neg: node.neg === true,
    });
  }

  #withAttributes(node: NodeObject, tensor: Tensor): Tensor {
    if ("attrs" in node) {
      const attributes = new Dict<Value, Value>();
      tensor.attributes = attributes;
      this.#fillDict(attributes, node.attrs as Pairs);
    }
    return tensor;
  }

  #reduced(node: NodeObject): Value {
    const isNew = "new" in node;
    if (!isNew && !("call" in node)) throw new Error(`Unknown node: ${Object.keys(node).join(", ")}`);
    const callable = this.build((isNew ? node.new : node.call) as Node);
    if (callable instanceof Global) {
      const known = this.#knownCall(callable.fullName, node);
      if (known !== undefined) return known;
    }
    if (!(callable instanceof Global) && !(callable instanceof PyObject)) {
      throw new Error("What is called is no callable");
    }
    const args = new Tuple<Value>(this.#all(node.args as Node[]));
    const numpy = callable instanceof Global && !isNew ? this.#numpy(callable, args, node) : undefined;
    if (numpy !== undefined) return numpy;
    const kwargs = "kwargs" in node ? this.#fillDict(new Dict<Value, Value>(), node.kwargs as Pairs) : null;
    const object = this.#keep(node, new PyObject({ callable, via: isNew ? "newobj" : "reduce", args, kwargs }));
    if ("items" in node) this.#fillList(object.items, node.items as Node[]);
    if ("pairs" in node) {
      for (const pair of node.pairs as Pairs) object.pairs.push(this.#fillList([], pair) as [Value, Value]);
    }
    if ("state" in node) {
      const state = this.build(node.state as Node);
      object.state = unboxed(state);
      if (isMarked(state)) setMark(object, "state", state);
    }
    return object;
  }

  /** The calls that make values of NumPy. */
  #numpy(callable: Global, args: Tuple<Value>, node: NodeObject): Value | undefined {
    if (!callable.module.startsWith("numpy") || "kwargs" in node || "items" in node || "pairs" in node) return undefined;
    const value = rebuildNumpy(callable, args, () => {
      const state = "state" in node ? this.build(node.state as Node) : null;
      if (!(state instanceof Tuple)) return state === null ? null : undefined;
      const last = state.at(-1);
      return { state, listed: Array.isArray(last) ? last.length : 0 };
    });
    return value === undefined ? undefined : this.#keep(node, value);
  }

  /** The calls that make a dict of a class that brine has. */
  #knownCall(name: string, node: NodeObject): Dict<Value, Value> | undefined {
    const args = node.args as Node[];
    if ("items" in node || "state" in node) return undefined;
    if (name === "collections.Counter" && args.length === 1 && !("pairs" in node)) {
      const counter = this.#keep(node, new Counter<Value, Value>());
      return this.#fillDict(counter, (args[0] as { dict: Pairs }).dict);
    }
    if (name === "collections.defaultdict" && args.length <= 1) {
      const factory = args.length === 0 ? null : this.build(args[0]);
      if (factory !== null && !(factory instanceof Global) && !(factory instanceof PyObject)) return undefined;
      const dict = this.#keep(node, new DefaultDict<Value, Value>(factory));
      return this.#fillDict(dict, (node.pairs ?? []) as Pairs);
    }
    return undefined;
  }
}

function floatOf(node: NodeObject): number | Float {
  if ("bits" in node) return float(NaN, BigInt(`0x${node.bits as string}`));
  const number = numberOf(node.float as string);
  return Number.isSafeInteger(number) ? float(number) : number;
}

/** Python's text of a float. */
function numberOf(text: string): number {
  if (text === "nan") return NaN;
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

function isMarked(value: Value): value is Float | Str {
  return (value instanceof Float || value instanceof Str) && tells(value);
}

function unboxed(value: Value): Value {
  return value instanceof Float || value instanceof Str ? value.value : value;
}
