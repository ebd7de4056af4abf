// How sparse and nested tensors print (reference §8.6): their parts, or their components, as tensors inside a tensor.
//
//   tensor(crow_indices=tensor([0, 1, 2]),
//          col_indices=tensor([0, 1]),
//          values=tensor([1., 2.]), size=(2, 2), nnz=2, layout=torch.sparse_csr)

import { BOOL, COMPLEX64, FLOAT32, INT64 } from "../../assembly/shared/dtypes.js";
import { tooLong } from "../python/quote.js";
import { MAX_TEXT } from "../python/repr.js";
import type { DType } from "./dtype.js";
import { numelOf } from "./numel.js";
import type { Layout } from "./layout.js";
import { printOptions } from "./options.js";
import { addSuffixes, bodyOf, pythonTuple, type PrintedTensor } from "./print.js";

/** Something that a tensor is made of, and that prints. */
interface PrintedPart {
  printed(requiresGrad: boolean): PrintedTensor;
  text(requiresGrad: boolean): string;
}

interface PrintedSparse {
  readonly layout: Layout;
  readonly type: DType;
  readonly shape: readonly number[];
  readonly nnz: number;
  readonly parts: ReadonlyMap<string, PrintedPart>;
}

const PREFIX = "tensor(";

/** The repr of a sparse tensor. */
export function sparseText(tensor: PrintedSparse, requiresGrad: boolean): string {
  const options = printOptions();
  const indent = PREFIX.length;
  const lines = Array.from(tensor.parts, ([name, part]) => {
    const head = `${name}=${PREFIX}`;
    const printed = part.printed(false);
    const body = bodyOf(printed, indent + head.length, options);
    const isBare = printed.bytes === null || numelOf(printed.shape) === 0;
    return `${head}${body}${isBare ? `, size=${pythonTuple(printed.shape)}` : ""})`;
  });
  const { id, name } = tensor.type;
  const suffixes = [`size=${pythonTuple(tensor.shape)}`, `nnz=${tensor.nnz}`];
  if (id !== FLOAT32 && id !== COMPLEX64 && id !== INT64 && id !== BOOL) suffixes.push(`dtype=torch.${name}`);
  suffixes.push(`layout=torch.${tensor.layout.name}`);
  if (requiresGrad) suffixes.push("requires_grad=True");
  const text = PREFIX + lines.join(`,\n${" ".repeat(indent)}`);
  return addSuffixes(text, suffixes, indent, options.linewidth, tensor.layout.name === "sparse_coo");
}

/** The repr of a nested tensor. */
export function nestedText(tensor: { unbind(): readonly PrintedPart[] }, requiresGrad: boolean): string {
  const prefix = "nested_tensor(";
  let length = 0;
  const components = tensor.unbind().map((component) => {
    const text = component.text(false).split("\n").map((line) => `  ${line}`).join("\n");
    length += text.length;
    if (length > MAX_TEXT) throw tooLong(length);
    return text;
  });
  const suffixes = requiresGrad ? ["requires_grad=True"] : [];
  return addSuffixes(`${prefix}[\n${components.join(",\n")}\n]`, suffixes, prefix.length, printOptions().linewidth);
}
