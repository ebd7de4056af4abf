// The nodes of a description. Values nest as deeply as their file says, so the walk keeps its own stack; and since shared
// tuples are written out at each place, a few bytes of pickle could ask for an endless document: what is written out again
// has a limit.
import { LimitError } from "../core/errors.js";
import { NDArray } from "../numpy/ndarray.js";
import { ByteArray } from "../python/bytearray.js";
import { Complex } from "../python/complex.js";
import { Counter, DefaultDict } from "../python/counted.js";
import { Dict, OrderedDict } from "../python/dict.js";
import { Float } from "../python/float.js";
import { FrozenSet } from "../python/frozenset.js";
import { keySlot, markOf } from "../python/marks.js";
import { Global, PyObject } from "../python/object.js";
import { strOf } from "../python/repr.js";
import { Ellipsis, NoneType, NotImplemented } from "../python/singletons.js";
import { Str } from "../python/str.js";
import { Tuple } from "../python/tuple.js";
import { Device } from "../torch/device.js";
import { DType } from "../torch/dtype.js";
import { Layout, QScheme } from "../torch/layout.js";
import { Size } from "../torch/size.js";
import { Storage } from "../torch/storage.js";
import { Tensor } from "../torch/tensor.js";
import { floatNode, intNode, type Digest } from "./describe_elements.js";
import { numpyNode } from "./describe_numpy.js";
import { byCodePoint, keyPath } from "./describe_paths.js";
import { isResolved, torchValue, type Spelling } from "./describe_names.js";
import { rebuildCall } from "./describe_rebuild.js";
import { TensorTables } from "./describe_tensors.js";
import { jsonText, type Json, type JsonObject } from "./json.js";
import { isNumpy, type NumpyValue } from "./rebuild_numpy.js";

/** Nodes that are written out again. Nested shared tuples ask for 2^n of them in n bytes; honest files for a few. */
const MAX_REPEATED = 1_000_000;

type Box = Float | Str | undefined;
type Target = Json[] | JsonObject;
/** A value whose node is still to be made, and where it goes; or something to do once everything above it is made. */
type Task = { value: unknown; box: Box; path: string; into: Target; at: number | string } | (() => void);

/** Makes the nodes of one document. */
export class Describer {
  readonly tables: TensorTables;
  readonly #names: Spelling;
  readonly #digest: Digest;
  readonly #seen = new Map<object, string>();
  readonly #open = new Set<Tensor>();
  readonly #tasks: Task[] = [];
  /** What was written out once and is written out again where it stands again. */
  readonly #expanded = new Set<object>();
  /** Nodes of values of NumPy, whose bytes are hashed once. */
  readonly #numpyNodes = new Map<object, Json>();
  #repeated = 0;

  constructor(names: Spelling, digest: Digest) {
    this.#names = names;
    this.#digest = digest;
    this.tables = new TensorTables(digest);
  }

  /** The node of a value and of everything in it. */
  describe(root: unknown): Json {
    const out: Json[] = [null];
    this.#put(root, undefined, "$", out, 0);
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) {
      if (typeof task === "function") task();
      else this.#place(task.into, task.at, this.#node(task.value, task.box, task.path));
    }
    return out[0];
  }

  #place(into: Target, at: number | string, node: Json): void {
    if (Array.isArray(into)) into[at as number] = node; // tasks for arrays carry indices, those for objects keys
    else into[at] = node;
  }

  #put(value: unknown, box: Box, path: string, into: Target, at: number | string): void {
    this.#tasks.push({ value, box, path, into, at });
  }

  /** Counts the nodes of a value without a reference of its own, where it stands a second time. */
  #expand(value: object, nodes: number): void {
    if (!this.#expanded.has(value)) {
      this.#expanded.add(value);
      return;
    }
    this.#repeated += nodes;
    if (this.#repeated > MAX_REPEATED) {
      throw new LimitError(`Cannot describe: shared tuples, which are written out at each place, come to more than ${MAX_REPEATED} nodes`, {
        code: "DESCRIBE_LIMIT", found: this.#repeated, limit: MAX_REPEATED,
      });
    }
  }

  /** Plans the nodes of a sequence; the stack gives them back in order. */
  #putAll(values: ArrayLike<unknown>, marks: object, path: (i: number) => string): Json[] {
    const nodes = new Array<Json>(values.length).fill(null);
    for (let i = values.length - 1; i >= 0; i--) this.#put(values[i], markOf(marks, i, values[i]), path(i), nodes, i);
    return nodes;
  }

  #node(value: unknown, box: Box, path: string): Json {
    if (value === null || value === undefined) return null;
    switch (typeof value) {
      case "string": case "boolean": return value;
      case "bigint": return intNode(value);
      case "number":
        return box instanceof Float || !Number.isSafeInteger(value) || Object.is(value, -0) ? floatNode(value) : value;
    }
    return this.#single(value) ?? this.#container(value as object, path);
  }

  /** Values that hold no others, and that are told by value wherever they stand. */
  #single(value: unknown): Json | undefined {
    if (value instanceof Float) return floatNode(value.value);
    if (value instanceof Str) return value.value;
    if (value instanceof Complex) return { complex: [floatNode(value.re), floatNode(value.im)] };
    if (value instanceof Uint8Array) {
      const head = Array.from(value.subarray(0, 64), (byte) => byte.toString(16).padStart(2, "0")).join("");
      const node: JsonObject = { bytes: head, len: value.length, sha256: this.#digest(value) };
      if (value instanceof ByteArray) node.type = "bytearray";
      return node;
    }
    if (value instanceof Size) return { size: Array.from(value, intNode) };
    if (value instanceof DType) return { dtype: String(value) };
    if (value instanceof Device) return { device: String(value) };
    if (value instanceof Layout) return { layout: String(value) };
    if (isNumpy(value) && !(value instanceof NDArray && value.objects !== null)) return this.#numpy(value);
    if (value instanceof QScheme) return { qscheme: String(value) };
    if (value === Ellipsis) return { global: this.#names.of("builtins", "Ellipsis") };
    if (value === NotImplemented) return { global: this.#names.of("builtins", "NotImplemented") };
    if (value instanceof Storage) return { storage: this.tables.storage(value, undefined) };
    return undefined;
  }

  #container(value: object, path: string): Json {
    if (value instanceof Global) return this.#global(value.module, value.name);
    const getattr = value instanceof PyObject ? attributeOf(value) : undefined;
    if (getattr !== undefined) {
      this.#expand(value, 2);
      return { object: "builtins.getattr", via: "reduce", args: this.#putAll(getattr, getattr, (i) => `${path}(${i})`) };
    }
    if (value instanceof NDArray) return this.#objectArray(value, path);
    const rebuilt = value instanceof Tensor ? rebuildCall(value, this.#names.listed) : undefined;
    if (value instanceof Tensor && rebuilt === undefined) return this.#tensor(value, path);
    if (value instanceof Tuple || value instanceof FrozenSet) this.#expand(value, 1 + (value instanceof Tuple ? value.length : value.size));
    else {
      const before = this.#seen.get(value);
      if (before !== undefined) return { ref: before };
      this.#seen.set(value, path);
    }
    if (rebuilt !== undefined) {
      const { module, name, args } = rebuilt;
      return { object: this.#names.of(module, name), via: "reduce", args: this.#putAll(args, args, (i) => `${path}(${i})`) };
    }
    if (value instanceof PyObject) return this.#object(value, path);
    if (value === NoneType) return { object: this.#names.of("builtins", "type"), via: "reduce", args: [null] };
    if (value instanceof Map) return this.#dict(value as Map<unknown, unknown>, path);
    if (value instanceof Tuple) return { tuple: this.#putAll(value, value, (i) => `${path}[${i}]`) };
    if (Array.isArray(value)) return { list: this.#putAll(value, value, (i) => `${path}[${i}]`) };
    if (value instanceof Set || value instanceof FrozenSet) return this.#set(value as Set<unknown>, path);
    return { object: value.constructor?.name ?? "?", via: "?", args: [] };
  }

  #numpy(value: NumpyValue): Json {
    let node = this.#numpyNodes.get(value);
    if (node === undefined) this.#numpyNodes.set(value, (node = numpyNode(value, this.#digest)));
    this.#expand(value, 1 + Math.floor(("descr" in value ? value.descr.length : 0) / 256));
    return node;
  }

  /** An array of Python objects is written out wherever it stands; one that holds itself comes to the limit. */
  #objectArray(value: NDArray, path: string): Json {
    const { dtype, shape, size, objects } = value;
    this.#expand(value, 1 + size);
    const inOrder = Array.from({ length: size }, (_, i) => objects?.[value.placeOf(i)]);
    // Marks are by their place in the list, which an array in C order has in the same order.
    const marks = value.fortranOrder ? inOrder : objects ?? inOrder;
    return { ndarray: { dtype: dtype.str, shape: shape.map(intNode), objects: this.#putAll(inOrder, marks, (i) => `${path}[${i}]`) } };
  }

  /** A class or function that is mentioned and not called. */
  #global(module: string, name: string): Json {
    const own = torchValue(module, name);
    if (own !== undefined) return { [own[0]]: own[1] };
    const dot = name.lastIndexOf(".");
    if (dot < 0) return { global: this.#names.of(module, name) };
    // A nested class has the same node however the pickle's protocol came to it: as attribute of the outer one.
    const outer: Json[] = [this.#global(module, name.slice(0, dot)), name.slice(dot + 1)];
    return { object: "builtins.getattr", via: "reduce", args: outer };
  }

  #dict(value: Map<unknown, unknown>, path: string): Json {
    const node: JsonObject = {};
    if (value instanceof Dict && value.hasAttributes) {
      const attributes = value.attributes as Map<unknown, unknown>;
      node.attrs = { dict: this.#pairs(attributes, (key) => `${path}.${strOf(key as never)}`, null) };
    }
    if (value instanceof DefaultDict) this.#put(value.factory, undefined, `${path}<factory>`, node, "factory");
    node.dict = this.#pairs(value, (key, box) => keyPath(path, key, box), `${path}<key>`);
    if (value instanceof OrderedDict) node.type = "collections.OrderedDict";
    else if (value instanceof DefaultDict) node.type = "collections.defaultdict";
    else if (value instanceof Counter) node.type = "collections.Counter";
    return node;
  }

  /** The pairs of a dict. Where `keys` is null, keys are only names: they are given as they are. */
  #pairs(dict: Map<unknown, unknown>, path: (key: unknown, box: Box) => string, keys: string | null): Json[] {
    const pairs: Json[] = [];
    const tasks: [Json[], unknown, unknown][] = [];
    for (const [key, value] of dict) {
      const pair: Json[] = [null, null];
      pairs.push(pair);
      tasks.push([pair, key, value]);
    }
    for (let i = tasks.length - 1; i >= 0; i--) {
      const [pair, key, value] = tasks[i];
      const box = markOf(dict, keySlot(key as never), key);
      this.#put(value, markOf(dict, key, value), path(key, box), pair, 1);
      if (keys === null) pair[0] = typeof key === "string" ? key : strOf(key as never);
      else this.#put(key, box, keys, pair, 0);
    }
    return pairs;
  }

  #set(value: Set<unknown>, path: string): Json {
    const members = [...value];
    const node: JsonObject = { set: null };
    if (value instanceof FrozenSet) node.type = "frozenset";
    // Python iterates a set in an order of its own: the members' texts decide theirs, once they are complete.
    const nodes: Json[] = new Array<Json>(members.length).fill(null);
    this.#tasks.push(() => {
      const texts = nodes.map((one): [string, Json] => [asciiText(one), one]);
      node.set = texts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, one]) => one);
    });
    for (let i = members.length - 1; i >= 0; i--) {
      this.#put(members[i], markOf(value, keySlot(members[i] as never), members[i]), `${path}<item>`, nodes, i);
    }
    return node;
  }

  #object(value: PyObject, path: string): Json {
    let args: ArrayLike<unknown> = value.args;
    let marks: object = value.args;
    let name: string;
    const callable: unknown = value.callable;
    if (callable instanceof PyObject && attributeOf(callable) === undefined) {
      name = `(result of ${this.#objectName(callable)})`; // what a call gave is called again
      args = marks = [callable, ...value.args];
    } else name = this.#objectName(value);
    if (name === "builtins.range" && args.length < 3) {
      args = marks = args.length === 2 ? [args[0], args[1], 1] : [0, args[0], 1];
    }
    // INST without arguments calls no initialiser: it makes the object as NEWOBJ does.
    const via = value.via === "inst" ? (args.length === 0 ? "newobj" : "reduce") : value.via;
    const node: JsonObject = { object: name, via };
    const { state, items, pairs } = value;
    // From the last to the first: the stack turns it round.
    if (pairs !== undefined && pairs.length > 0) {
      node.pairs = pairs.map((): Json[] => [null, null]);
      for (let i = pairs.length - 1; i >= 0; i--) {
        const [key, item] = pairs[i];
        const into = (node.pairs as Json[][])[i];
        const box = key instanceof Float ? key : markOf(pairs[i], 0, key);
        this.#put(item, markOf(pairs[i], 1, item), keyPath(path, key, box), into, 1);
        this.#put(key, box, path, into, 0);
      }
    }
    if (items !== undefined && items.length > 0) node.items = this.#putAll(items, items, (i) => `${path}[${i}]`);
    if (state instanceof Map) this.#state(state as Map<unknown, unknown>, path, node);
    else if (state !== undefined) this.#put(state, markOf(value, "state", state), `${path}.<state>`, node, "state");
    if (value.kwargs !== undefined && value.kwargs !== null && value.kwargs.size > 0) {
      node.kwargs = this.#pairs(value.kwargs as Map<unknown, unknown>, (key) => `${path}(${strOf(key as never)})`, null);
    }
    node.args = this.#putAll(args, marks, (i) => (name === "builtins.slice" ? path : `${path}(${i})`));
    return node;
  }

  /** The name of what an object was made by. */
  #objectName(value: PyObject): string {
    const names: string[] = [];
    let callable: unknown = value.callable;
    for (;;) {
      if (callable instanceof Global) return [this.#names.of(callable.module, callable.name), ...names].join(".");
      const pair = callable instanceof PyObject ? attributeOf(callable) : undefined;
      if (pair === undefined) return callable instanceof PyObject ? `(result of ${callable.module}.${callable.name})` : "?";
      names.unshift(pair[1]);
      callable = pair[0];
    }
  }

  /** A dict as state is the object's own: its entries are the attributes, and references to it name the object. */
  #state(state: Map<unknown, unknown>, path: string, node: JsonObject): void {
    this.#expand(state, state.size);
    this.#seen.set(state, path);
    const made: JsonObject = { dict: this.#pairs(state, (key) => `${path}.${strOf(key as never)}`, path) };
    if (state instanceof OrderedDict) made.type = "collections.OrderedDict";
    else if (state instanceof DefaultDict) made.type = "collections.defaultdict";
    else if (state instanceof Counter) made.type = "collections.Counter";
    node.state = made;
  }

  #tensor(tensor: Tensor, path: string): Json {
    const node: JsonObject = { tensor: this.tables.tensor(tensor, path) };
    const { attributes } = tensor;
    if (attributes !== null && !this.#open.has(tensor)) {
      const names = [...(attributes as Map<unknown, unknown>).keys()]
        .filter((key): key is string => typeof key === "string" && !key.startsWith("__")).sort(byCodePoint);
      if (names.length > 0) {
        const pairs = names.map((name): Json[] => [name, null]);
        node.attrs = { dict: pairs };
        this.#expand(attributes, names.length);
        this.#open.add(tensor); // a tensor that is its own attribute
        this.#tasks.push(() => this.#open.delete(tensor));
        for (let i = names.length - 1; i >= 0; i--) {
          const value = (attributes as Map<unknown, unknown>).get(names[i]);
          this.#put(value, markOf(attributes, names[i], value), `${path}.${names[i]}`, pairs[i], 1);
        }
      }
    }
    return node;
  }
}

/** Class and name where the object is `getattr(class, "name")`: again a class, which is not resolved. */
function attributeOf(value: PyObject): readonly [owner: unknown, name: string] | undefined {
  const { callable, args, via } = value;
  if (via !== "reduce" || !(callable instanceof Global) || args.length !== 2 || typeof args[1] !== "string") return undefined;
  if (callable.name !== "getattr" || callable.module !== "builtins") return undefined;
  const owner: unknown = args[0];
  if (owner instanceof Global) return isResolved(owner.module, owner.name) ? undefined : [owner, args[1]];
  return owner instanceof PyObject && owner.callable instanceof Global && owner.callable.name === "getattr" ? [owner, args[1]] : undefined;
}

/** JSON as Python's `json.dumps(x, sort_keys=True)` writes it, which puts sets in order. */
function asciiText(node: Json): string {
  return jsonText(node, true).replace(/[^ -~]/g, (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"));
}
