// The header of a safetensors file, checked as a whole before any byte of a tensor is read.
//
//   ┌──────────────┬──────────────────────────────────────────────────────────────────────────┬─────────────────────┐
//   │ u64 LE: N    │ N bytes of JSON, perhaps filled up with spaces                           │ data                │
//   └──────────────┴──────────────────────────────────────────────────────────────────────────┴─────────────────────┘
//     { "__metadata__": { text: text, … }, NAME: { "dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24] }, … }
//
// Offsets count from the first byte of the data. All tensors together cover the data exactly: without a hole, in which
// another file could hide, and without an overlap, by which a small file would fill the memory.
import { MAX_NDIM } from "../../assembly/shared/limits.js";
import { FormatError, LimitError } from "../core/errors.js";
import { shown } from "../core/shown.js";
import { BY_SAFE_NAME, SAFE_DTYPES, type SafeDType } from "./dtypes.js";
import { JsonScanner } from "./json_scanner.js";

/** Bytes of the length in front of the header. */
export const LENGTH_BYTES = 8;
/** The format's own limit: a longer header is refused whatever it says. */
export const MAX_HEADER = 100_000_000;
/** The key that names no tensor. */
export const METADATA = "__metadata__";

/** Tensors read between two looks at the clock. */
const BUDGET = 8192;

/** What a header says. Tensors are numbered in the order of their data. */
export class SafeHeader {
  /** Texts of the file's own, by key; null where it has no place for them. */
  readonly metadata: ReadonlyMap<string, string> | null;
  /** The byte of the file at which the data begins. */
  readonly dataStart: number;
  readonly names: readonly string[];
  readonly #rows: ReadonlyMap<string, number>;
  readonly #columns: Columns;
  readonly #order: readonly number[] | null;

  constructor(columns: Columns, order: readonly number[] | null, metadata: ReadonlyMap<string, string> | null, dataStart: number) {
    this.metadata = metadata;
    this.dataStart = dataStart;
    this.names = order === null ? columns.names : order.map((i) => columns.names[i]);
    this.#rows = order === null ? columns.rows : new Map(this.names.map((name, row) => [name, row]));
    this.#columns = columns;
    this.#order = order;
  }

  /** How many tensors there are. */
  get length(): number {
    return this.names.length;
  }

  /** The number of the tensor of a name; undefined where there is none. */
  rowOf(name: string): number | undefined {
    return this.#rows.get(name);
  }

  dtype(row: number): SafeDType {
    return SAFE_DTYPES[this.#columns.dtypes[this.#at(row)]];
  }

  shape(row: number): number[] {
    const i = this.#at(row);
    return this.#columns.dims.slice(this.#columns.firstDim[i], this.#columns.firstDim[i + 1]);
  }

  /** The byte of the file at which a tensor begins. */
  from(row: number): number {
    return this.dataStart + this.#columns.begins[this.#at(row)];
  }

  /** The byte of the file behind a tensor. */
  to(row: number): number {
    return this.dataStart + this.#columns.ends[this.#at(row)];
  }

  nbytes(row: number): number {
    return this.to(row) - this.from(row);
  }

  #at(row: number): number {
    return this.#order === null ? row : this.#order[row];
  }
}

/** The tensors in the order of the header, in columns: 100,000 of them are no 100,000 objects. */
class Columns {
  readonly names: string[] = [];
  /** By name. */
  readonly rows: Map<string, number> = new Map();
  readonly dtypes: number[] = [];
  readonly dims: number[] = [];
  /** Where the sizes of each tensor begin in `dims`, and behind the last one where they end. */
  readonly firstDim: number[] = [0];
  readonly begins: number[] = [];
  readonly ends: number[] = [];
  /** Where each one stands in the file, for errors. */
  readonly offsets: number[] = [];
}

/** The length of the header, of the first eight bytes of a file; refused where no such header can be. */
export function headerLength(head: Uint8Array, size: number): number {
  if (head.length < LENGTH_BYTES) {
    throw new FormatError(`Cannot read safetensors file: it has ${size} bytes, and 8 alone tell the length of its header`, { code: "SAFETENSORS_HEADER", offset: 0 });
  }
  const length = new DataView(head.buffer, head.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) {
    throw new LimitError(`Cannot read safetensors file: it claims a header of ${length} bytes; the format allows ${MAX_HEADER}`, {
      code: "LIMIT_HEADER", offset: 0, found: Number(length), limit: MAX_HEADER,
    });
  }
  if (Number(length) > size - LENGTH_BYTES) {
    throw new FormatError(`Cannot read safetensors file: it claims a header of ${length} bytes, and ${size - LENGTH_BYTES} follow. It is cut short, or damaged`, {
      code: "SAFETENSORS_HEADER", offset: 0,
    });
  }
  return Number(length);
}

/**
 * Reads and checks a header. Yields now and then, so that a large one can be stopped.
 *
 * @param bytes the header, without its length
 * @param size bytes of the whole file
 * @param most tensors that there may be
 */
export function* parseHeader(bytes: Uint8Array, size: number, most: number): Generator<readonly never[], SafeHeader, unknown> {
  if (bytes[0] !== 0x7b) {
    throw new FormatError("Cannot read safetensors header: it does not begin with \"{\", as the format has it", { code: "SAFETENSORS_HEADER", offset: LENGTH_BYTES });
  }
  const scanner = new JsonScanner(bytes, "safetensors header", LENGTH_BYTES);
  const columns = new Columns();
  let metadata: Map<string, string> | null = null;
  scanner.open("{");
  while (scanner.next("}")) {
    const name = scanner.key();
    const { offset } = scanner;
    if (name === METADATA) {
      if (metadata !== null) throw twice(scanner, name);
      metadata = metadataOf(scanner);
      continue;
    }
    const row = columns.names.length;
    if (columns.rows.has(name)) throw twice(scanner, name);
    if (row === most) throw new LimitError(`The file has more than ${most} tensors; limits.entries is ${most}`, { code: "LIMIT_ENTRIES", offset, found: most + 1, limit: most });
    columns.rows.set(name, row);
    columns.names.push(name);
    columns.offsets.push(offset);
    readTensor(scanner, columns, name);
    if (row % BUDGET === BUDGET - 1) yield [];
  }
  scanner.end();
  const order = inDataOrder(columns);
  const dataStart = LENGTH_BYTES + bytes.length;
  checkCover(columns, order, size - dataStart, dataStart);
  return new SafeHeader(columns, order, metadata, dataStart);
}

function metadataOf(scanner: JsonScanner): Map<string, string> {
  const metadata = new Map<string, string>();
  scanner.open("{");
  while (scanner.next("}")) {
    const key = scanner.key();
    if (metadata.has(key)) throw twice(scanner, key);
    metadata.set(key, scanner.text("a text: metadata maps texts to texts"));
  }
  return metadata;
}

/** Reads what a tensor is, and holds its size against its place. */
function readTensor(scanner: JsonScanner, columns: Columns, name: string): void {
  const { dims } = columns;
  const first = dims.length;
  let dtype = -1;
  let shaped = false;
  let begin = -1;
  let end = -1;
  scanner.open("{");
  while (scanner.next("}")) {
    const field = scanner.key();
    if (field === "dtype" && dtype < 0) {
      const found = scanner.text("the name of a dtype");
      dtype = BY_SAFE_NAME.get(found) ?? -1;
      if (dtype < 0) throw scanner.error("SAFETENSORS_DTYPE", `tensor "${shown(name)}" has dtype "${shown(found)}", which safetensors does not have`);
    } else if (field === "shape" && !shaped) {
      shaped = true;
      scanner.open("[");
      while (scanner.next("]")) {
        if (dims.length - first === MAX_NDIM) throw tooDeep(scanner, name);
        dims.push(scanner.count("a size"));
      }
    } else if (field === "data_offsets" && begin < 0) {
      scanner.open("[");
      scanner.next("]");
      begin = scanner.count("an offset");
      scanner.next("]");
      end = scanner.count("an offset");
      if (scanner.next("]")) throw scanner.error("JSON_FORM", `tensor "${shown(name)}" has more than two data_offsets`);
    } else if (field === "dtype" || field === "shape" || field === "data_offsets") throw twice(scanner, field);
    else throw scanner.error("JSON_FORM", `tensor "${shown(name)}" has a field "${shown(field)}", which safetensors does not have`);
  }
  if (dtype < 0 || !shaped || begin < 0) {
    throw scanner.error("JSON_FORM", `tensor "${shown(name)}" lacks its ${dtype < 0 ? "dtype" : shaped ? "data_offsets" : "shape"}`);
  }
  columns.dtypes.push(dtype);
  columns.firstDim.push(dims.length);
  columns.begins.push(begin);
  columns.ends.push(end);
  checkSize(columns, columns.names.length - 1, first);
}

/** Does the shape, times the size of an element, come to the bytes that the offsets claim? */
function checkSize({ names, dtypes, dims, begins, ends, offsets }: Columns, i: number, first: number): void {
  const { name: dtype, bits, packed } = SAFE_DTYPES[dtypes[i]];
  const wrong = (code: string, why: string): FormatError =>
    new FormatError(`Cannot read safetensors header: tensor "${shown(names[i])}" ${why}`, { code, offset: offsets[i] });
  if (ends[i] < begins[i]) throw wrong("SAFETENSORS_OFFSETS", `ends at byte ${ends[i]} of the data and begins at ${begins[i]}`);
  let total = bits;
  for (let d = first; d < dims.length; d++) {
    total *= dims[d];
    if (total > Number.MAX_SAFE_INTEGER) throw wrong("SAFETENSORS_SIZE", `has the shape [${dims.slice(first).join(", ")}], whose size passes 2^53 bits`);
  }
  const nbytes = ends[i] - begins[i];
  if (total !== nbytes * 8) {
    throw wrong("SAFETENSORS_SIZE", `has ${nbytes} bytes, and its shape [${dims.slice(first).join(", ")}] of ${dtype} takes ${total % 8 === 0 ? total / 8 : `${total} bits`}`);
  }
  if (packed > 1 && (dims.length === first || dims[dims.length - 1] % packed !== 0)) {
    throw wrong("SAFETENSORS_SIZE", `has the shape [${dims.slice(first).join(", ")}], and ${packed} elements of ${dtype} share a byte of its last dimension`);
  }
}

/** The order of the data, where it is not that of the header. */
function inDataOrder({ begins, ends }: Columns): number[] | null {
  let sorted = true;
  for (let i = 1; i < begins.length && sorted; i++) sorted = begins[i] > begins[i - 1] || begins[i] === begins[i - 1] && ends[i] >= ends[i - 1];
  if (sorted) return null;
  return Array.from(begins.keys()).sort((a, b) => begins[a] - begins[b] || ends[a] - ends[b]);
}

/** Each tensor begins where the one before it ends, and the last one ends with the file. */
function checkCover({ names, begins, ends, offsets }: Columns, order: readonly number[] | null, length: number, dataStart: number): void {
  let end = 0;
  for (let row = 0; row < names.length; row++) {
    const i = order === null ? row : order[row];
    if (begins[i] === end && ends[i] <= length) {
      end = ends[i];
      continue;
    }
    const why = begins[i] < end ? `begins at byte ${begins[i]} of the data, inside the tensor before it, which ends at ${end}`
      : begins[i] > end ? `begins at byte ${begins[i]} of the data, behind a hole: what comes before it ends at ${end}`
        : `ends at byte ${ends[i]} of the data, and the file has ${length} of it`;
    throw new FormatError(`Cannot read safetensors header: tensor "${shown(names[i])}" ${why}`, { code: "SAFETENSORS_OFFSETS", offset: offsets[i] });
  }
  if (end !== length) {
    throw new FormatError(`Cannot read safetensors file: its tensors end at byte ${end} of the data, and ${length - end} more follow, which belong to none`, {
      code: "SAFETENSORS_OFFSETS", offset: dataStart + end,
    });
  }
}

function tooDeep(scanner: JsonScanner, name: string): LimitError {
  return new LimitError(`Tensor "${shown(name)}" has more than ${MAX_NDIM} dimensions`, {
    code: "LIMIT_NDIM", offset: scanner.offset, found: MAX_NDIM + 1, limit: MAX_NDIM,
  });
}

function twice(scanner: JsonScanner, key: string): FormatError {
  return scanner.error("JSON_DUPLICATE", `the key "${shown(key)}" stands twice, and readers disagree on which one counts`);
}
