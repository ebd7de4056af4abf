// The tensors of an archive by name, read from the columns as they are asked for.
import * as C from "../../assembly/shared/columns.js";
import * as K from "../../assembly/shared/kinds.js";
import { NONE } from "../../assembly/shared/status.js";
import { asciiText, utf8Text } from "../core/text.js";
import { dtypeById } from "../torch/dtype.js";
import type { Archive } from "./archive.js";
import { wide, type Columns } from "./columns.js";

/** Deeper than this a path is cut: it is for people. */
const MAX_STEPS = 10_000;

/** One tensor of a checkpoint, not read. */
export interface TensorInfo {
  /** Row of the tensor's index, as other languages' hosts know it. */
  readonly index: number;
  /** Its keys and indices joined by "."; the path where two tensors would share that name. */
  readonly name: string;
  /** The exact way to it, such as `$["model"]["fc.weight"]`. */
  readonly path: string;
  /** Further paths at which the same tensor stands. */
  readonly also: string[];
  /** torch's name of its element type, such as `float32`. */
  readonly dtype: string;
  readonly shape: number[];
  /** In elements. */
  readonly stride: number[];
  /** Where it begins in its storage, in elements. */
  readonly storageOffset: number;
  /** Number of elements. */
  readonly numel: number;
  /** Bytes of its elements. */
  readonly nbytes: number;
  /** Equal numbers: shared memory. */
  readonly storageIndex: number;
  /** Key of its storage in the file. */
  readonly storageKey: string;
  /** Bytes of its whole storage. */
  readonly storageBytes: number;
  /** The label of the device it was saved from. */
  readonly location: string;
  readonly requiresGrad: boolean;
  readonly isParameter: boolean;
  toJSON(): object;
}

/** The tensors of a checkpoint, each once, in the order of the file. */
export interface TensorList extends Iterable<TensorInfo> {
  /** How many tensors there are. */
  readonly length: number;
}

/** What is told of a tensor as JSON. */
export function plainInfo(info: TensorInfo): object {
  const { name, path, also, dtype, shape, stride, storageOffset, storageKey, nbytes, location, requiresGrad, isParameter } = info;
  return { name, path, also, dtype, shape, stride, storageOffset, storageKey, nbytes, location, requiresGrad, isParameter };
}

/** One tensor of the columns. */
export class ColumnTensor implements TensorInfo {
  readonly #archive: Archive;
  readonly #row: number;
  /** Row of the tensor's index, as other languages' hosts know it. */
  readonly index: number;
  readonly #also: readonly number[];

  constructor(archive: Archive, row: number, index: number, also: readonly number[]) {
    this.#archive = archive;
    this.#row = row;
    this.index = index;
    this.#also = also;
  }

  #tensor(word: number): number {
    return this.#archive.columns.tensors[this.index * C.T_WORDS + word];
  }

  /** Its keys and indices joined by "."; the path where two tensors would share that name. */
  get name(): string {
    return nameAt(this.#archive.columns, this.#row);
  }

  /** The exact way to it, such as `$["model"]["fc.weight"]`. */
  get path(): string {
    return pathAt(this.#archive.columns, this.#row);
  }

  /** Further paths at which the same tensor stands. */
  get also(): string[] {
    return this.#also.map((row) => pathAt(this.#archive.columns, row));
  }

  /** torch's name of its element type, such as `float32`. */
  get dtype(): string {
    return dtypeById(this.#tensor(C.T_DTYPE)).name;
  }

  get shape(): number[] {
    return this.#dims(0);
  }

  /** In elements. */
  get stride(): number[] {
    return this.#dims(this.#tensor(C.T_NDIM));
  }

  #dims(skip: number): number[] {
    const ndim = this.#tensor(C.T_NDIM);
    const first = this.#tensor(C.T_DIMS) + skip;
    const out = new Array<number>(ndim);
    const { dims } = this.#archive.columns;
    for (let i = 0; i < ndim; i++) out[i] = wide(dims, (first + i) * 2);
    return out;
  }

  /** Where it begins in its storage, in elements. */
  get storageOffset(): number {
    return wide(this.#archive.columns.tensors, this.index * C.T_WORDS + C.T_OFFSET);
  }

  /** Number of elements. */
  get numel(): number {
    return wide(this.#archive.columns.tensors, this.index * C.T_WORDS + C.T_NUMEL);
  }

  /** Bytes of its elements. */
  get nbytes(): number {
    return this.numel * dtypeById(this.#tensor(C.T_DTYPE)).itemsize;
  }

  /** Equal numbers: shared memory. */
  get storageIndex(): number {
    return this.#tensor(C.T_STORAGE);
  }

  /** Key of its storage in the file. */
  get storageKey(): string {
    return this.#archive.storage(this.storageIndex).key;
  }

  /** Bytes of its whole storage. */
  get storageBytes(): number {
    return this.#archive.storageBytes(this.storageIndex);
  }

  /** The label of the device it was saved from. */
  get location(): string {
    return this.#archive.storage(this.storageIndex).location;
  }

  get requiresGrad(): boolean {
    return (this.#tensor(C.T_FLAGS) & C.TENSOR_REQUIRES_GRAD) !== 0;
  }

  get isParameter(): boolean {
    return this.#tensor(C.T_DATA) !== NONE;
  }

  /** Node of the graph. */
  get node(): number {
    return this.#tensor(C.T_NODE);
  }

  toJSON(): object {
    return plainInfo(this);
  }
}

/** The tensors of a checkpoint, each once, in the order of the file. An object is made when it is its turn, and not kept. */
export class ColumnList implements TensorList {
  readonly #archive: Archive;
  /** Rows of the further places of a tensor, by tensor. */
  readonly #also: ReadonlyMap<number, readonly number[]>;
  /** How many tensors there are. */
  readonly length: number;

  constructor(archive: Archive) {
    this.#archive = archive;
    const { listing } = archive.columns;
    const also = new Map<number, number[]>();
    let length = 0;
    for (let w = 0; w < listing.length; w += C.L_WORDS) {
      if ((listing[w + C.L_FLAGS] & C.LISTED_ALSO) === 0) {
        length++;
        continue;
      }
      const tensor = listing[w + C.L_TENSOR];
      const rows = also.get(tensor);
      if (rows === undefined) also.set(tensor, [w / C.L_WORDS]);
      else rows.push(w / C.L_WORDS);
    }
    this.#also = also;
    this.length = length;
  }

  [Symbol.iterator](): Iterator<ColumnTensor> {
    const archive = this.#archive;
    const also = this.#also;
    const { listing } = archive.columns;
    let w = 0;
    // An iterator by hand: a generator is resumed 100,000 times, this is inlined.
    return {
      next(): IteratorResult<ColumnTensor> {
        while (w < listing.length && (listing[w + C.L_FLAGS] & C.LISTED_ALSO) !== 0) w += C.L_WORDS;
        if (w >= listing.length) return { done: true, value: undefined };
        const row = w / C.L_WORDS;
        const tensor = listing[w + C.L_TENSOR];
        w += C.L_WORDS;
        return { done: false, value: new ColumnTensor(archive, row, tensor, also.size === 0 ? NO_ROWS : also.get(tensor) ?? NO_ROWS) };
      },
    };
  }
}

const NO_ROWS: readonly number[] = [];

function nameAt(columns: Columns, row: number): string {
  const { listing, u8 } = columns;
  const w = row * C.L_WORDS;
  const flags = listing[w + C.L_FLAGS];
  if ((flags & C.LISTED_SAME_NAME) !== 0) return pathAt(columns, row);
  const at = listing[w + C.L_NAME];
  const length = listing[w + C.L_NAME_LENGTH];
  return (flags & C.LISTED_NOT_ASCII) !== 0 ? utf8Text(u8, at, length) : asciiText(u8, at, length);
}

/** `$`, then a step for each way down: `["key"]`, `[3]`, `.attribute`, `(0)` for an argument. */
function pathAt(columns: Columns, row: number): string {
  const { listing, paths } = columns;
  const steps: string[] = [];
  for (let path = listing[row * C.L_WORDS + C.L_PATH]; path !== NONE; path = paths[path * C.P_WORDS + C.P_PARENT]) {
    const w = path * C.P_WORDS;
    if (paths[w + C.P_STEP] === C.STEP_ROOT) break;
    if (steps.length > MAX_STEPS) {
      steps.push("…");
      break;
    }
    steps.push(stepText(columns, paths[w + C.P_STEP], paths[w + C.P_OPERAND]));
  }
  return "$" + steps.reverse().join("");
}

function stepText(columns: Columns, step: number, operand: number): string {
  switch (step) {
    case C.STEP_KEY: return `[${keyText(columns, operand)}]`;
    case C.STEP_INDEX: return `[${operand}]`;
    case C.STEP_ATTRIBUTE: return `.${nodeText(columns, operand) ?? keyText(columns, operand)}`;
    case C.STEP_ARGUMENT: return `(${operand})`;
    case C.STEP_STATE: return ".<state>";
    default: return "<item>";
  }
}

function nodeText(columns: Columns, node: number): string | undefined {
  const kind = columns.kind[node];
  return kind === K.K_ASCII || kind === K.K_TEXT ? utf8Text(columns.u8, columns.a[node], columns.b[node]) : undefined;
}

function keyText(columns: Columns, node: number): string {
  const text = nodeText(columns, node);
  if (text !== undefined) return JSON.stringify(text);
  switch (columns.kind[node]) {
    case K.K_INT: return BigInt.asIntN(64, (BigInt(columns.b[node]) << 32n) | BigInt(columns.a[node])).toString();
    case K.K_BOOL: return columns.a[node] === 0 ? "<False>" : "<True>";
    case K.K_NONE: return "<None>";
    case K.K_TUPLE: return "<tuple>";
    default: return "<key>";
  }
}
