// How a dense tensor prints: prefix, body, suffixes (reference §8.2, §8.4, §8.5). Only the elements that are displayed
// are read.
//
//   tensor([[0., 1.],            body: rows of elements, wrapped at the line width
//           [2., 3.]], dtype=torch.float64)
//   └─────┘ indent               suffixes

import { BOOL, COMPLEX64, FLOAT32, FLOAT4_E2M1FN_X2, INT64, UINT8 } from "../../assembly/shared/dtypes.js";
import { LimitError } from "../core/errors.js";
import { MAX_TEXT } from "../python/repr.js";
import { dtypeById, type DType } from "./dtype.js";
import { Elements, type RealScalar } from "./elements.js";
import { NumberFormatter } from "./format.js";
import { numelOf } from "./numel.js";
import { printOptions, type PrintOptions } from "./options.js";

/** What of a tensor is printed. */
export interface PrintedTensor {
  readonly type: DType;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly storageOffset: number;
  /** The whole storage, or null where its bytes are not here. */
  readonly bytes: Uint8Array | null;
  readonly isConj: boolean;
  readonly isNeg: boolean;
  readonly requiresGrad: boolean;
  readonly device: string;
  /** What a quantized tensor's integers stand for. */
  readonly quantizer?: PrintedQuantizer;
}

/** How the integers of a quantized tensor become the numbers that are printed. */
export interface PrintedQuantizer {
  /** The dimension that has a scale for each index; null where there is one scale for all. */
  readonly axis: number | null;
  /** The number that an integer stands for. */
  value(raw: number, channel: number): number;
  /** What is told of it behind the elements. */
  readonly suffixes: readonly string[];
}

/** Elements displayed at most: 2^22, some seconds of formatting. */
const MAX_SHOWN = 4194304;

/** Pieces that are joined at a time. */
const PIECES = 4096;

/** Stands for the indices that a summary leaves out. */
const GAP = -1;

/** The repr of a dense tensor, under the print options in force. */
export function tensorText(tensor: PrintedTensor, prefix: string = "tensor("): string {
  const options = printOptions();
  const suffixes = suffixesOf(tensor, options);
  const body = bodyOf(tensor, prefix.length, options);
  return addSuffixes(prefix + body, suffixes, prefix.length, options.linewidth);
}

function suffixesOf(tensor: PrintedTensor, options: PrintOptions): string[] {
  const { type, shape } = tensor;
  const suffixes: string[] = [];
  const isEmpty = numelOf(shape) === 0;
  if (tensor.device !== "cpu") suffixes.push(`device='${tensor.device}'`);
  if (tensor.quantizer !== undefined) {
    suffixes.push(`size=${pythonTuple(shape)}`, `dtype=torch.${type.name}`, ...tensor.quantizer.suffixes);
    if (tensor.requiresGrad) suffixes.push("requires_grad=True");
    return suffixes;
  }
  if (tensor.bytes === null || (isEmpty ? shape.length !== 1 : options.edgeitems === 0)) {
    suffixes.push(`size=${pythonTuple(shape)}`);
  }
  const isDefault = type.id === FLOAT32 ||
    (tensor.bytes !== null && !isEmpty && (type.id === COMPLEX64 || type.id === INT64 || type.id === BOOL));
  if (!isDefault) suffixes.push(`dtype=torch.${type.name}`);
  if (tensor.requiresGrad) suffixes.push("requires_grad=True");
  return suffixes;
}

/** Numbers as Python writes a tuple of them. */
export function pythonTuple(numbers: readonly number[]): string {
  return numbers.length === 1 ? `(${numbers[0]},)` : `(${numbers.join(", ")})`;
}

/**
 * Suffixes behind a comma, on a new line where they would pass the line's end by torch's own count.
 *
 * @param forced the first stands on a new line whatever its length
 */
export function addSuffixes(
  text: string, suffixes: readonly string[], indent: number, linewidth: number, forced: boolean = false,
): string {
  const parts = [text];
  let last = text.length - text.lastIndexOf("\n") + 1;
  let newLine = forced;
  for (const suffix of suffixes) {
    if (newLine || last + suffix.length + 2 > linewidth) {
      parts.push(`,\n${" ".repeat(indent)}${suffix}`);
      last = indent + suffix.length;
      newLine = false;
    } else {
      parts.push(`, ${suffix}`);
      last += suffix.length + 2;
    }
  }
  return `${parts.join("")})`;
}

/** The elements of a tensor, in brackets; what is behind the first line is indented by so much. */
export function bodyOf(tensor: PrintedTensor, indent: number, options: PrintOptions): string {
  const { shape, bytes, quantizer } = tensor;
  const numel = numelOf(shape);
  if (bytes === null) return "...";
  if (numel === 0) return "[]";

  const isSummary = numel > options.threshold;
  const shown = shape.map((size) => shownIndices(size, isSummary, options.edgeitems));
  checkAmount(shown);
  // Pairs of 4-bit floats print as their bytes do, with the width of floats.
  const type = tensor.type.id === FLOAT4_E2M1FN_X2 ? dtypeById(UINT8) : tensor.type;
  const isFloating = tensor.type.isFloatingPoint || tensor.type.isComplex || quantizer !== undefined;
  const elements = new Elements(bytes, type, tensor.isConj, tensor.isNeg);
  const places = placesOf(shown, tensor.stride, tensor.storageOffset);
  let reals = places.map((place) => elements.real(place));
  if (quantizer !== undefined) {
    const { axis } = quantizer;
    // Steps of one along the axis alone give the index along it.
    const channels = axis === null ? undefined : placesOf(shown, shape.map((_, d) => (d === axis ? 1 : 0)), 0);
    reals = reals.map((raw, i) => quantizer.value(Number(raw), channels?.[i] ?? 0));
  }
  const real = new NumberFormatter(reals, isFloating, options);
  if (!type.isComplex) {
    const cells = (i: number): string => real.format(reals[i]);
    return layOut(shown, cells, real.width + 2, indent, options.linewidth);
  }
  const imaginaries: RealScalar[] = places.map((place) => elements.imaginary(place));
  const imaginary = new NumberFormatter(imaginaries, true, options);
  const cells = (i: number): string => {
    const second = imaginary.format(imaginaries[i]).trimStart();
    return `${real.format(reals[i])}${/^[+-]/.test(second) ? "" : "+"}${second}j`;
  };
  return layOut(shown, cells, real.width + 2 + imaginary.width + 1, indent, options.linewidth);
}

/** The indices of a dimension that are displayed, `GAP` where a summary leaves some out. */
function shownIndices(size: number, isSummary: boolean, edge: number): ShownIndices {
  if (!isSummary || size <= 2 * edge) return { head: size, tail: 0, size, count: size };
  return { head: edge, tail: edge, size, count: 2 * edge + 1 };
}

/** The first `head` and the last `tail` of `size` indices; with a gap between where that is not all of them. */
interface ShownIndices {
  readonly head: number;
  readonly tail: number;
  readonly size: number;
  /** Entries, the gap one of them. */
  readonly count: number;
}

/** The index that an entry of a dimension shows. */
function indexAt(dim: ShownIndices, entry: number): number {
  if (entry < dim.head) return entry;
  return dim.head < dim.size && entry === dim.head ? GAP : dim.size - dim.count + entry;
}

/**
 * A tensor printed in full has no end but this: an expanded one costs no memory, its text does. A file can have one
 * that no threshold cuts, of many dimensions of few elements each.
 */
function checkAmount(shown: readonly ShownIndices[]): void {
  const cells = shown.reduce((product, dim) => product * dim.count, 1);
  if (cells > MAX_SHOWN) {
    throw new LimitError(
      `Cannot print ${cells} elements at once: more than ${MAX_SHOWN}; set a threshold, or print parts`,
      { code: "TEXT_TOO_LONG", found: cells, limit: MAX_SHOWN },
    );
  }
}

/** The places of all displayed elements, in the order in which they are displayed. */
function placesOf(shown: readonly ShownIndices[], stride: readonly number[], offset: number): number[] {
  let places = [offset];
  for (let d = 0; d < shown.length; d++) {
    const dim = shown[d];
    if (dim.size === 1) continue;
    const next: number[] = [];
    for (const place of places) {
      for (let entry = 0; entry < dim.count; entry++) {
        const index = indexAt(dim, entry);
        if (index !== GAP) next.push(place + index * stride[d]);
      }
    }
    places = next;
  }
  return places;
}

/**
 * Brackets, commas and line breaks. Walks the displayed entries of all dimensions like an odometer, since a tensor may
 * have more dimensions than a stack has frames.
 *
 * @param cells gives the text of the i-th displayed element
 * @param cellWidth characters that torch counts for one of them, comma and space included
 */
function layOut(
  shown: readonly ShownIndices[], cells: (i: number) => string, cellWidth: number, indent: number, linewidth: number,
): string {
  const rank = shown.length;
  if (rank === 0) return cells(0);

  let parts: string[] = [];
  const chunks: string[] = [];
  let length = 0;
  const emit = (text: string): void => {
    length += text.length;
    if (length > MAX_TEXT) {
      throw new LimitError(`Cannot print this tensor: its text passes ${MAX_TEXT} characters, print parts of it`, {
        code: "TEXT_TOO_LONG",
        found: length,
        limit: MAX_TEXT,
      });
    }
    if (parts.push(text) < PIECES) return;
    chunks.push(parts.join(""));
    parts = [];
  };
  const perLine = Math.max(1, Math.floor((linewidth - indent - (rank - 1)) / cellWidth));
  const inner = shown[rank - 1];
  const rowBreak = `,\n${" ".repeat(indent + rank)}`;
  let next = 0;
  const emitRow = (): void => {
    emit("[");
    for (let entry = 0; entry < inner.count; entry++) {
      if (entry > 0) emit(entry % perLine === 0 ? rowBreak : ", ");
      // An edge of no elements leaves nothing but the gap, and no space before it.
      if (indexAt(inner, entry) === GAP) emit(inner.head === 0 ? "..." : " ...");
      else emit(cells(next++));
    }
    emit("]");
  };

  // Entries of the dimensions whose bracket is open.
  const entries: number[] = [];
  for (;;) {
    const depth = entries.length;
    if (depth > 0 && indexAt(shown[depth - 1], entries[depth - 1]) === GAP) emit("...");
    else if (depth < rank - 1) {
      emit("[");
      entries.push(0);
      continue;
    } else emitRow();
    while (entries.length > 0 && ++entries[entries.length - 1] === shown[entries.length - 1].count) {
      emit("]");
      entries.pop();
    }
    if (entries.length === 0) return chunks.join("") + parts.join("");
    emit(`,${"\n".repeat(rank - entries.length)}${" ".repeat(indent + entries.length)}`);
  }
}
