// NumPy's dtype: what one element of an array is.
//
//   kind   b bool   i u integers   f floats   c complex   S bytes   U text (UTF-32)   M m times   O objects
//          V bytes without a meaning, a structure of named fields, or a small array of its own (`base`, `shape`)
import { ArgumentError } from "../core/errors.js";
import { Dict } from "../python/dict.js";
import { quoteText } from "../python/quote.js";
import { str } from "../python/str.js";
import { inspectSymbol, keySymbol, plainSymbol, reprSymbol } from "../python/symbols.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { UNITS } from "./datetime.js";
import { bytesOf, DTYPE, formOf, productOf, pythonBytes, rememberForm, sizesOf, type Pickled } from "./pickled.js";

/** A field of a structure. */
export interface NumpyField {
  readonly dtype: NumpyDType;
  /** Where it begins in an element, in bytes. */
  readonly offset: number;
}

/** What makes a dtype. */
interface Parts {
  readonly kind: string;
  readonly itemsize: number;
  readonly byteOrder: "<" | ">" | "|";
  readonly unit?: string;
  readonly step?: number;
  readonly names?: readonly string[];
  readonly fields?: ReadonlyMap<string, NumpyField>;
  readonly base?: NumpyDType;
  readonly shape?: readonly number[];
  readonly alignment?: number;
  readonly flags?: number;
}

/** Sizes of the kinds that have a fixed set of them. The long double of some machines has no exact place in JavaScript. */
const SIZES: ReadonlyMap<string, readonly number[]> = new Map([
  ["b", [1]], ["i", [1, 2, 4, 8]], ["u", [1, 2, 4, 8]], ["f", [2, 4, 8]], ["c", [8, 16]], ["M", [8]], ["m", [8]], ["O", [8]],
]);
const MAX_ITEMSIZE = 0x7fffffff;
/** Structures within structures, and plain elements of one structure: a few bytes of pickle could ask for any number. */
const MAX_DEPTH = 32;
const MAX_LEAVES = 65536;

/** The element type of an array or scalar of NumPy's. It never changes. */
export class NumpyDType {
  /** One letter: `b i u f c S U V M m O`. */
  readonly kind: string;
  /** Bytes of one element. */
  readonly itemsize: number;
  /** `<` little-endian, `>` big-endian, `|` where there is no order. */
  readonly byteOrder: "<" | ">" | "|";
  /** Of times: the unit, such as `D` or `ms`, and how many of it one count is; otherwise null. */
  readonly unit: string | null;
  readonly step: number;
  /** Of a structure: its fields in order; otherwise null. */
  readonly names: readonly string[] | null;
  readonly fields: ReadonlyMap<string, NumpyField> | null;
  /** Of an element that is a small array: what it is of, and its shape; otherwise null. */
  readonly base: NumpyDType | null;
  readonly shape: readonly number[] | null;
  /** As NumPy aligns a structure in memory. */
  readonly alignment: number;
  /** NumPy's own flags of a structure. */
  readonly flags: number;
  /** Whether elements are, or hold, Python objects. */
  readonly hasObject: boolean;
  readonly #depth: number;
  readonly #leaves: number;

  private constructor(parts: Parts) {
    this.kind = parts.kind;
    this.itemsize = parts.itemsize;
    this.byteOrder = parts.byteOrder;
    this.unit = parts.unit ?? null;
    this.step = parts.step ?? 1;
    this.names = parts.names === undefined ? null : Object.freeze([...parts.names]);
    this.fields = parts.fields ?? null;
    this.base = parts.base ?? null;
    this.shape = parts.shape === undefined ? null : Object.freeze([...parts.shape]);
    this.alignment = parts.alignment ?? 1;
    this.flags = parts.flags ?? 0;
    const inner = this.base !== null ? [this.base] : Array.from(this.fields?.values() ?? [], ({ dtype }) => dtype);
    this.hasObject = parts.kind === "O" || inner.some(({ hasObject }) => hasObject);
    this.#depth = inner.reduce((depth, dtype) => Math.max(depth, dtype.#depth + 1), 0);
    const leaves = inner.reduce((sum, dtype) => sum + dtype.#leaves, 0);
    this.#leaves = this.base !== null ? leaves * Math.max(1, productOf(this.shape ?? []) ?? Infinity) : Math.max(1, leaves);
    Object.freeze(this);
  }

  static #made(parts: Parts): NumpyDType | undefined {
    const dtype = new NumpyDType(parts);
    return dtype.#depth > MAX_DEPTH || dtype.#leaves > MAX_LEAVES ? undefined : dtype;
  }

  /**
   * A dtype by its text, or a structure by names and texts of its fields, which lie side by side.
   *
   * @example
   * ```ts
   * NumpyDType.of("<f4"); NumpyDType.of(">i8"); NumpyDType.of("<M8[ms]"); NumpyDType.of([["id", "<i4"], ["w", "<f8"]]);
   * ```
   * @throws {ArgumentError} `NUMPY_DTYPE`
   */
  static of(spec: NumpyDType | string | readonly (readonly [name: string, dtype: NumpyDType | string])[]): NumpyDType {
    if (spec instanceof NumpyDType) return spec;
    const found = typeof spec === "string" ? NumpyDType.#known(spec) : Array.isArray(spec) ? NumpyDType.#structure(spec) : undefined;
    if (found !== undefined) return found;
    throw new ArgumentError(
      `Cannot make a dtype of NumPy of ${typeof spec === "string" ? JSON.stringify(spec) : "this"}: expected a text ` +
        'such as "<f4", or pairs of names and such texts',
      { code: "NUMPY_DTYPE" },
    );
  }

  /** Little-endian types without parameters are one object each, as in NumPy: what uses one twice says so in a pickle. */
  static readonly #shared: Map<string, NumpyDType> = new Map();

  static #known(text: string): NumpyDType | undefined {
    const match = /^([<>|])([biufcSUVMmO])(\d{0,10})(?:\[(\d{0,9})([a-zA-Z]+)\])?$/.exec(text);
    if (match === null) return undefined;
    const [, order, kind, digits, step, unit] = match;
    const isTime = kind === "M" || kind === "m";
    if (unit !== undefined && !isTime || digits === "" && kind !== "O") return undefined;
    const time = isTime ? { unit: unit ?? "generic", step: step ? Number(step) : 1 } : {};
    const made = plain(kind, kind === "O" ? 8 : Number(digits), order);
    if (made === undefined || time.unit !== undefined && (!UNITS.has(time.unit) || time.step < 1)) return undefined;
    const isShared = made.byteOrder !== ">" && SIZES.has(kind) && !isTime;
    const known = isShared ? NumpyDType.#shared.get(text) : undefined;
    if (known !== undefined) return known;
    const dtype = new NumpyDType({ ...made, ...time });
    if (isShared) NumpyDType.#shared.set(text, dtype);
    return dtype;
  }

  static #structure(spec: readonly (readonly [string, NumpyDType | string])[]): NumpyDType | undefined {
    const fields = new Map<string, NumpyField>();
    let itemsize = 0;
    for (const [name, of] of spec) {
      if (typeof name !== "string" || name === "" || fields.has(name)) return undefined;
      const dtype = NumpyDType.of(of);
      fields.set(name, { dtype, offset: itemsize });
      itemsize += dtype.itemsize;
    }
    if (fields.size === 0 || itemsize > MAX_ITEMSIZE || [...fields.values()].some(({ dtype }) => dtype.hasObject)) return undefined;
    return NumpyDType.#made({ kind: "V", itemsize, byteOrder: "|", names: [...fields.keys()], fields, flags: 16 });
  }

  /** The dtype of a pickle's call and state; undefined where it is not one that NumPy writes and brine has. */
  static read(form: Pickled): NumpyDType | undefined {
    const parts = readParts(form);
    const dtype = parts === undefined ? undefined : NumpyDType.#made(parts);
    return dtype === undefined ? undefined : rememberForm(dtype, form);
  }

  /** As NumPy writes it in a word, such as `<f4`, `|b1`, `<M8[ms]`, `|V12`. */
  get str(): string {
    if (this.kind === "O") return "|O";
    const size = this.kind === "U" ? this.itemsize / 4 : this.itemsize;
    const text = `${this.byteOrder}${this.kind}${size}`;
    return this.unit === null || this.unit === "generic" ? text : `${text}[${this.step === 1 ? "" : this.step}${this.unit}]`;
  }

  /** The fields of a structure as NumPy's `descr` lists them; of other types, and where fields overlap, `str`. */
  get descr(): string {
    if (this.names === null || this.fields === null) return this.str;
    const out: string[] = [];
    let at = 0;
    for (const name of this.names) {
      const { dtype, offset } = this.fields.get(name) as NumpyField; // names and fields agree
      if (offset < at) return this.str;
      if (offset > at) out.push(`('', '|V${offset - at}')`);
      const { base, shape } = dtype;
      const inner = base ?? dtype;
      const type = inner.names === null ? `'${inner.str}'` : inner.descr;
      const sizes = shape === null ? "" : `, (${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
      out.push(`(${quoteText(name)}, ${type}${sizes})`);
      at = offset + dtype.itemsize;
    }
    if (this.itemsize > at) out.push(`('', '|V${this.itemsize - at}')`);
    return `[${out.join(", ")}]`;
  }

  /** Whether elements of both types mean the same. */
  equals(other: NumpyDType): boolean {
    return this === other || this.str === other.str && this.descr === other.descr;
  }

  /** How it stands in a pickle. */
  pickled(): Pickled {
    return formOf(this) ?? { callable: DTYPE, args: new Tuple<Value>([str(this.#code), false, true]), state: this.#state() };
  }

  get #code(): string {
    return `${this.kind}${this.kind === "U" ? this.itemsize / 4 : this.itemsize}`;
  }

  #state(): Tuple<Value> {
    const { kind, itemsize, byteOrder } = this;
    if (this.unit !== null) {
      const unit = new Tuple<Value>([pythonBytes(new TextEncoder().encode(this.unit)), this.step, 1, 1]);
      return new Tuple<Value>([4, byteOrder, null, null, null, -1, -1, 0, new Tuple<Value>([null, unit])]);
    }
    if (this.names !== null && this.fields !== null) {
      const fields = new Dict<Value, Value>();
      for (const [name, { dtype, offset }] of this.fields) fields.set(name, new Tuple<Value>([dtype, offset]));
      return new Tuple<Value>([3, "|", null, new Tuple<Value>(this.names), fields, itemsize, this.alignment, this.flags]);
    }
    if (kind === "S" || kind === "V") return new Tuple<Value>([3, "|", null, null, null, itemsize, 1, 0]);
    if (kind === "U") return new Tuple<Value>([3, byteOrder, null, null, null, itemsize, 4, 8]);
    return new Tuple<Value>([3, byteOrder, null, null, null, -1, -1, kind === "O" ? 63 : 0]);
  }

  /** `dtype('<f4')`: NumPy prints names such as `float32`, or `'<f4'` for types of the other byte order; this is always the text. */
  toString(): string {
    return this.names === null ? `dtype('${this.str}')` : `dtype(${this.descr})`;
  }

  [reprSymbol](): string {
    return this.toString();
  }

  [inspectSymbol](): string {
    return this.toString();
  }

  [plainSymbol](): string {
    return this.descr;
  }

  /** As a key, a dtype is what it means. */
  [keySymbol](): string {
    return `t${this.str}${this.descr}`;
  }
}

/** Kind, size and order of a type without fields, if there is such a type. */
function plain(kind: string, size: number, order: string): { kind: string; itemsize: number; byteOrder: "<" | ">" | "|" } | undefined {
  const sizes = SIZES.get(kind);
  const itemsize = kind === "U" ? size * 4 : size;
  if (sizes !== undefined ? !sizes.includes(size) : itemsize > MAX_ITEMSIZE) return undefined;
  const ordered = kind === "U" || sizes !== undefined && kind !== "O" && size > 1;
  if (ordered ? order !== "<" && order !== ">" : order !== "|") return undefined;
  return { kind, itemsize, byteOrder: order as "<" | ">" | "|" }; // tested
}

/** A text, which a pickle of Python 2 holds as bytes where those stay bytes. */
function textOf(value: Value): string | undefined {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array && value.length < 16 ? String.fromCharCode(...value) : undefined;
}

/** What a pickle's call and state say of a dtype; undefined where NumPy would not write that. */
function readParts({ args, state }: Pickled): Parts | undefined {
  const [first, align, copy] = args;
  const code = textOf(first);
  if (args.length !== 3 || code === undefined || state === undefined) return undefined;
  if (align !== false && align !== 0 || copy !== true && copy !== 1) return undefined; // Python 2 wrote ints
  const match = /^([biufcSUVMmO])(\d{1,10})$/.exec(code);
  const [version, second, sub, names, fields, size, alignment, flags, extra] = state;
  const order = textOf(second);
  if (match === null || order === undefined) return undefined;
  const kind = match[1];
  const made = plain(kind, Number(match[2]), order);
  if (made === undefined) return undefined;
  if (kind === "M" || kind === "m") {
    const unit = version === 4 && state.length === 9 ? readUnit(extra) : undefined;
    const isPlain = sub === null && names === null && fields === null && size === -1 && alignment === -1 && flags === 0;
    return unit !== undefined && isPlain ? { ...made, ...unit } : undefined;
  }
  if (version !== 3 || state.length !== 8) return undefined;
  if (kind === "V" && (names !== null || sub !== null)) {
    if (size !== made.itemsize || typeof alignment !== "number" || !(alignment >= 1) || typeof flags !== "number") return undefined;
    const rest = { alignment, flags };
    if (sub !== null) return names === null && fields === null ? withBase(made, rest, sub) : undefined;
    return withFields(made, rest, names, fields);
  }
  if (sub !== null || names !== null || fields !== null) return undefined;
  const [wantSize, wantAlignment, wantFlags] = SIZES.has(kind) ? [-1, -1, kind === "O" ? 63 : 0]
    : kind === "U" ? [made.itemsize, 4, 8] : [made.itemsize, 1, 0];
  return size === wantSize && alignment === wantAlignment && flags === wantFlags ? made : undefined;
}

/** `(None or {}, (b"D", 1, 1, 1))` */
function readUnit(extra: Value): { unit: string; step: number } | undefined {
  if (!(extra instanceof Tuple) || extra.length !== 2) return undefined;
  const [metadata, parts] = extra;
  if (metadata !== null && !(metadata instanceof Dict && metadata.size === 0)) return undefined;
  if (!(parts instanceof Tuple) || parts.length !== 4) return undefined;
  const [name, step, divisor, events] = parts;
  const bytes = bytesOf(name);
  const unit = bytes === undefined || bytes.length > 7 ? "" : String.fromCharCode(...bytes);
  if (!UNITS.has(unit) || divisor !== 1 || events !== 1) return undefined;
  return typeof step === "number" && Number.isInteger(step) && step >= 1 && step <= MAX_ITEMSIZE ? { unit, step } : undefined;
}

type Made = { kind: string; itemsize: number; byteOrder: "<" | ">" | "|" };
type Rest = { alignment: number; flags: number };

/** An element that is an array: `(dtype, shape)`. */
function withBase(made: Made, rest: Rest, sub: Value): Parts | undefined {
  if (!(sub instanceof Tuple) || sub.length !== 2) return undefined;
  const [base, sizes] = sub;
  const shape = sizes instanceof Tuple ? sizesOf(sizes) : undefined;
  const count = shape === undefined ? undefined : productOf(shape);
  if (!(base instanceof NumpyDType) || shape === undefined || count === undefined) return undefined;
  return count * base.itemsize === made.itemsize ? { ...made, ...rest, base, shape } : undefined;
}

/** A structure: its names in order, and for each `(dtype, offset)`. Fields with titles are not among them. */
function withFields(made: Made, rest: Rest, names: Value, fields: Value): Parts | undefined {
  if (!(names instanceof Tuple) || !(fields instanceof Dict) || fields.size !== names.length) return undefined;
  const found = new Map<string, NumpyField>();
  for (const name of names) {
    const field: unknown = typeof name === "string" ? fields.get(name) : undefined;
    if (typeof name !== "string" || !(field instanceof Tuple) || field.length !== 2) return undefined;
    const [dtype, offset] = field as Tuple<Value>;
    if (!(dtype instanceof NumpyDType) || typeof offset !== "number" || !Number.isInteger(offset) || offset < 0) return undefined;
    if (offset + dtype.itemsize > made.itemsize) return undefined;
    found.set(name, { dtype, offset });
  }
  return found.size === names.length ? { ...made, ...rest, names: names as Tuple<string>, fields: found } : undefined; // all are strings
}
