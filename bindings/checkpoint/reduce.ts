// Reduce: from values to the graph that the core encodes; the way back of build.ts and rebuild.ts. Nodes are made when a
// value is first met, and their contents later from a queue, so that depth costs nothing and cycles need no care: the
// core, not this walk, decides the order of the bytes.
import * as C from "../../assembly/shared/columns.js";
import * as K from "../../assembly/shared/kinds.js";
import { UNTYPED } from "../../assembly/shared/dtypes.js";
import { NONE } from "../../assembly/shared/status.js";
import { PicklingError } from "../core/errors.js";
import { ByteArray } from "../python/bytearray.js";
import { Complex } from "../python/complex.js";
import { Counter, DefaultDict } from "../python/counted.js";
import { Dict, OrderedDict } from "../python/dict.js";
import { Float } from "../python/float.js";
import { FrozenSet } from "../python/frozenset.js";
import { marksOf, type Boxed, type Marks } from "../python/marks.js";
import { Global, PyObject } from "../python/object.js";
import { Ellipsis, NoneType, NotImplemented } from "../python/singletons.js";
import { Str } from "../python/str.js";
import { Tuple } from "../python/tuple.js";
import { Device } from "../torch/device.js";
import { DType, dtype } from "../torch/dtype.js";
import { JaggedTensor } from "../torch/jagged.js";
import { Layout, QScheme } from "../torch/layout.js";
import { Parameter } from "../torch/parameter.js";
import { Size } from "../torch/size.js";
import { Storage } from "../torch/storage.js";
import { FROM_TYPE, SubclassTensor } from "../torch/subclass.js";
import { isPlainTensor, Tensor } from "../torch/tensor.js";
import { reduceByHooks, type SaveHooks } from "./classes.js";
import { GraphWriter } from "./graph_writer.js";
import { locationOf } from "./packages.js";
import { isNumpy, type NumpyValue } from "./rebuild_numpy.js";
import { tensorCall, typedArguments, type TensorCall } from "./reduce_tensors.js";

/** A graph ready for the core. */
export interface Reduced {
  readonly graph: GraphWriter;
  readonly root: number;
  /** The storages by their row: their bytes are the records. */
  readonly storages: readonly Storage[];
}

/**
 * The graph of a value.
 *
 * @param release as which release sparse tensors are written, 2.1 being 2001
 * @param hooks what the user's own values are written as
 */
export function reduce(value: unknown, release: number = Infinity, hooks?: SaveHooks | null): Reduced {
  const reducer = new Reducer(release, hooks);
  const root = reducer.run(value);
  return { graph: reducer.graph, root, storages: reducer.storages };
}

/** Texts that torch itself writes, whose memo slot equal texts of the user share. */
const LITERALS: ReadonlyMap<string, number> = new Map([
  ["storage", K.N_STORAGE], ["cpu", K.N_CPU], ["mps", K.N_MPS], ["meta", K.N_META], ["latin1", K.N_LATIN1],
]);

class Reducer {
  readonly graph = new GraphWriter();
  readonly storages: Storage[] = [];
  readonly #texts: Map<string, number> = new Map(LITERALS);
  readonly #objects: Map<object, number> = new Map();
  readonly #globals: Map<string, number> = new Map();
  readonly #storageRows: Map<Storage, number> = new Map();
  /** Work still to do: each entry fills one node. */
  readonly #queue: (() => void)[] = [];
  readonly #release: number;
  readonly #hooks: SaveHooks | null | undefined;

  constructor(release: number, hooks: SaveHooks | null | undefined) {
    this.#release = release;
    this.#hooks = hooks;
  }

  run(value: unknown): number {
    const root = this.#node(value);
    for (let work = this.#queue.pop(); work !== undefined; work = this.#queue.pop()) work();
    return root;
  }

  /** The node of a value in a slot, by the mark of the slot. */
  #slot(value: unknown, box: Boxed | undefined): number {
    return this.#node(box ?? value);
  }

  #node(value: unknown): number {
    switch (typeof value) {
      case "string": return this.#text(value);
      case "number": return Number.isSafeInteger(value) && !Object.is(value, -0) ? this.graph.int(value) : this.graph.float(value);
      case "boolean": return value ? K.N_TRUE : K.N_FALSE;
      case "bigint": return this.graph.big(value);
      case "object": return value === null ? K.N_NONE : this.#object(value);
      default:
        throw new PicklingError(`Cannot save a value of type ${typeof value}: Python has no such thing`, { code: "UNPICKLABLE" });
    }
  }

  #text(text: string): number {
    let node = this.#texts.get(text);
    if (node === undefined) this.#texts.set(text, node = this.graph.text(text));
    return node;
  }

  #object(value: object): number {
    if (value instanceof Float) return this.graph.float(value.value, value.bits);
    const known = this.#objects.get(value);
    if (known !== undefined) return known;
    const node = this.#make(value);
    this.#objects.set(value, node);
    return node;
  }

  /** A node for an object met the first time. Contents come later, from the queue. */
  #make(value: object): number {
    const { graph } = this;
    if (value instanceof Tensor) return this.#tensor(value);
    if (value instanceof Dict) return this.#dict(value);
    if (value instanceof Size) return this.#call("torch", "Size", [graph.tuple(value.map((n) => graph.int(n)))]);
    if (value instanceof Tuple) return this.#tuple(value);
    if (Array.isArray(value)) return this.#list(value);
    if (value instanceof Str) return graph.text(value.value);
    if (value instanceof ByteArray) return graph.bytes(K.K_BYTEARRAY, value);
    if (value instanceof Uint8Array) return graph.bytes(K.K_BYTES, value);
    if (value instanceof FrozenSet) return this.#frozenSet(value);
    if (value instanceof Set) return this.#set(value);
    if (value instanceof Map) return this.#pairs(value, graph.node(K.K_DICT, 0, 0));
    if (value instanceof Complex) return this.#call("builtins", "complex", [graph.float(value.re), graph.float(value.im)]);
    if (value instanceof Storage) return graph.node(K.K_STORAGE, this.#storage(value), 0);
    if (value instanceof PyObject) return this.#pyObject(value);
    if (isNumpy(value)) return this.#numpy(value);
    if (value instanceof Global) return this.#global(value.module, value.name);
    if (value instanceof DType) return this.#global("torch", value.name);
    if (value instanceof QScheme) return this.#global("torch", value.name);
    if (value instanceof Layout) return this.#call("torch.serialization", "_get_layout", [graph.text(`torch.${value.name}`)]);
    if (value instanceof Device) return this.#device(value);
    if (value === Ellipsis) return this.#global("builtins", "Ellipsis");
    if (value === NotImplemented) return this.#global("builtins", "NotImplemented");
    if (value === NoneType) return this.#call("builtins", "type", [K.N_NONE]);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return this.#pairs(new Map(Object.entries(value)), graph.node(K.K_DICT, 0, 0));
    }
    const reduced = reduceByHooks(value, this.#hooks);
    if (reduced !== undefined) return this.#pyObject(reduced);
    const name = Object.prototype.toString.call(value).slice(8, -1);
    const advice = ArrayBuffer.isView(value) ? "wrap it: tensor(…), or new Tensor(new Storage(…), …)" : "convert it to a dict, a list or a PyObject";
    throw new PicklingError(`Cannot save a ${value.constructor?.name ?? name}: ${advice}`, { code: "UNPICKLABLE" });
  }

  #global(module: string, name: string): number {
    const full = `${module}\n${name}`;
    let node = this.#globals.get(full);
    if (node === undefined) this.#globals.set(full, node = this.graph.global(module, name));
    return node;
  }

  /** A REDUCE of a function with these argument nodes. */
  #call(module: string, name: string, args: readonly number[], segments: readonly number[] = []): number {
    const node = this.graph.node(K.K_OBJECT, 0, 0);
    this.graph.object(node, this.#global(module, name), this.graph.tuple(args), NONE, K.VIA_REDUCE, segments);
    return node;
  }

  #device(value: Device): number {
    const { graph } = this;
    const args = [this.#deviceType(value.type)];
    if (value.index !== null) args.push(graph.int(value.index));
    return this.#call("torch", "device", args);
  }

  /** The text inside a device is made anew each time. */
  #deviceType(type: string): number {
    return this.graph.text(type);
  }

  // ---- containers

  #list(value: readonly unknown[]): number {
    const { graph } = this;
    const node = graph.node(K.K_LIST, 0, 0);
    if (value.length > 0) {
      this.#queue.push(() => {
        const segment = graph.segment(K.SEG_ITEMS, value.length);
        graph.setSegment(node, segment);
        this.#fillItems(value, segment + K.SEG_HEAD);
      });
    }
    return node;
  }

  #fillItems(value: readonly unknown[], first: number): void {
    const marks = marksOf(value);
    for (let i = 0; i < value.length; i++) {
      this.graph.setEdge(first + i, this.#slot(value[i], marks?.ofValue(value, i, value[i])));
    }
  }

  #tuple(value: Tuple): number {
    if (value.length === 0) return K.N_UNIT;
    const first = this.graph.edges(value.length);
    this.#queue.push(() => this.#fillItems(value, first));
    return this.graph.node(K.K_TUPLE, first, value.length);
  }

  #set(value: ReadonlySet<unknown>): number {
    const { graph } = this;
    const node = graph.node(K.K_SET, 0, 0);
    if (value.size > 0) {
      this.#queue.push(() => {
        const segment = graph.segment(K.SEG_MEMBERS, value.size);
        graph.setSegment(node, segment);
        this.#fillMembers(value, segment + K.SEG_HEAD);
      });
    }
    return node;
  }

  #frozenSet(value: FrozenSet): number {
    const first = this.graph.edges(value.size);
    this.#queue.push(() => this.#fillMembers(value, first));
    return this.graph.node(K.K_FROZENSET, first, value.size);
  }

  #fillMembers(value: ReadonlySet<unknown>, first: number): void {
    const marks = marksOf(value);
    let e = first;
    for (const member of value) this.graph.setEdge(e++, this.#slot(member, marks?.ofKey(member)));
  }

  /** Fills a dict node from a map. */
  #pairs(value: ReadonlyMap<unknown, unknown>, node: number): number {
    if (value.size > 0) this.#queue.push(() => this.graph.setSegment(node, this.#pairSegment(value)));
    return node;
  }

  #pairSegment(value: ReadonlyMap<unknown, unknown>): number {
    const { graph } = this;
    const segment = graph.segment(K.SEG_PAIRS, value.size * 2);
    const marks: Marks | undefined = marksOf(value);
    let e = segment + K.SEG_HEAD;
    for (const [key, item] of value) {
      graph.setEdge(e, this.#slot(key, marks?.ofKey(key)));
      graph.setEdge(e + 1, this.#slot(item, marks?.ofValue(value, key, item)));
      e += 2;
    }
    return segment;
  }

  #dict(value: Dict): number {
    const { graph } = this;
    const node = graph.node(value.constructor === Dict ? K.K_DICT : K.K_OBJECT, 0, 0);
    if (value instanceof OrderedDict || value instanceof DefaultDict) this.#queue.push(() => this.#fillDictObject(value, node));
    else if (value instanceof Counter) {
      // Counter pickles as a call with an exact dict.
      this.#queue.push(() => {
        const inner = this.#pairs(value, graph.node(K.K_DICT, 0, 0));
        graph.object(node, this.#global("collections", "Counter"), graph.tuple([inner]), NONE, K.VIA_REDUCE, this.#stateOf(value));
      });
    } else return this.#pairs(value, node);
    return node;
  }

  #fillDictObject(value: OrderedDict | DefaultDict, node: number): void {
    const { graph } = this;
    const ordered = value instanceof OrderedDict;
    const args = ordered || value.factory === null ? [] : [this.#node(value.factory)];
    const segments = value.size > 0 ? [this.#pairSegment(value)] : [];
    segments.push(...this.#stateOf(value));
    graph.object(node, this.#global("collections", ordered ? "OrderedDict" : "defaultdict"), graph.tuple(args), NONE, K.VIA_REDUCE, segments);
  }

  /** The segment of a dict's attributes, where it has some. */
  #stateOf(value: Dict): number[] {
    if (!value.hasAttributes) return [];
    const segment = this.graph.segment(K.SEG_STATE, 1);
    this.graph.setEdge(segment + K.SEG_HEAD, this.#node(value.attributes));
    return [segment];
  }

  #pyObject(value: PyObject): number {
    const { graph } = this;
    const node = graph.node(K.K_OBJECT, 0, 0);
    this.#queue.push(() => {
      const segments: number[] = [];
      const { items, pairs, state, kwargs } = value;
      if (items !== undefined && items !== null && items.length > 0) {
        const segment = graph.segment(K.SEG_ITEMS, items.length);
        this.#fillItems(items, segment + K.SEG_HEAD);
        segments.push(segment);
      }
      if (pairs !== undefined && pairs !== null && pairs.length > 0) {
        const segment = graph.segment(K.SEG_PAIRS, pairs.length * 2);
        for (const [i, pair] of pairs.entries()) this.#fillItems(pair, segment + K.SEG_HEAD + i * 2);
        segments.push(segment);
      }
      if (state !== undefined) {
        const segment = graph.segment(K.SEG_STATE, 1);
        graph.setEdge(segment + K.SEG_HEAD, this.#slot(state, marksOf(value)?.ofValue(value, "state", state)));
        segments.push(segment);
      }
      const hasKwargs = kwargs !== undefined && kwargs !== null;
      const via = value.via === "reduce" ? K.VIA_REDUCE : value.via === "inst" ? K.VIA_INST : hasKwargs ? K.VIA_NEWOBJ_EX : K.VIA_NEWOBJ;
      graph.object(node, this.#node(value.callable), this.#node(value.args), hasKwargs ? this.#node(kwargs) : NONE, via, segments);
    });
    return node;
  }

  #numpy(value: NumpyValue): number {
    const { graph } = this;
    const node = graph.node(K.K_OBJECT, 0, 0);
    this.#queue.push(() => {
      const { callable, args, state } = value.pickled();
      const segments: number[] = [];
      if (state !== undefined) {
        const segment = graph.segment(K.SEG_STATE, 1);
        graph.setEdge(segment + K.SEG_HEAD, this.#node(state));
        segments.push(segment);
      }
      graph.object(node, this.#node(callable), this.#node(args), NONE, K.VIA_REDUCE, segments);
    });
    return node;
  }

  // ---- torch

  #storage(value: Storage): number {
    const known = this.#storageRows.get(value);
    if (known !== undefined) return known;
    const location = locationOf(value);
    const literal = location === "cpu" || location === "mps" || location === "meta" ? LITERALS.get(location) : undefined;
    const type = value.dtype === "untyped" ? undefined : dtype(value.dtype);
    const row = this.graph.storage(
      type?.id ?? UNTYPED, value.nbytes, value.nbytes / (type?.itemsize ?? 1), literal ?? this.graph.text(location),
    );
    this.#storageRows.set(value, row);
    this.storages.push(value);
    return row;
  }

  #tensor(value: Tensor): number {
    const called = isPlainTensor(value) && value.storage.device !== "meta" ? undefined : this.#otherTensor(value);
    if (called !== undefined) return called;
    const flags = (value.requiresGrad ? C.TENSOR_REQUIRES_GRAD : 0) | (value.isConj ? C.TENSOR_CONJ : 0) | (value.isNeg ? C.TENSOR_NEG : 0);
    const parameter = value instanceof Parameter;
    const node = this.graph.tensor({
      fn: parameter ? C.FN_PARAMETER : C.FN_DENSE,
      flags, dtype: dtype(value.dtype).id, storage: this.#storage(value.storage),
      shape: value.shape, stride: value.stride, offset: value.storageOffset,
      data: parameter ? this.#node(value.dataTensor) : NONE,
    });
    if (value.attributes !== null && value.attributes.size > 0) {
      const state = this.#node(value.attributes);
      if (parameter) this.graph.setTensorState(node, C.FN_PARAMETER_WITH_STATE, state, NONE);
      else this.graph.setTensorState(node, C.FN_DENSE, state, this.#global("torch", "Tensor"));
    }
    return node;
  }

  /** The call of a tensor that the core has no row for. */
  #otherTensor(value: Tensor): number | undefined {
    if (value instanceof SubclassTensor || value instanceof JaggedTensor) {
      const { module, name } = value instanceof SubclassTensor ? value.rebuild : FROM_TYPE;
      return this.#call(module, name, typedArguments(value, this.#release).map((arg) => this.#node(arg)));
    }
    const call = tensorCall(value instanceof Parameter ? value.dataTensor : value, this.#release);
    return call === undefined ? undefined : this.#calledTensor(value, call);
  }

  /** That call, and the calls for its attributes and its parameter around it. */
  #calledTensor(value: Tensor, call: TensorCall): number {
    const state = value.attributes !== null && value.attributes.size > 0 ? [this.#node(value.attributes)] : [];
    if (value instanceof Parameter) {
      const args = [this.#node(value.dataTensor), value.requiresGrad ? K.N_TRUE : K.N_FALSE, this.#node(new OrderedDict()), ...state];
      return this.#call("torch._utils", state.length === 0 ? "_rebuild_parameter" : "_rebuild_parameter_with_state", args);
    }
    if (state.length === 0) return this.#call("torch._utils", call.name, call.args.map((arg) => this.#node(arg)));
    return this.#call(FROM_TYPE.module, FROM_TYPE.name, typedArguments(value, this.#release).map((arg) => this.#node(arg)));
  }
}
