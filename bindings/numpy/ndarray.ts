// NumPy's array: a dtype, a shape, and the bytes of its elements; or, where elements are Python objects, a list of them.
import { ArgumentError, LimitError, PicklingError } from "../core/errors.js";
import { Global } from "../python/object.js";
import { inspectSymbol, plainSymbol, reprSymbol } from "../python/symbols.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { NumpyDType } from "./dtype.js";
import { elementAt, nested, type NumpyElement } from "./elements.js";
import {
  bytesOf, coreModuleOf, formOf, NDARRAY, productOf, pythonBytes, rememberForm, sizesOf, type CoreModule, type Pickled,
} from "./pickled.js";

/** What `new NDArray` takes. */
export interface NDArrayInit {
  /** A dtype, or its text such as `<f4`. */
  readonly dtype: NumpyDType | string;
  readonly shape: readonly number[];
  /** The first index runs fastest. Default: the last does. */
  readonly fortranOrder?: boolean;
  /** The elements. They are used as they are, not copied. */
  readonly bytes?: Uint8Array;
  /** The elements of an array of objects. */
  readonly objects?: Value[];
  /** Where NumPy's functions live. Default: `numpy._core`, as NumPy 2 has it. */
  readonly module?: CoreModule;
}

/** Typed arrays that an array's bytes can be seen through. */
export type NumpyData =
  | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array | BigInt64Array | BigUint64Array;

type DataClass = { new (buffer: ArrayBufferLike, offset: number, length: number): NumpyData; readonly BYTES_PER_ELEMENT: number };

/** By kind and itemsize. Halves are their 16 bits; complex numbers their real and imaginary parts in turn. */
const DATA: ReadonlyMap<string, DataClass> = new Map<string, DataClass>([
  ["b1", Uint8Array], ["i1", Int8Array], ["u1", Uint8Array], ["i2", Int16Array], ["u2", Uint16Array], ["i4", Int32Array],
  ["u4", Uint32Array], ["i8", BigInt64Array], ["u8", BigUint64Array], ["f2", Uint16Array], ["f4", Float32Array],
  ["f8", Float64Array], ["c8", Float32Array], ["c16", Float64Array], ["M8", BigInt64Array], ["m8", BigInt64Array],
]);

/** Elements and arrays in all that `toArray` makes: elements of no bytes can be any number. */
const MAX_LENGTH = 134217728;
/** Bytes that an array of a file took as its own: where a pickle gives two arrays one `bytes`, each has its own in NumPy. */
const TAKEN: WeakSet<Uint8Array> = new WeakSet();

/** An array of NumPy's. */
export class NDArray {
  readonly dtype: NumpyDType;
  readonly shape: readonly number[];
  /** The first index runs fastest in `bytes`. */
  readonly fortranOrder: boolean;
  /** The elements, as they lie in memory; they may be changed. Empty for an array of objects. */
  readonly bytes: Uint8Array;
  /** The elements of an array of objects, the last index fastest (or the first: `fortranOrder`); otherwise null. */
  readonly objects: Value[] | null;
  /** Where NumPy's functions live, for the pickle. */
  readonly module: CoreModule;
  /** Elements in all. */
  readonly size: number;

  /** @throws {ArgumentError} `NDARRAY`, `NUMPY_DTYPE` */
  constructor(init: NDArrayInit) {
    const dtype = NumpyDType.of(init.dtype);
    const shape = sizesOf(Array.isArray(init.shape) ? [...init.shape] as number[] : null);
    const size = shape === undefined ? undefined : productOf(shape);
    if (shape === undefined || size === undefined) {
      throw new ArgumentError("Cannot make an NDArray: expected a shape of up to 64 sizes, each an integer of 0 or more", { code: "NDARRAY" });
    }
    const { bytes, objects } = init;
    const found = dtype.kind === "O" ? objects?.length : bytes instanceof Uint8Array ? bytes.length : undefined;
    const wanted = dtype.kind === "O" ? size : size * dtype.itemsize;
    if (found !== wanted || dtype.kind === "O" && bytes !== undefined || dtype.kind !== "O" && (objects !== undefined || dtype.hasObject)) {
      const what = dtype.kind === "O" ? "objects" : "bytes";
      throw new ArgumentError(
        `Cannot make an NDArray of shape (${shape.join(", ")}) and type ${dtype.str} of ${found ?? "no"} ${what}: expected ${wanted}`,
        { code: "NDARRAY" },
      );
    }
    this.dtype = dtype;
    this.shape = Object.freeze(shape);
    this.fortranOrder = init.fortranOrder === true;
    this.bytes = bytes ?? new Uint8Array(0);
    this.objects = objects ?? null;
    this.module = init.module ?? "numpy._core";
    this.size = size;
  }

  /**
   * The array of a pickle's call and state; undefined where it is not one that NumPy writes and brine has.
   *
   * @param listed items of the list that is in the state: the list itself may not be filled yet
   * @throws {ArgumentError} `NDARRAY`: sizes and bytes disagree, where NumPy refuses too
   */
  static read(form: Pickled, listed: number): NDArray | undefined {
    const { args, state } = form;
    const [cls, zero, letter] = args;
    const module = coreModuleOf(form.callable);
    if (module === undefined || args.length !== 3 || state === undefined || state.length !== 5) return undefined;
    if (!(cls instanceof Global) || !cls.equals(NDARRAY) || !(zero instanceof Tuple) || zero.length !== 1 || zero[0] !== 0) return undefined;
    const code = bytesOf(letter);
    if (code === undefined || code.length !== 1 || code[0] !== 0x62) return undefined;
    const [version, sizes, dtype, fortranOrder, data] = state;
    if (version !== 1 || !(sizes instanceof Tuple) || !(dtype instanceof NumpyDType) || typeof fortranOrder !== "boolean") return undefined;
    const shape = sizesOf(sizes);
    const size = shape === undefined ? undefined : productOf(shape);
    if (shape === undefined || size === undefined) return undefined;
    if (dtype.hasObject) {
      if (dtype.kind !== "O" || !Array.isArray(data) || data instanceof Tuple) return undefined;
      if (listed !== size) {
        throw new ArgumentError(`An array of NumPy's of shape (${shape.join(", ")}) has ${listed} objects: expected ${size}`, { code: "NDARRAY" });
      }
      return rememberForm(objectArray(dtype, shape, fortranOrder, data as Value[], module), form);
    }
    const bytes = bytesOf(data);
    if (bytes === undefined) return undefined;
    if (bytes.length !== size * dtype.itemsize) {
      throw new ArgumentError(
        `An array of NumPy's of shape (${shape.join(", ")}) and type ${dtype.str} has ${bytes.length} bytes: expected ${size * dtype.itemsize}`,
        { code: "NDARRAY" },
      );
    }
    const isShared = bytes.length < 2 || TAKEN.has(bytes);
    if (!isShared) TAKEN.add(bytes);
    return rememberForm(new NDArray({ dtype, shape, fortranOrder, module, bytes: isShared ? bytes.slice() : bytes }), form);
  }

  /** Bytes of the elements. */
  get nbytes(): number {
    return this.size * this.dtype.itemsize;
  }

  get ndim(): number {
    return this.shape.length;
  }

  /**
   * The elements as a typed array, in the order of `bytes`: halves as their 16 bits, complex numbers as real and imaginary parts in
   * turn, times as their counts. Over `bytes` itself where they are aligned, a copy where not. Undefined where no typed array has
   * such elements: big-endian ones, texts, structures, objects.
   */
  get data(): NumpyData | undefined {
    const { kind, itemsize, byteOrder } = this.dtype;
    const type = byteOrder === ">" ? undefined : DATA.get(`${kind}${itemsize}`);
    if (type === undefined) return undefined;
    const width = type.BYTES_PER_ELEMENT;
    const bytes = this.bytes.byteOffset % width === 0 ? this.bytes : this.bytes.slice();
    return new type(bytes.buffer, bytes.byteOffset, bytes.length / width);
  }

  /** The place in memory of the element that is number `i` in C order, in elements. */
  placeOf(i: number): number {
    if (!this.fortranOrder) return i;
    const { shape } = this;
    let place = 0;
    let stride = this.size;
    for (let d = shape.length - 1; d >= 0; d--) {
      stride /= shape[d];
      place += (i % shape[d]) * stride;
      i = Math.floor(i / shape[d]);
    }
    return place;
  }

  /** The first elements in C order, at most `most`; of an array that has no objects. */
  first(most: number): NumpyElement[] {
    const { dtype, bytes } = this;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: this.objects === null ? Math.min(most, this.size) : 0 }, (_, i) => elementAt(dtype, view, this.placeOf(i) * dtype.itemsize));
  }

  /**
   * All elements as nested arrays, as NumPy's `tolist` has them; one element where there are no dimensions.
   *
   * @throws {LimitError} `ARRAY_LENGTH`
   */
  toArray(): unknown {
    let count = 1;
    let total = 1;
    for (const size of this.shape) total += count *= size;
    if (!(total <= MAX_LENGTH)) {
      throw new LimitError(`Cannot make arrays of ${this.size} elements: more than ${MAX_LENGTH}; \`bytes\` has them flat`, {
        code: "ARRAY_LENGTH", found: total, limit: MAX_LENGTH,
      });
    }
    const { objects } = this;
    if (objects === null) return nested<unknown>(this.first(this.size), this.shape);
    return nested<unknown>(Array.from({ length: this.size }, (_, i) => objects[this.placeOf(i)]), this.shape);
  }

  /** How it stands in a pickle: as it came, while its bytes are those that came. */
  pickled(): Pickled {
    const form = formOf(this);
    const { objects, size } = this;
    if (objects !== null && objects.length !== size) {
      throw new PicklingError(`Cannot save an NDArray of ${size} objects that holds ${objects.length}: its length was changed`, { code: "UNPICKLABLE" });
    }
    const came = form?.state?.[4];
    if (form !== undefined && (objects !== null || came instanceof Uint8Array && sameBytes(came, this.bytes))) return form;
    const shape = form?.state?.[1] ?? new Tuple<Value>(this.shape);
    return {
      callable: form?.callable ?? new Global(`${this.module}.multiarray`, "_reconstruct"),
      args: form?.args ?? new Tuple<Value>([NDARRAY, new Tuple<Value>([0]), pythonBytes(Uint8Array.of(0x62))]),
      state: new Tuple<Value>([1, shape, this.dtype, this.fortranOrder, objects ?? pythonBytes(this.bytes)]),
    };
  }

  /** `ndarray(shape=(2, 3), dtype='<f4')`: what it is, where NumPy prints its elements. */
  toString(): string {
    const { shape, dtype } = this;
    const type = dtype.names === null ? `'${dtype.str}'` : dtype.descr;
    return `ndarray(shape=(${shape.join(", ")}${shape.length === 1 ? "," : ""}), dtype=${type}${this.fortranOrder ? ", order='F'" : ""})`;
  }

  [reprSymbol](): string {
    return this.toString();
  }

  [inspectSymbol](): string {
    return this.toString();
  }

  [plainSymbol](): { dtype: string; shape: readonly number[]; fortranOrder: boolean; bytes: Uint8Array; objects: Value[] | null } {
    const { shape, fortranOrder, bytes, objects } = this;
    return { dtype: this.dtype.descr, shape, fortranOrder, bytes, objects };
  }
}

/** An array of objects over the list of its pickle, which is filled later. */
function objectArray(dtype: NumpyDType, shape: readonly number[], fortranOrder: boolean, objects: Value[], module: CoreModule): NDArray {
  const size = productOf(shape) as number; // the caller has it
  const array = new NDArray({ dtype, shape: [0], fortranOrder, objects: [], module });
  return Object.assign(array, { shape: Object.freeze([...shape]), objects, size });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
