// From the graph's columns to values. Two passes over the nodes that are values, in the order in which the pickle made
// them, and no recursion:
//
//   1  make      every value; what is immutable (tuples, frozensets, bytes) is whole, since its parts came before it
//   2  fill      lists, dicts, sets, objects and attributes, which may hold what came after them, themselves included
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import * as K from "../../assembly/shared/kinds.js";
import { KNOWN_DTYPE } from "../../assembly/shared/known.js";
import { NONE } from "../../assembly/shared/status.js";
import { UnpicklingError } from "../core/errors.js";
import { asciiText, latin1Text, utf8Text } from "../core/text.js";
import { ByteArray } from "../python/bytearray.js";
import { Dict } from "../python/dict.js";
import { Float } from "../python/float.js";
import { FrozenSet } from "../python/frozenset.js";
import { setMark } from "../python/marks.js";
import { Global, PyObject } from "../python/object.js";
import { Str } from "../python/str.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { Checked } from "../torch/checked.js";
import { dtypeById } from "../torch/dtype.js";
import { Parameter } from "../torch/parameter.js";
import { Size } from "../torch/size.js";
import type { Storage } from "../torch/storage.js";
import { Tensor } from "../torch/tensor.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import { python3Name } from "./names.js";
import { addMember, construct, fillObject, namedValue, type Parts } from "./rebuild.js";

/** What the second pass is to fill. */
interface Unfilled {
  readonly node: number;
  readonly value: object;
}

/** Builds the values of an archive over these storages (by row). */
export class Builder {
  readonly #archive: Archive;
  readonly #storages: readonly Storage[];
  readonly #encoding: string;
  // The columns. Nothing here calls into the core, so the views stay good.
  readonly #u8: Uint8Array;
  readonly #f64: DataView;
  readonly #visible: Uint8Array;
  readonly #kind: Uint8Array;
  readonly #a: Uint32Array;
  readonly #b: Uint32Array;
  readonly #edges: Uint32Array;
  readonly #objects: Uint32Array;
  readonly #tensors: Uint32Array;
  readonly #dims: Uint32Array;

  readonly #values: Value[];
  /** Nodes whose value is a float that looks like an int, or a str of its own: what a container has to remember. */
  readonly #boxes: Map<number, Float | Str> = new Map();
  readonly #globals: (Value | undefined)[];
  readonly #unfilled: Unfilled[] = [];
  readonly #views: Map<number, Checked[]> = new Map();

  constructor(archive: Archive, storages: readonly Storage[], encoding: string) {
    const { u8, kind, a, b, edges, objects, tensors, dims } = archive.columns;
    this.#archive = archive;
    this.#storages = storages;
    this.#encoding = encoding;
    this.#u8 = u8;
    this.#f64 = new DataView(new ArrayBuffer(8));
    this.#visible = archive.columns.visible;
    this.#kind = kind;
    this.#a = a;
    this.#b = b;
    this.#edges = edges;
    this.#objects = objects;
    this.#tensors = tensors;
    this.#dims = dims;
    this.#values = new Array<Value>(this.#kind.length);
    this.#globals = new Array<Value | undefined>(archive.globalCount);
  }

  /** The value of a node, once `root` has been built. */
  valueOf(node: number): Value | undefined {
    return this.#values[node];
  }

  /** The value of the root node. */
  root(): Value {
    const visible = this.#visible;
    const values = this.#values;
    this.#constants();
    for (let n = K.N_FIRST; n < visible.length; n++) if (visible[n] !== 0) values[n] = this.#make(n);
    for (const { node, value } of this.#unfilled) this.#fill(node, value);
    const root = this.#archive.fact(FACT.FACT_ROOT);
    return this.#boxes.get(root) ?? values[root];
  }

  #constants(): void {
    const values = this.#values;
    values[K.N_NONE] = null;
    values[K.N_FALSE] = false;
    values[K.N_TRUE] = true;
    values[K.N_UNIT] = new Tuple<Value>();
    for (let i = 0; i < 256; i++) values[K.N_INT0 + i] = i;
  }

  // ---- pass 1

  #make(n: number): Value {
    const a = this.#a[n];
    const b = this.#b[n];
    switch (this.#kind[n]) {
      case K.K_NONE: return null;
      case K.K_BOOL: return a !== 0;
      case K.K_INT: return this.#int(a, b);
      case K.K_BIG: return bigInt(this.#u8, a, b);
      case K.K_DECIMAL: return BigInt(asciiText(this.#u8, a, b).replace("+", ""));
      case K.K_FLOAT: return this.#float(n, a, b);
      case K.K_FLOATTEXT: return this.#noteFloat(n, floatText(asciiText(this.#u8, a, b)));
      case K.K_ASCII: return this.#text(n, asciiText(this.#u8, a, b));
      case K.K_TEXT: return this.#text(n, utf8Text(this.#u8, a, b));
      case K.K_BYTES: return this.#u8.slice(a, a + b);
      case K.K_BYTESTR: return this.#text(n, this.#byteText(n, a, b));
      case K.K_BYTEARRAY: return this.#later(n, new ByteArray(this.#u8.slice(a, a + b)));
      case K.K_TUPLE: return this.#tuple(n, a, b);
      case K.K_FROZENSET: return new FrozenSet(this.#members(n, a, b));
      case K.K_LIST: return this.#later(n, [] as Value[]);
      case K.K_DICT: return this.#later(n, new Dict());
      case K.K_SET: return this.#later(n, new Set<Value>());
      case K.K_GLOBAL: return this.#global(a);
      case K.K_OBJECT: return this.#object(n, a);
      case K.K_STORAGE: return this.#storages[a];
      case K.K_TENSOR: return this.#tensor(n, a);
      default: throw this.#error(n, "NODE", `Node ${n} is of the unknown kind ${this.#kind[n]}`);
    }
  }

  #later<T extends Value & object>(node: number, value: T): T {
    this.#unfilled.push({ node, value });
    return value;
  }

  #int(a: number, b: number): number | bigint {
    const high = b | 0;
    const value = high * 4294967296 + a;
    if (Number.isSafeInteger(value)) return value;
    return BigInt.asIntN(64, (BigInt(b) << 32n) | BigInt(a));
  }

  #float(n: number, a: number, b: number): number {
    this.#f64.setUint32(0, b);
    this.#f64.setUint32(4, a);
    const value = this.#f64.getFloat64(0);
    if (value !== value && (b !== 0x7ff80000 || a !== 0)) {
      this.#boxes.set(n, new Float(value, (BigInt(b) << 32n) | BigInt(a)));
      return value;
    }
    return this.#noteFloat(n, value);
  }

  #noteFloat(n: number, value: number): number {
    if (Number.isSafeInteger(value)) this.#boxes.set(n, new Float(value));
    return value;
  }

  #text(n: number, text: string): string {
    if (this.#visible[n] === C.VISIBLE_OWN_TEXT) this.#boxes.set(n, new Str(text));
    return text;
  }

  #byteText(n: number, a: number, b: number): string {
    const encoding = this.#encoding.toLowerCase();
    if (encoding.startsWith("latin")) return latin1Text(this.#u8, a, b);
    try {
      if (encoding === "ascii" && this.#u8.subarray(a, a + b).some((byte) => byte > 127)) throw new TypeError("not ASCII");
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#u8.subarray(a, a + b));
    } catch (cause) {
      throw this.#error(n, "ENCODING", `A Python 2 str of ${b} bytes is not ${encoding}: load with encoding: "latin1"`, cause);
    }
  }

  #tuple(n: number, first: number, count: number): Tuple<Value> {
    if (count === 0) return new Tuple<Value>();
    const items = new Array<Value>(count);
    for (let i = 0; i < count; i++) items[i] = this.#part(n, this.#edges[first + i]);
    return Tuple.from(items);
  }

  *#members(n: number, first: number, count: number): Iterable<Value> {
    for (let i = 0; i < count; i++) yield this.#part(n, this.#edges[first + i]);
  }

  /** A part of an immutable value: it came before, or the stream is no pickler's. Boxed where the container must know. */
  #part(whole: number, n: number): Value {
    const box = this.#boxes.get(n);
    if (box !== undefined) return box;
    const value = this.#values[n];
    if (value === undefined) throw this.#error(whole, "ORDER", "A value is made of parts that come after it");
    return value;
  }

  #global(row: number): Value {
    const known = this.#globals[row];
    if (known !== undefined) return known;
    const number = this.#archive.columns.globals[row * C.G_WORDS + C.G_KNOWN];
    let value: Value;
    if (number > KNOWN_DTYPE) value = dtypeById(number - KNOWN_DTYPE);
    else {
      const { module, name } = this.#archive.global(row);
      const [module3, name3] = this.#archive.fact(FACT.FACT_PROTOCOL) < 3 ? python3Name(module, name) : [module, name];
      value = namedValue(module3, name3) ?? new Global(module3, name3);
    }
    this.#globals[row] = value;
    return value;
  }

  #object(n: number, row: number): Value {
    const w = row * C.O_WORDS;
    const callable = this.#part(n, this.#objects[w + C.O_CALLABLE]);
    const args = this.#part(n, this.#objects[w + C.O_ARGS]);
    const kwargs = this.#objects[w + C.O_KWARGS];
    const via = this.#objects[w + C.O_VIA];
    if (!(args instanceof Tuple)) throw this.#error(n, "ARGUMENTS", "An object's arguments are no tuple");
    const parts: Parts = {
      callable,
      args,
      kwargs: kwargs === NONE ? null : this.#part(n, kwargs),
      via: via === K.VIA_NEWOBJ || via === K.VIA_NEWOBJ_EX ? "newobj" : via === K.VIA_INST ? "inst" : "reduce",
      items: (i) => this.#itemsOf(n, i).map((item) => this.#part(n, item)),
      pairs: (i) => this.#pairsOf(n, i),
    };
    const value = construct(parts, (message) => this.#error(n, "CONSTRUCT", message));
    if (typeof value === "object" && value !== null) this.#unfilled.push({ node: n, value });
    return value;
  }

  /** Nodes of the list, tuple or dict that is argument `i` of an object: the first pass has not filled it yet. */
  #itemsOf(n: number, i: number): number[] {
    const args = this.#objects[this.#a[n] * C.O_WORDS + C.O_ARGS];
    return this.#nodesIn(n, this.#edges[this.#a[args] + i]);
  }

  #nodesIn(n: number, container: number): number[] {
    const out: number[] = [];
    const kind = this.#kind[container];
    if (kind === K.K_TUPLE) {
      for (let k = 0; k < this.#b[container]; k++) out.push(this.#edges[this.#a[container] + k]);
    } else if (kind === K.K_LIST || kind === K.K_DICT) {
      for (let s = this.#a[container]; s !== 0; s = this.#edges[s + 2]) {
        for (let k = 0; k < this.#edges[s + 1]; k++) out.push(this.#edges[s + K.SEG_HEAD + k]);
      }
    } else throw this.#error(n, "CONSTRUCT", "An argument of an object is no list");
    return out;
  }

  /** Keys and values: of a dict, or of a list of pairs, as Python 2 wrote an OrderedDict. */
  #pairsOf(n: number, i: number): [Value, Value][] {
    const args = this.#objects[this.#a[n] * C.O_WORDS + C.O_ARGS];
    const isDict = this.#kind[this.#edges[this.#a[args] + i]] === K.K_DICT;
    const nodes = this.#itemsOf(n, i);
    const flat = isDict ? nodes : nodes.flatMap((pair) => {
      const two = this.#nodesIn(n, pair);
      if (two.length !== 2) throw this.#error(n, "CONSTRUCT", "A list of pairs holds something else");
      return two;
    });
    const out: [Value, Value][] = [];
    for (let k = 0; k + 1 < flat.length; k += 2) out.push([this.#part(n, flat[k]), this.#part(n, flat[k + 1])]);
    return out;
  }

  #tensor(n: number, row: number): Tensor {
    const w = row * C.T_WORDS;
    const t = this.#tensors;
    const flags = t[w + C.T_FLAGS];
    const data = t[w + C.T_DATA];
    let tensor: Tensor;
    if (data !== NONE) {
      const inner = this.#part(n, data);
      if (!(inner instanceof Tensor)) throw this.#error(n, "REBUILD", "A parameter's data is no tensor");
      tensor = this.#parameter(n, inner, (flags & C.TENSOR_REQUIRES_GRAD) !== 0);
    } else {
      tensor = new Tensor(this.#storages[t[w + C.T_STORAGE]], this.#view(w));
    }
    if (t[w + C.T_STATE] !== NONE) this.#unfilled.push({ node: n, value: tensor });
    return tensor;
  }

  /** torch refuses gradients for integers, and so does the class. */
  #parameter(n: number, data: Tensor, requiresGrad: boolean): Parameter {
    try {
      return new Parameter(data, { requiresGrad });
    } catch (cause) {
      throw this.#error(n, "REBUILD", cause instanceof Error ? cause.message : "A parameter cannot be made", cause);
    }
  }

  /** The view of a tensor's row. Shapes repeat a thousandfold, and a view holds no storage: equal ones are one object. */
  #view(w: number): Checked {
    const t = this.#tensors;
    const ndim = t[w + C.T_NDIM];
    const at = t[w + C.T_DIMS];
    const offset = wide(t, w + C.T_OFFSET);
    const flags = t[w + C.T_FLAGS] & (C.TENSOR_REQUIRES_GRAD | C.TENSOR_CONJ | C.TENSOR_NEG);
    let hash = (ndim << 16) ^ (t[w + C.T_DTYPE] << 4) ^ flags ^ t[w + C.T_OFFSET];
    for (let i = 0; i < ndim * 2; i++) hash = (Math.imul(hash, 31) + this.#dims[(at + i) * 2]) | 0;
    let bucket = this.#views.get(hash);
    if (bucket === undefined) this.#views.set(hash, (bucket = []));
    for (const view of bucket) {
      if (view.type.id === t[w + C.T_DTYPE] && view.flags === flags && view.storageOffset === offset && this.#sameSizes(view, at, ndim)) return view;
    }
    const sizes = Array.from({ length: ndim * 2 }, (_, i) => wide(this.#dims, (at + i) * 2));
    const view = new Checked(dtypeById(t[w + C.T_DTYPE]), new Size(sizes.slice(0, ndim)), Object.freeze(sizes.slice(ndim)), offset, flags);
    if (bucket.length < 16) bucket.push(view);
    return view;
  }

  #sameSizes({ shape, stride }: Checked, at: number, ndim: number): boolean {
    if (shape.length !== ndim) return false;
    for (let i = 0; i < ndim; i++) {
      if (shape[i] !== wide(this.#dims, (at + i) * 2) || stride[i] !== wide(this.#dims, (at + ndim + i) * 2)) return false;
    }
    return true;
  }

  // ---- pass 2

  #fill(n: number, value: object): void {
    const kind = this.#kind[n];
    if (kind === K.K_TENSOR) return this.#fillTensor(n, value as Tensor); // pass 1 put it there
    const first = kind === K.K_OBJECT ? this.#objects[this.#a[n] * C.O_WORDS + C.O_FIRST] : this.#a[n];
    if (kind === K.K_LIST) this.#fillList(first, value as Value[]);
    else if (kind === K.K_DICT) this.#fillDict(first, value as Dict);
    else if (kind === K.K_SET) this.#fillSet(first, value as Set<Value>);
    else if (kind === K.K_OBJECT) this.#fillObject(n, first, value);
  }

  #fillList(first: number, list: Value[]): void {
    for (let s = first; s !== 0; s = this.#edges[s + 2]) {
      const end = s + K.SEG_HEAD + this.#edges[s + 1];
      for (let e = s + K.SEG_HEAD; e < end; e++) list.push(this.#values[this.#edges[e]]);
    }
    if (this.#boxes.size === 0) return;
    // Marks come last: a mark of an array counts while its length is what it was when the mark was made.
    let i = 0;
    for (let s = first; s !== 0; s = this.#edges[s + 2]) {
      const end = s + K.SEG_HEAD + this.#edges[s + 1];
      for (let e = s + K.SEG_HEAD; e < end; e++, i++) {
        const box = this.#boxes.get(this.#edges[e]);
        if (box !== undefined) setMark(list, i, box);
      }
    }
  }

  #fillDict(first: number, dict: Dict): void {
    for (let s = first; s !== 0; s = this.#edges[s + 2]) {
      const end = s + K.SEG_HEAD + this.#edges[s + 1];
      for (let e = s + K.SEG_HEAD; e + 1 < end; e += 2) this.#set(dict, this.#edges[e], this.#edges[e + 1]);
    }
  }

  #set(dict: Dict, key: number, value: number): void {
    const text = this.#values[key];
    if (typeof text === "string" && !this.#boxes.has(key) && !this.#boxes.has(value)) dict.setText(text, this.#values[value]);
    else dict.set(this.#boxes.get(key) ?? this.#values[key], this.#boxes.get(value) ?? this.#values[value]);
  }

  #fillSet(first: number, set: Set<Value>): void {
    for (let s = first; s !== 0; s = this.#edges[s + 2]) {
      const end = s + K.SEG_HEAD + this.#edges[s + 1];
      for (let e = s + K.SEG_HEAD; e < end; e++) addMember(set, this.#boxed(this.#edges[e]));
    }
  }

  /** The value of a node, in its box where it has one. */
  #boxed(n: number): Value {
    return this.#boxes.get(n) ?? this.#values[n];
  }

  #fillTensor(n: number, tensor: Tensor): void {
    const node = this.#tensors[this.#a[n] * C.T_WORDS + C.T_STATE];
    if (this.#kind[node] !== K.K_DICT) throw this.#error(n, "STATE", "A tensor's attributes are no dict");
    this.#fillDict(this.#a[node], (tensor.attributes ??= new Dict()));
  }

  #fillObject(n: number, first: number, value: object): void {
    const items: Value[] = [];
    const itemNodes: number[] = [];
    const pairs: [Value, Value][] = [];
    let state = NONE;
    for (let s = first; s !== 0; s = this.#edges[s + 2]) {
      const start = s + K.SEG_HEAD;
      const end = start + this.#edges[s + 1];
      const what = this.#edges[s];
      if (what === K.SEG_STATE) {
        if (state !== NONE) throw this.#error(n, "STATE", "An object is given its state twice");
        state = this.#edges[start];
      } else if (what === K.SEG_PAIRS) {
        for (let e = start; e + 1 < end; e += 2) {
          if (value instanceof Dict) this.#set(value, this.#edges[e], this.#edges[e + 1]);
          else pairs.push(this.#pair(this.#edges[e], this.#edges[e + 1]));
        }
      } else for (let e = start; e < end; e++) itemNodes.push(this.#edges[e]);
    }
    for (const node of itemNodes) items.push(this.#values[node]);
    for (const [i, node] of itemNodes.entries()) this.#mark(items, i, node);
    if (value instanceof Dict && state !== NONE && this.#kind[state] === K.K_DICT) {
      this.#fillDict(this.#a[state], value.attributes);
      state = NONE;
    }
    const additions = { items, pairs, state: state === NONE ? undefined : this.#values[state] };
    fillObject(value as Value & object, additions, (message) => this.#error(n, "CONSTRUCT", message)); // pass 1 made it
    if (state !== NONE) this.#mark(value, "state", state);
  }

  #pair(key: number, value: number): [Value, Value] {
    const pair: [Value, Value] = [this.#values[key], this.#values[value]];
    this.#mark(pair, 0, key);
    this.#mark(pair, 1, value);
    return pair;
  }

  #mark(container: object, slot: unknown, n: number): void {
    const box = this.#boxes.get(n);
    if (box !== undefined) setMark(container, slot, box);
  }

  #error(n: number, code: string, message: string, cause?: unknown): UnpicklingError {
    const kind = this.#kind[n];
    const hasOffset = kind >= K.K_GLOBAL && kind <= K.K_TENSOR;
    return new UnpicklingError(message, { code, record: "data.pkl", offset: hasOffset ? this.#b[n] : undefined, cause });
  }
}

/** An integer from little-endian two's complement. */
function bigInt(u8: Uint8Array, at: number, length: number): bigint {
  if (length === 0) return 0n;
  const digits = new Array<string>(length);
  for (let i = 0; i < length; i++) digits[length - 1 - i] = u8[at + i].toString(16).padStart(2, "0");
  return BigInt.asIntN(length * 8, BigInt("0x" + digits.join("")));
}

/** A float from the text of protocol 0, whose syntax the core has checked. */
function floatText(text: string): number {
  const plain = text.trim().toLowerCase().replaceAll("_", "");
  if (/^[+-]?nan$/.test(plain)) return NaN;
  const inf = /^([+-]?)inf(inity)?$/.exec(plain);
  if (inf !== null) return inf[1] === "-" ? -Infinity : Infinity;
  return Number(plain);
}
