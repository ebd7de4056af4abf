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
import { UnpicklingError, UnsupportedError } from "../core/errors.js";
import { asciiText } from "../core/text.js";
import { ByteArray } from "../python/bytearray.js";
import { Dict } from "../python/dict.js";
import { Float } from "../python/float.js";
import { setMark } from "../python/marks.js";
import { Global } from "../python/object.js";
import { Str } from "../python/str.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { Checked } from "../torch/checked.js";
import { dtypeById } from "../torch/dtype.js";
import { Parameter } from "../torch/parameter.js";
import { Size } from "../torch/size.js";
import type { Shelf } from "../torch/shelf.js";
import { Tensor } from "../torch/tensor.js";
import type { Archive } from "./archive.js";
import { wide } from "./columns.js";
import type { Early } from "./early.js";
import type { Families } from "./families.js";
import { Leaves, unboxed } from "./leaves.js";
import { addMember, construct, fillObject, type Parts } from "./rebuild.js";
import { Tables } from "./tables.js";

/** What the second pass is to fill. */
interface Unfilled {
  readonly node: number;
  readonly value: object;
}

/** Builds the values of an archive over its storages, which stand on a shelf by their rows. */
export class Builder {
  readonly #archive: Archive;
  readonly #embedded: (bytes: Uint8Array) => Value;
  readonly #shelf: Shelf;
  readonly #leaves: Leaves;
  // The columns. Nothing here calls into the core, so the views stay good.
  readonly #u8: Uint8Array;
  readonly #visible: Uint8Array;
  readonly #kind: Uint8Array;
  readonly #a: Uint32Array;
  readonly #b: Uint32Array;
  readonly #edges: Uint32Array;
  readonly #objects: Uint32Array;
  readonly #tensors: Uint32Array;
  readonly #dims: Uint32Array;

  /** Values by row of TENSORS, and by node for what is neither a tensor nor a leaf. */
  readonly #tensorValues: Tensor[];
  readonly #values: Map<number, Value> = new Map([[K.N_UNIT, new Tuple<Value>()]]);
  readonly #globals: (Value | undefined)[];
  readonly #unfilled: Unfilled[] = [];
  /** Made where something asks for its state before the turn of that. */
  #early: Early | null = null;
  readonly #views: Map<number, Checked[]> = new Map();
  readonly #tables: Tables;
  readonly #families: Families;

  /**
   * @param archive its families are those that its values need: `bringFamilies` was run
   * @param embedded reads a checkpoint inside bytes of this one; default: refuses them
   */
  constructor(archive: Archive, shelf: Shelf, encoding: string, embedded: (bytes: Uint8Array) => Value = refuseEmbedded) {
    archive.markOwnTexts();
    const { u8, visible, kind, a, b, edges, objects, tensors, dims } = archive.columns;
    this.#embedded = embedded;
    this.#archive = archive;
    this.#shelf = shelf;
    this.#families = archive.families;
    this.#leaves = new Leaves(archive.columns, encoding);
    this.#tables = new Tables(archive.columns, this.#leaves);
    this.#u8 = u8;
    this.#visible = visible;
    this.#kind = kind;
    this.#a = a;
    this.#b = b;
    this.#edges = edges;
    this.#objects = objects;
    this.#tensors = tensors;
    this.#dims = dims;
    this.#tensorValues = new Array<Tensor>(tensors.length / C.T_WORDS);
    this.#globals = new Array<Value | undefined>(archive.globalCount);
  }

  /** The tensor of a node, once `root` has been built. Reads since then may have grown memory: the views are old. */
  tensorOf(node: number): Tensor | undefined {
    const { kind, a } = this.#archive.columns;
    return kind[node] === K.K_TENSOR ? this.#tensorValues[a[node]] : undefined;
  }

  /** The value of the root node. */
  root(): Value {
    const visible = this.#visible;
    const kind = this.#kind;
    for (let n = K.N_FIRST; n < visible.length; n++) {
      if (visible[n] === 0) continue;
      if (kind[n] === K.K_TENSOR) this.#tensorValues[this.#a[n]] ??= this.#tensor(n, this.#a[n]);
      else if (!Leaves.has(kind[n]) && (this.#early === null || !this.#values.has(n))) this.#values.set(n, this.#make(n));
    }
    for (const { node, value } of this.#unfilled) this.#fill(node, value);
    return this.#boxed(this.#archive.fact(FACT.FACT_ROOT));
  }

  /** The value of a node, in its box where it has one. */
  #boxed(n: number): Value {
    const kind = this.#kind[n];
    if (kind === K.K_TENSOR) return this.#tensorValues[this.#a[n]];
    return Leaves.has(kind) ? this.#leaves.value(n) : this.#values.get(n) as Value; // pass 1 made all that is visible
  }

  /** A part of an immutable value: it came before, or the stream is no pickler's. Boxed where the container must know. */
  #part(whole: number, n: number): Value {
    const value: Value | undefined = this.#boxed(n);
    if (value === undefined) throw this.#error(whole, "ORDER", "A value is made of parts that come after it");
    return value;
  }

  // ---- pass 1

  #make(n: number): Value {
    const a = this.#a[n];
    const b = this.#b[n];
    switch (this.#kind[n]) {
      case K.K_BYTES: return this.#u8.slice(a, a + b);
      case K.K_BYTEARRAY: return new ByteArray(this.#u8.slice(a, a + b));
      case K.K_TUPLE: return this.#tuple(n, a, b);
      case K.K_FROZENSET: return this.#families.python.module.frozenSet(this.#members(n, a, b));
      case K.K_LIST: return this.#later(n, [] as Value[]);
      case K.K_DICT: return this.#later(n, new Dict());
      case K.K_SET: return this.#later(n, new Set<Value>());
      case K.K_GLOBAL: return this.#global(a);
      case K.K_OBJECT: return this.#object(n, a);
      case K.K_STORAGE: return this.#shelf.storage(a);
      default: throw this.#error(n, "NODE", `Node ${n} is of the unknown kind ${this.#kind[n]}`);
    }
  }

  #later<T extends Value & object>(node: number, value: T): T {
    this.#unfilled.push({ node, value });
    return value;
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

  #global(row: number): Value {
    const known = this.#globals[row];
    if (known !== undefined) return known;
    const number = this.#archive.columns.globals[row * C.G_WORDS + C.G_KNOWN];
    let value: Value;
    if (number > KNOWN_DTYPE) value = dtypeById(number - KNOWN_DTYPE);
    else {
      const { module, name } = this.#archive.global(row);
      const { names, python } = this.#families;
      const isOld = this.#archive.fact(FACT.FACT_PROTOCOL) < 3;
      const [module3, name3] = isOld ? names.here?.python3Name(module, name) ?? [module, name] : [module, name];
      value = python.here?.namedValue(module3, name3) ?? new Global(module3, name3);
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
      within: (i, j) => this.#nodesIn(n, this.#itemNode(n, i, j)).map((item) => this.#part(n, item)),
      pairs: (i) => this.#pairsOf(n, i),
      hasTables: () => this.#tables.has(row),
      embedded: this.#embedded,
      added: () => (this.#early ??= this.#earlyStates()).state(n, row),
    };
    const value = construct(parts, this.#families, (message) => this.#error(n, "CONSTRUCT", message));
    if (typeof value === "object" && value !== null) this.#unfilled.push({ node: n, value });
    return value;
  }

  #earlyStates(): Early {
    return new this.#families.numpy.module.Early(this.#archive.columns, {
      made: (n) => this.#values.get(n),
      make: (n) => this.#values.set(n, this.#make(n)),
      fillDict: (n) => this.#fillDict(this.#a[n], this.#values.get(n) as Dict), // a node of kind dict, made before
    });
  }

  /** Nodes of the list, tuple or dict that is argument `i` of an object: the first pass has not filled it yet. */
  #itemsOf(n: number, i: number): number[] {
    const args = this.#objects[this.#a[n] * C.O_WORDS + C.O_ARGS];
    return this.#nodesIn(n, this.#edges[this.#a[args] + i]);
  }

  /** The node of item `j` of the tuple that is argument `i`. */
  #itemNode(n: number, i: number, j: number): number {
    const args = this.#objects[this.#a[n] * C.O_WORDS + C.O_ARGS];
    return this.#edges[this.#a[this.#edges[this.#a[args] + i]] + j];
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
      // Where BUILD made a parameter, its data comes after it, and is a view of a storage.
      const dataRow = this.#a[data];
      if (data > n && this.#tensors[dataRow * C.T_WORDS + C.T_DATA] === NONE) this.#tensorValues[dataRow] ??= this.#tensor(data, dataRow);
      const inner = this.#part(n, data);
      if (!(inner instanceof Tensor)) throw this.#error(n, "REBUILD", "A parameter's data is no tensor");
      tensor = this.#parameter(n, inner, (flags & C.TENSOR_REQUIRES_GRAD) !== 0);
    } else {
      tensor = new Tensor(this.#shelf, this.#view(w), t[w + C.T_STORAGE]);
      const type = t[w + C.T_TYPE];
      const cls = type === NONE ? undefined : this.#global(this.#a[type]);
      if (cls instanceof Global && cls.fullName !== "torch.Tensor") return this.#families.tensors.module.subclassOf(tensor, cls, this.#part(n, t[w + C.T_STATE]));
    }
    if (t[w + C.T_STATE] !== NONE && t[w + C.T_STATE] !== K.N_NONE) this.#unfilled.push({ node: n, value: tensor });
    return tensor;
  }

  /** torch refuses gradients for integers, and so does the class. */
  #parameter(n: number, data: Tensor, requiresGrad: boolean): Parameter {
    try {
      // A parameter of a parameter shares its data, as in torch: else a file could make a chain of them.
      return new Parameter(data instanceof Parameter ? data.dataTensor : data, { requiresGrad });
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
    const boxes: [number, Value][] = [];
    for (let s = first; s !== 0; s = this.#edges[s + 2]) {
      const end = s + K.SEG_HEAD + this.#edges[s + 1];
      for (let e = s + K.SEG_HEAD; e < end; e++) this.#push(list, this.#edges[e], boxes);
    }
    markBoxes(list, boxes);
  }

  /** Appends the value of a node, and notes the box it came in. */
  #push(list: Value[], n: number, boxes: [number, Value][]): void {
    const value = this.#boxed(n);
    const plain = unboxed(value);
    if (plain !== value) boxes.push([list.length, value]);
    list.push(plain);
  }

  #fillDict(first: number, dict: Dict): void {
    for (let s = first; s !== 0; s = this.#edges[s + 2]) {
      const end = s + K.SEG_HEAD + this.#edges[s + 1];
      for (let e = s + K.SEG_HEAD; e + 1 < end; e += 2) this.#set(dict, this.#edges[e], this.#edges[e + 1]);
    }
  }

  #set(dict: Dict, key: number, value: number): void {
    const item = this.#boxed(value);
    if (this.#kind[key] === K.K_ASCII && this.#visible[key] !== C.VISIBLE_OWN_TEXT && unboxed(item) === item) {
      dict.setText(asciiText(this.#u8, this.#a[key], this.#b[key]), item);
    } else dict.set(this.#boxed(key), item);
  }

  #fillSet(first: number, set: Set<Value>): void {
    for (let s = first; s !== 0; s = this.#edges[s + 2]) {
      const end = s + K.SEG_HEAD + this.#edges[s + 1];
      for (let e = s + K.SEG_HEAD; e < end; e++) addMember(set, this.#boxed(this.#edges[e]));
    }
  }

  /** A dict, or a pair of one and of slots: torch makes attributes of both. */
  #fillTensor(n: number, tensor: Tensor): void {
    const node = this.#tensors[this.#a[n] * C.T_WORDS + C.T_STATE];
    const attributes = (tensor.attributes ??= new Dict());
    const dicts = this.#kind[node] === K.K_TUPLE ? this.#nodesIn(n, node) : [node];
    for (const dict of dicts) {
      if (this.#kind[dict] === K.K_DICT) this.#fillDict(this.#a[dict], attributes);
      else if (dict !== K.N_NONE) throw this.#error(n, "STATE", "A tensor's attributes are no dict");
    }
  }

  #fillObject(n: number, first: number, value: object): void {
    const items: Value[] = [];
    const boxes: [number, Value][] = [];
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
      } else for (let e = start; e < end; e++) this.#push(items, this.#edges[e], boxes);
    }
    markBoxes(items, boxes);
    if (value instanceof Dict && state !== NONE && this.#kind[state] === K.K_DICT) {
      this.#fillDict(this.#a[state], value.attributes);
      state = NONE;
    }
    const given = state === NONE ? undefined : this.#boxed(state);
    const additions = { items, pairs, state: unboxed(given) };
    fillObject(value as Value & object, additions, this.#families, (message) => this.#error(n, "CONSTRUCT", message)); // pass 1 made it
    if (isBox(given)) setMark(value, "state", given);
  }

  #pair(key: number, value: number): [Value, Value] {
    const pair: Value[] = [];
    const boxes: [number, Value][] = [];
    this.#push(pair, key, boxes);
    this.#push(pair, value, boxes);
    markBoxes(pair, boxes);
    return pair as [Value, Value]; // two were pushed
  }

  #error(n: number, code: string, message: string, cause?: unknown): UnpicklingError {
    const kind = this.#kind[n];
    const hasOffset = kind >= K.K_GLOBAL && kind <= K.K_TENSOR;
    return new UnpicklingError(message, { code, record: "data.pkl", offset: hasOffset ? this.#b[n] : undefined, cause });
  }
}

function refuseEmbedded(): never {
  throw new UnsupportedError("Cannot read a checkpoint in bytes of a pickle inside an archive", { code: "TENSOR_KIND" });
}

/** Marks of an array count while its length is what it was when they were made, so they come when it is full. */
function markBoxes(list: Value[], boxes: readonly [number, Value][]): void {
  for (const [i, box] of boxes) if (isBox(box)) setMark(list, i, box);
}

function isBox(value: Value | undefined): value is Float | Str {
  return value instanceof Float || value instanceof Str;
}
