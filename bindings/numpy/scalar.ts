// NumPy's scalars, such as `numpy.float32(0.5)`: one element with its dtype. Losses and metrics in checkpoints are often
// of these.
import { ArgumentError } from "../core/errors.js";
import { Complex } from "../python/complex.js";
import { Global } from "../python/object.js";
import { inspectSymbol, keySymbol, plainSymbol, reprSymbol } from "../python/symbols.js";
import { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import { NAT } from "./datetime.js";
import { NumpyDType } from "./dtype.js";
import { elementAt, elementText, type NumpyElement } from "./elements.js";
import { bytesOf, coreModuleOf, formOf, pythonBytes, rememberForm, type CoreModule, type Pickled } from "./pickled.js";

/** A scalar of NumPy's. It never changes. */
export class NumpyScalar {
  readonly dtype: NumpyDType;
  /** Its value: boolean, number, bigint, `Complex`, string, bytes; of times the count of units, null for NaT. */
  readonly value: NumpyElement;
  /** Where NumPy's functions live, for the pickle. */
  readonly module: CoreModule;
  readonly #bytes: Uint8Array;

  /**
   * @param dtype a dtype, or its text such as `<f8`
   * @param value a value that the dtype has, or its bytes
   * @param module where NumPy's functions live: NumPy 2 by default
   * @throws {ArgumentError} `NUMPY_SCALAR`, `NUMPY_DTYPE`
   */
  constructor(dtype: NumpyDType | string, value: NumpyElement, module: CoreModule = "numpy._core") {
    this.dtype = NumpyDType.of(dtype);
    const bytes = value instanceof Uint8Array ? filled(value, this.dtype) : encode(value, this.dtype);
    if (bytes === undefined || this.dtype.hasObject || this.dtype.base !== null) {
      const found = value instanceof Uint8Array ? `${value.length} bytes` : String(value);
      throw new ArgumentError(`Cannot make a NumpyScalar of type ${this.dtype.str} of ${found}: expected a value of that type, or its ${this.dtype.itemsize} bytes`, {
        code: "NUMPY_SCALAR",
      });
    }
    this.#bytes = bytes;
    this.value = elementAt(this.dtype, new DataView(bytes.buffer), 0);
    this.module = module;
    Object.freeze(this);
  }

  /**
   * The scalar of a pickle's call; undefined where it is not one that NumPy writes and brine has.
   *
   * @throws {ArgumentError} `NUMPY_SCALAR`: dtype and bytes disagree, where NumPy refuses too
   */
  static read(form: Pickled): NumpyScalar | undefined {
    const [dtype, data] = form.args;
    const module = coreModuleOf(form.callable);
    if (module === undefined || form.args.length !== 2 || !(dtype instanceof NumpyDType) || dtype.hasObject || dtype.base !== null) return undefined;
    const bytes = bytesOf(data);
    if (bytes === undefined) return undefined;
    if (bytes.length !== dtype.itemsize) {
      throw new ArgumentError(`A scalar of NumPy's of type ${dtype.str} has ${bytes.length} bytes: expected ${dtype.itemsize}`, { code: "NUMPY_SCALAR" });
    }
    return rememberForm(new NumpyScalar(dtype, bytes, module), form);
  }

  /** Its bytes, a copy. */
  get bytes(): Uint8Array {
    return this.#bytes.slice();
  }

  /** How it stands in a pickle. */
  pickled(): Pickled {
    return formOf(this) ?? {
      callable: new Global(`${this.module}.multiarray`, "scalar"),
      args: new Tuple<Value>([this.dtype, this.#bytes.length > 1 ? this.bytes : pythonBytes(this.#bytes)]),
      state: undefined,
    };
  }

  /** Numbers and texts as they are, for JavaScript's own operators. */
  valueOf(): unknown {
    return this.value;
  }

  /** `scalar(0.5, dtype='<f4')`: NumPy's own text differs from release to release. */
  toString(): string {
    return `scalar(${elementText(this.dtype, this.value)}, dtype='${this.dtype.str}')`;
  }

  [reprSymbol](): string {
    return this.toString();
  }

  [inspectSymbol](): string {
    return this.toString();
  }

  [plainSymbol](): NumpyElement {
    return this.value;
  }

  /** As a key, a number of NumPy's is the number, and a text the text. */
  [keySymbol](): unknown {
    const { value } = this;
    if (typeof value === "boolean") return value ? 1 : 0;
    if (typeof value === "number") return Number.isNaN(value) ? this : value;
    return typeof value === "bigint" && this.dtype.unit === null ? value : this;
  }
}

/** The bytes themselves; texts shorter than the type are filled up with zeros. */
function filled(bytes: Uint8Array, dtype: NumpyDType): Uint8Array | undefined {
  if (bytes.length > dtype.itemsize || bytes.length < dtype.itemsize && dtype.kind !== "S") return undefined;
  const whole = new Uint8Array(dtype.itemsize);
  whole.set(bytes);
  return whole;
}

/** The bytes of a value; undefined where the type does not have it. */
function encode(value: NumpyElement, { kind, itemsize, byteOrder }: NumpyDType): Uint8Array | undefined {
  const bytes = new Uint8Array(itemsize);
  const view = new DataView(bytes.buffer);
  const little = byteOrder !== ">";
  const number = typeof value === "bigint" ? value : typeof value === "number" && Number.isInteger(value) ? BigInt(value) : undefined;
  if (kind === "b" && typeof value === "boolean") bytes[0] = value ? 1 : 0;
  else if ((kind === "i" || kind === "u") && number !== undefined) {
    const bits = itemsize * 8;
    if ((kind === "i" ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number)) !== number) return undefined;
    putInteger(bytes, number, little);
  } else if (kind === "f" && typeof value === "number" && itemsize > 2) putFloat(view, 0, itemsize, value, little);
  else if (kind === "c" && value instanceof Complex) {
    putFloat(view, 0, itemsize / 2, value.re, little);
    putFloat(view, itemsize / 2, itemsize / 2, value.im, little);
  } else if ((kind === "M" || kind === "m") && (value === null || number !== undefined)) {
    const count = number ?? NAT;
    if (BigInt.asIntN(64, count) !== count) return undefined;
    view.setBigInt64(0, count, little);
  } else if (kind === "U" && typeof value === "string") {
    const points = Array.from(value, (character) => character.codePointAt(0) as number); // each is one
    if (points.length * 4 > itemsize) return undefined;
    points.forEach((point, i) => view.setUint32(i * 4, point, little));
  } else return undefined;
  return bytes;
}

function putInteger(bytes: Uint8Array, value: bigint, little: boolean): void {
  for (let i = 0; i < bytes.length; i++) {
    bytes[little ? i : bytes.length - 1 - i] = Number((value >> BigInt(i * 8)) & 255n);
  }
}

function putFloat(view: DataView, at: number, size: number, value: number, little: boolean): void {
  if (size === 4) view.setFloat32(at, value, little);
  else view.setFloat64(at, value, little);
}
