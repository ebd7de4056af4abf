// A graph in the making: the columns that the core encodes (assembly/shared/kinds.ts and columns.ts draw them), filled
// on this side in arrays that double, and moved into the core's memory in one go.
import * as C from "../../assembly/shared/columns.js";
import * as K from "../../assembly/shared/kinds.js";
import { FAULT, NONE } from "../../assembly/shared/status.js";
import type { CoreExports } from "../core/abi.js";
import { LimitError } from "../core/errors.js";
import { readFault } from "../core/fault_record.js";
import { faultError } from "../core/faults.js";
import type { CoreMemory } from "../core/memory.js";
import { utf8Bytes } from "../core/text.js";

/** Words that grow. */
class Words {
  #array: Uint32Array;
  length = 0;

  constructor(capacity: number) {
    this.#array = new Uint32Array(capacity);
  }

  get array(): Uint32Array {
    return this.#array;
  }

  push(value: number): void {
    if (this.length === this.#array.length) this.reserve(1);
    this.#array[this.length++] = value;
  }

  /** Room for n more, zeroed; answers where they begin. */
  extend(n: number): number {
    const at = this.length;
    this.reserve(n);
    this.length += n;
    return at;
  }

  set(at: number, value: number): void {
    this.#array[at] = value;
  }

  reserve(n: number): void {
    if (this.length + n <= this.#array.length) return;
    const larger = new Uint32Array(Math.max(this.length + n, this.#array.length * 2));
    larger.set(this.#array.subarray(0, this.length));
    this.#array = larger;
  }
}

/** One tensor's row. */
export interface TensorRow {
  readonly fn: number;
  readonly flags: number;
  readonly dtype: number;
  readonly storage: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
  readonly data: number;
}

/** The columns of a graph, and the ways to add to them. */
export class GraphWriter {
  readonly #kind = new Words(2048);
  readonly #a = new Words(2048);
  readonly #b = new Words(2048);
  readonly #edges = new Words(4096);
  readonly #objects = new Words(256);
  readonly #globals = new Words(256);
  readonly #storages = new Words(1024);
  readonly #tensors = new Words(1024);
  readonly #dims = new Words(1024);
  #text = new Uint8Array(16384);
  #textLength = 0;

  constructor() {
    for (const column of [this.#kind, this.#a, this.#b]) column.extend(K.N_FIRST);
    this.#edges.extend(1); // 0 is no segment
  }

  get nodes(): number {
    return this.#kind.length;
  }

  node(kind: number, a: number, b: number): number {
    this.#kind.push(kind);
    this.#a.push(a);
    this.#b.push(b);
    return this.#kind.length - 1;
  }

  int(value: number): number {
    if (value >= 0 && value < 256) return K.N_INT0 + value;
    return this.node(K.K_INT, value >>> 0, Math.floor(value / 4294967296) >>> 0);
  }

  big(value: bigint): number {
    if (value === BigInt.asIntN(64, value)) {
      if (value >= 0n && value < 256n) return K.N_INT0 + Number(value);
      return this.node(K.K_INT, Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn));
    }
    const bits = value.toString(2).length + 1; // at least as many as two's complement needs
    const hex = BigInt.asUintN(Math.ceil(bits / 8) * 8, value).toString(16).padStart(Math.ceil(bits / 8) * 2, "0");
    const bytes = new Uint8Array(hex.length / 2);
    for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.substring(hex.length - 2 * i - 2, hex.length - 2 * i), 16);
    return this.bytes(K.K_BIG, bytes);
  }

  float(value: number, bits?: bigint): number {
    const view = new DataView(new ArrayBuffer(8));
    if (bits === undefined) view.setFloat64(0, value);
    else view.setBigUint64(0, bits);
    if (bits === undefined && value !== value) return this.node(K.K_FLOAT, 0, 0x7ff80000);
    return this.node(K.K_FLOAT, view.getUint32(4), view.getUint32(0));
  }

  /** A str. Short ASCII, as keys are, is copied unit by unit; the rest is encoded. */
  text(text: string): number {
    const at = this.#textLength;
    if (text.length <= 128) {
      this.#roomFor(text.length);
      let i = 0;
      for (; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        if (unit > 0x7f) break;
        this.#text[at + i] = unit;
      }
      if (i === text.length) {
        this.#textLength += i;
        return this.node(K.K_ASCII, at, i);
      }
    }
    return this.bytes(K.K_TEXT, utf8Bytes(text));
  }

  /** A node over bytes: text, bytes, a long integer. */
  bytes(kind: number, bytes: Uint8Array): number {
    const at = this.#textLength;
    this.#roomFor(bytes.length);
    this.#text.set(bytes, at);
    this.#textLength += bytes.length;
    return this.node(kind, at, bytes.length);
  }

  #roomFor(n: number): void {
    const wanted = this.#textLength + n;
    if (wanted <= this.#text.length) return;
    if (wanted > 0x3fffff00) {
      throw new LimitError("Cannot save: the texts and bytes of one pickle pass 1 GiB", { code: "MEMORY", found: wanted, limit: 0x3fffff00 });
    }
    const larger = new Uint8Array(Math.max(wanted, this.#text.length * 2));
    larger.set(this.#text.subarray(0, this.#textLength));
    this.#text = larger;
  }

  /** Room for n edges: index of the first. */
  edges(n: number): number {
    return this.#edges.extend(n);
  }

  setEdge(at: number, node: number): void {
    this.#edges.set(at, node);
  }

  /** A segment with room for n edges; `firstEdge(segment)` is where they stand. */
  segment(what: number, n: number): number {
    const s = this.#edges.extend(K.SEG_HEAD + n);
    this.#edges.set(s, what);
    this.#edges.set(s + 1, n);
    return s;
  }

  /** Gives a list, dict or set node its one segment. */
  setSegment(node: number, segment: number): void {
    this.#a.set(node, segment);
    this.#b.set(node, segment);
  }

  /** A node whose edges are these nodes: a tuple. */
  tuple(nodes: readonly number[]): number {
    if (nodes.length === 0) return K.N_UNIT;
    const first = this.edges(nodes.length);
    for (const [i, node] of nodes.entries()) this.setEdge(first + i, node);
    return this.node(K.K_TUPLE, first, nodes.length);
  }

  /** A row of GLOBALS and a node for it. */
  global(module: string, name: string): number {
    const row = this.#globals.length / C.G_WORDS;
    const w = this.#globals.extend(C.G_WORDS);
    for (const [word, text] of [[C.G_MODULE, module], [C.G_NAME, name]] as const) {
      const bytes = utf8Bytes(text);
      const at = this.#textLength;
      this.#roomFor(bytes.length);
      this.#text.set(bytes, at);
      this.#textLength += bytes.length;
      this.#globals.set(w + word, at);
      this.#globals.set(w + word + 1, bytes.length);
    }
    return this.node(K.K_GLOBAL, row, 0);
  }

  /** Fills in an object node's row. Segments are in the order in which the pickler writes them: items, pairs, state. */
  object(node: number, callable: number, args: number, kwargs: number, via: number, segments: readonly number[]): void {
    const row = this.#objects.length / C.O_WORDS;
    const w = this.#objects.extend(C.O_WORDS);
    this.#objects.set(w + C.O_CALLABLE, callable);
    this.#objects.set(w + C.O_ARGS, args);
    this.#objects.set(w + C.O_KWARGS, kwargs);
    this.#objects.set(w + C.O_VIA, via);
    this.#objects.set(w + C.O_FIRST, segments[0] ?? 0);
    this.#objects.set(w + C.O_LAST, segments.at(-1) ?? 0);
    for (let i = 1; i < segments.length; i++) this.#edges.set(segments[i - 1] + 2, segments[i]);
    this.#a.set(node, row);
  }

  /** A row of STORAGES. */
  storage(dtype: number, nbytes: number, numel: number, location: number): number {
    const row = this.#storages.length / C.S_WORDS;
    const w = this.#storages.extend(C.S_WORDS);
    this.#storages.set(w + C.S_KEY, NONE);
    this.#storages.set(w + C.S_LOCATION, location);
    this.#storages.set(w + C.S_DTYPE, dtype);
    this.#storages.set(w + C.S_CLASS, NONE);
    setWide(this.#storages, w + C.S_NUMEL, numel);
    setWide(this.#storages, w + C.S_NBYTES, nbytes);
    this.#storages.set(w + C.S_ENTRY, NONE);
    this.#storages.set(w + C.S_NUMBER, NONE);
    return row;
  }

  /** A row of TENSORS and its node. */
  tensor(row: TensorRow): number {
    const n = this.node(K.K_TENSOR, this.#tensors.length / C.T_WORDS, 0);
    const dims = this.#dims.length / 2;
    const d = this.#dims.extend(row.shape.length * 4);
    for (const [i, size] of row.shape.entries()) {
      setWide(this.#dims, d + i * 2, size);
      setWide(this.#dims, d + (row.shape.length + i) * 2, row.stride[i]);
    }
    const w = this.#tensors.extend(C.T_WORDS);
    const t = this.#tensors;
    t.set(w + C.T_NODE, n);
    t.set(w + C.T_FN, row.fn);
    t.set(w + C.T_FLAGS, row.flags);
    t.set(w + C.T_DTYPE, row.dtype);
    t.set(w + C.T_STORAGE, row.storage);
    t.set(w + C.T_NDIM, row.shape.length);
    t.set(w + C.T_DIMS, dims);
    t.set(w + C.T_DATA, row.data);
    t.set(w + C.T_STATE, NONE);
    t.set(w + C.T_TYPE, NONE);
    setWide(t, w + C.T_OFFSET, row.offset);
    t.set(w + C.T_LISTED, NONE);
    t.set(w + C.T_HOOKS, NONE);
    return n;
  }

  /** Gives a tensor node its attributes, and the class that `_rebuild_from_type_v2` is told. */
  setTensorState(node: number, fn: number, state: number, type: number): void {
    const w = this.#a.array[node] * C.T_WORDS;
    this.#tensors.set(w + C.T_STATE, state);
    this.#tensors.set(w + C.T_TYPE, type);
    this.#tensors.set(w + C.T_FN, fn);
    if (type !== NONE) this.#tensors.set(w + C.T_FLAGS, this.#tensors.array[w + C.T_FLAGS] | C.TENSOR_FROM_TYPE);
  }

  /** Moves the columns into the core. */
  moveInto(core: CoreExports, memory: CoreMemory): void {
    const rows = (words: Words, width: number): number => words.length / width;
    const status = core.graphBegin(
      this.#kind.length, this.#edges.length, rows(this.#objects, C.O_WORDS), rows(this.#globals, C.G_WORDS),
      rows(this.#storages, C.S_WORDS), rows(this.#tensors, C.T_WORDS), rows(this.#dims, 2), this.#textLength,
    );
    if (status === FAULT) throw faultError(readFault(core));
    const kinds = memory.bytes(memory.columnAt(C.C_KIND), this.#kind.length);
    for (let i = K.N_FIRST; i < kinds.length; i++) kinds[i] = this.#kind.array[i];
    const move = (column: number, words: Words, from: number): void => {
      const at = memory.columnAt(column) >>> 2;
      memory.u32.set(words.array.subarray(from, words.length), at + from);
    };
    move(C.C_A, this.#a, K.N_FIRST);
    move(C.C_B, this.#b, K.N_FIRST);
    move(C.C_EDGES, this.#edges, 1);
    move(C.C_OBJECTS, this.#objects, 0);
    move(C.C_GLOBALS, this.#globals, 0);
    move(C.C_STORAGES, this.#storages, 0);
    move(C.C_TENSORS, this.#tensors, 0);
    move(C.C_DIMS, this.#dims, 0);
    memory.u8.set(this.#text.subarray(0, this.#textLength), memory.columnAt(C.C_TEXT));
    if (core.graphEnd() === FAULT) throw faultError(readFault(core));
  }
}

/** A number up to 2^53, as low and high word. */
function setWide(words: Words, at: number, value: number): void {
  words.set(at, value >>> 0);
  words.set(at + 1, Math.floor(value / 4294967296) >>> 0);
}
