// Quantized tensors: small integers that stand for numbers, value = (integer - zero point) * scale. One scale for the whole
// tensor, or one for each index along an axis.

import { ArgumentError } from "../core/errors.js";
import { allocate } from "../core/allocate.js";
import { Float } from "../python/float.js";
import { reprOf } from "../python/repr.js";
import { plainSymbol } from "../python/symbols.js";
import type { TensorData } from "./arrays.js";
import { Checked } from "./checked.js";
import { Device } from "./device.js";
import { DType, dtype as dtypeOf, findDType, type DTypeName } from "./dtype.js";
import { Elements, type Scalar } from "./elements.js";
import { contiguousStride } from "./geometry.js";
import { qscheme as qschemeOf, QScheme } from "./layout.js";
import type { PrintedTensor } from "./print.js";
import { Storage } from "./storage.js";
import { isPlainTensor, Tensor, type TensorOptions } from "./tensor.js";
import type { Nested } from "./to_array.js";

/** What a quantized tensor is made with, besides what makes any tensor: one scale, or one for each index along an axis. */
export interface QuantizedOptions extends Omit<TensorOptions, "conj" | "neg"> {
  readonly storage: Storage;
  /** `per_tensor_affine`, `per_channel_affine` or `per_channel_affine_float_qparams`. */
  readonly qscheme: string | QScheme;
  readonly scale?: number | Float;
  readonly zeroPoint?: number;
  /** A scale for each index along the axis. */
  readonly scales?: Tensor;
  readonly zeroPoints?: Tensor;
  readonly axis?: number;
}

/** How a tensor is quantized. */
export type Quantizer =
  | { readonly qscheme: QScheme; readonly scale: number; readonly zeroPoint: number; readonly axis: null }
  | { readonly qscheme: QScheme; readonly scales: Tensor; readonly zeroPoints: Tensor; readonly axis: number };

/** A quantized tensor. `data` has the integers; `item`, `toArray` and `dequantize` give what they stand for. */
export class QuantizedTensor extends Tensor {
  readonly quantizer: Quantizer;

  /** @throws ArgumentError `QUANTIZER` where the scales do not fit the tensor, and what `Tensor` throws */
  constructor(options: QuantizedOptions);
  /** Another view, quantized in the same way. */
  constructor(storage: Storage, view: Checked, quantizer: Quantizer);
  constructor(given: QuantizedOptions | Storage, view?: Checked, quantizer?: Quantizer) {
    if (given instanceof Storage) super(given, view!); // the second signature has both
    else super(given.storage, given);
    if (this.type.kind !== "quantized") refuse(`its elements are ${this.dtype}, expected a dtype such as qint8`);
    this.quantizer = given instanceof Storage ? quantizer! : quantizerOf(given, this.shape);
  }

  get qscheme(): QScheme {
    return this.quantizer.qscheme;
  }

  /** The numbers that the integers stand for, as float32. */
  dequantize(): Tensor {
    const { shape, stride, storageOffset, numel, quantizer } = this;
    const bytes = allocate(numel * 4);
    const out = new Float32Array(bytes.buffer, bytes.byteOffset, numel);
    const elements = new Elements(this.storage.bytes, this.type, false, false);
    const value = valueOf(quantizer);
    const indices = new Array<number>(shape.length).fill(0);
    let place = storageOffset;
    for (let i = 0; i < numel; i++) {
      out[i] = value(Number(elements.real(place)), quantizer.axis === null ? 0 : indices[quantizer.axis]);
      for (let d = shape.length - 1; d >= 0; d--) {
        place += stride[d];
        if (++indices[d] < shape[d]) break;
        place -= shape[d] * stride[d];
        indices[d] = 0;
      }
    }
    return new Tensor(new Storage(bytes, { dtype: "float32" }), new Checked(dtypeOf("float32"), shape, contiguousStride(shape), 0, 0));
  }

  override item(): Scalar {
    return this.numel === 1 ? this.dequantize().item() : super.item();
  }

  override toArray(): Nested {
    return this.dequantize().toArray();
  }

  override like(storage: Storage, view: Checked): Tensor {
    const { quantizer } = this;
    if (quantizer.axis !== null && quantizer.scales.numel !== view.shape[quantizer.axis]) {
      refuse(`it has ${view.shape[quantizer.axis]} of the ${quantizer.scales.numel} indices along axis ${quantizer.axis}, which has a scale for each`);
    }
    return new QuantizedTensor(storage, view, quantizer);
  }

  override to(dtype: DTypeName | DType): Tensor;
  override to(device: string | Device): Promise<Tensor>;
  override to(target: string | DType | Device): Tensor | Promise<Tensor> {
    if (target instanceof DType || typeof target === "string" && findDType(target) !== undefined) return super.to(target as DType);
    return this.#moved(target);
  }

  async #moved(target: string | Device): Promise<Tensor> {
    const moved = await super.to(target);
    const { quantizer } = this;
    if (quantizer.axis === null) return moved;
    const { qscheme, axis } = quantizer;
    const [scales, zeroPoints] = await Promise.all([quantizer.scales.to("cpu"), quantizer.zeroPoints.to("cpu")]);
    const read = new QuantizedTensor(moved.storage, moved.view, { qscheme, scales, zeroPoints, axis });
    read.attributes = this.attributes;
    return read;
  }

  override printed(requiresGrad: boolean): PrintedTensor {
    const { quantizer } = this;
    const { qscheme, axis } = quantizer;
    const isLocal = axis === null || quantizer.scales.storage.isLocal && quantizer.zeroPoints.storage.isLocal;
    const suffixes = [`quantization_scheme=${qscheme.toString()}`];
    if (axis === null) suffixes.push(`scale=${reprOf(new Float(quantizer.scale))}`, `zero_point=${quantizer.zeroPoint}`);
    else suffixes.push(`scale=${quantizer.scales.text(false)}`, `zero_point=${quantizer.zeroPoints.text(false)}`, `axis=${axis}`);
    const printed = super.printed(requiresGrad);
    const value = isLocal && printed.bytes !== null ? valueOf(quantizer) : () => 0;
    return { ...printed, bytes: isLocal ? printed.bytes : null, quantizer: { axis, value, suffixes } };
  }

  override [plainSymbol](): { dtype: string; shape: readonly number[]; data: TensorData } {
    return { dtype: this.dtype, shape: Array.from(this.shape), data: this.dequantize().data };
  }
}

/** What an integer stands for, in float32 arithmetic, as torch computes it. */
function valueOf(quantizer: Quantizer): (raw: number, channel: number) => number {
  if (quantizer.axis === null) {
    const scale = Math.fround(quantizer.scale);
    const { zeroPoint } = quantizer;
    return (raw) => Math.fround(scale * Math.fround(raw - zeroPoint));
  }
  const scales = (quantizer.scales.toArray() as number[]).map((scale) => Math.fround(Number(scale)));
  const zeroPoints = (quantizer.zeroPoints.toArray() as number[]).map(Number);
  return (raw, channel) => Math.fround(scales[channel] * Math.fround(raw - zeroPoints[channel]));
}

function quantizerOf(options: QuantizedOptions, shape: readonly number[]): Quantizer {
  const scheme = options.qscheme instanceof QScheme ? options.qscheme : qschemeOf(options.qscheme);
  if (scheme.name === "per_tensor_affine") {
    const { zeroPoint } = options;
    const scale = options.scale instanceof Float ? options.scale.value : options.scale;
    if (typeof scale !== "number") refuse(`its scale is ${String(scale)}, expected a number`);
    if (!Number.isSafeInteger(zeroPoint)) refuse(`its zero point is ${String(zeroPoint)}, expected an integer`);
    return { qscheme: scheme, scale: scale as number, zeroPoint: zeroPoint as number, axis: null };
  }
  if (scheme.name !== "per_channel_affine" && scheme.name !== "per_channel_affine_float_qparams") {
    refuse(`torch makes none of the scheme ${scheme.name}`);
  }
  const { scales, zeroPoints, axis } = options;
  if (!Number.isSafeInteger(axis) || axis! < 0 || axis! >= shape.length) refuse(`its axis is ${String(axis)} of ${shape.length} dimensions`);
  const size = shape[axis!]; // the line above has seen it
  for (const [name, part] of [["scales", scales], ["zero points", zeroPoints]] as const) {
    if (!isPlainTensor(part)) refuse(`its ${name} are no dense tensor`);
    if (part!.shape.length !== 1 || part!.shape[0] !== size) refuse(`its ${name} are not the ${size} that its axis has`);
  }
  if (!scales!.type.isFloatingPoint) refuse(`its scales are ${scales!.dtype}, expected floats`);
  const { kind } = zeroPoints!.type;
  if (kind !== "float" && kind !== "int" && kind !== "uint") refuse(`its zero points are ${zeroPoints!.dtype}, expected integers or floats`);
  // torch tells the two schemes by the zero points, and writes both under one name.
  const isFloat = kind === "float";
  if (!isFloat && scheme.name === "per_channel_affine_float_qparams") refuse("its zero points are integers, expected floats");
  const actual = isFloat ? qschemeOf("per_channel_affine_float_qparams") : scheme;
  return { qscheme: actual, scales: scales!, zeroPoints: zeroPoints!, axis: axis! };
}

function refuse(message: string): never {
  throw new ArgumentError(`Cannot make a quantized tensor: ${message}`, { code: "QUANTIZER" });
}

/**
 * A quantized tensor.
 *
 * @example
 * ```ts
 * const storage = new Storage(new Uint8Array([20, 30, 5]), { dtype: "quint8" });
 * quantized({ storage, qscheme: "per_tensor_affine", scale: 0.1, zeroPoint: 10 }).toArray(); // about [1, 2, -0.5]
 * ```
 */
export function quantized(options: QuantizedOptions): QuantizedTensor {
  return new QuantizedTensor(options);
}
