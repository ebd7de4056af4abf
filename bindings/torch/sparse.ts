// Sparse tensors: only the elements that are not zero, and where they stand. COO has an index of every dimension for each;
// the compressed layouts (CSR, CSC, and BSR, BSC for blocks) say where each row, or column, begins.

import { ArgumentError, UnsupportedError } from "../core/errors.js";
import type { Dict } from "../python/dict.js";
import { plainSymbol } from "../python/symbols.js";
import type { TensorData } from "./arrays.js";
import { Checked } from "./checked.js";
import { checkSizes } from "./geometry.js";
import { layout as layoutOf, Layout } from "./layout.js";
import { PartsTensor } from "./parts_tensor.js";
import { sparseText } from "./print_parts.js";
import { Size } from "./size.js";
import { checkCompressed, checkCoo } from "./sparse_checks.js";
import { isPlainTensor, type Tensor } from "./tensor.js";

/** The parts of a sparse tensor by torch's names. */
export type SparsePart = "indices" | "crow_indices" | "col_indices" | "ccol_indices" | "row_indices" | "values";

/** What a sparse tensor is made with: its layout tells which indices it has. */
export type SparseOptions = { readonly [part in SparsePart]?: Tensor } & {
  /** `sparse_coo`, `sparse_csr`, `sparse_csc`, `sparse_bsr` or `sparse_bsc`. */
  readonly layout: string | Layout;
  /** Sizes of the whole. */
  readonly shape: readonly number[];
  readonly values: Tensor;
  /** COO: whether the indices are sorted and each stands once; where it is not given, true of less than two. */
  readonly coalesced?: boolean;
  /** Python attributes of the tensor object. */
  readonly attributes?: Dict | null;
};

const PARTS: ReadonlyMap<string, readonly SparsePart[]> = new Map<string, readonly SparsePart[]>([
  ["sparse_coo", ["indices", "values"]],
  ["sparse_csr", ["crow_indices", "col_indices", "values"]],
  ["sparse_bsr", ["crow_indices", "col_indices", "values"]],
  ["sparse_csc", ["ccol_indices", "row_indices", "values"]],
  ["sparse_bsc", ["ccol_indices", "row_indices", "values"]],
]);

/** The names of the parts that a layout has, in torch's order; undefined where it is no sparse layout. */
export function sparseParts(layout: string): readonly SparsePart[] | undefined {
  return PARTS.get(layout);
}

/** A sparse tensor. Its dtype is that of its values. */
export class SparseTensor extends PartsTensor {
  readonly layout: Layout;
  /** COO: whether the indices are sorted and each stands once. */
  readonly coalesced: boolean;
  /** Its indices and its values by name, in torch's order. */
  readonly parts: ReadonlyMap<SparsePart, Tensor>;

  /** @throws ArgumentError `SPARSE` where the parts do not belong together, `SHAPE` or `LAYOUT` */
  constructor(options: SparseOptions) {
    const layout = options.layout instanceof Layout ? options.layout : layoutOf(options.layout);
    const names = PARTS.get(layout.name);
    if (names === undefined) {
      throw new ArgumentError(`Cannot make a sparse tensor of layout "${layout.name}": expected ${[...PARTS.keys()].join(", ")}`, { code: "LAYOUT" });
    }
    if (!Array.isArray(options.shape)) throw new ArgumentError("Cannot make a sparse tensor without a shape", { code: "SHAPE" });
    const parts = new Map(names.map((name): [SparsePart, Tensor] => {
      const part = options[name];
      if (isPlainTensor(part)) return [name, part];
      throw new ArgumentError(`Cannot make a sparse tensor: its ${name} are no dense tensor`, { code: "SPARSE" });
    }));
    const shape = new Size(options.shape);
    checkSizes(shape, shape.map(() => 0));
    const [first, second, third] = parts.values();
    if (names.length === 2) checkCoo(shape, first, second);
    else checkCompressed(shape, names[0] === "crow_indices", layout.name.startsWith("sparse_bs"), first, second, third);
    super("sparse", "`values` has its elements", new Checked(options.values.type, shape, [], 0, 0));
    this.layout = layout;
    this.coalesced = names.length === 2 && (options.coalesced ?? options.values.shape[0] < 2);
    this.parts = parts;
    this.attributes = options.attributes ?? null;
  }

  override get stride(): readonly number[] {
    throw new UnsupportedError("A sparse tensor has no strides", { code: "TENSOR_KIND" });
  }

  /** One of its parts; each layout has its own. */
  part(name: SparsePart): Tensor {
    const part = this.parts.get(name);
    if (part !== undefined) return part;
    throw new UnsupportedError(`A ${this.layout.name} tensor has no ${name}; it has ${[...this.parts.keys()].join(", ")}`, { code: "SPARSE_PART" });
  }

  /** COO: where the values stand, one row for each dimension. */
  get indices(): Tensor {
    return this.part("indices");
  }

  /** The elements, or blocks, that are not zero. */
  get values(): Tensor {
    return this.part("values");
  }

  /** CSR and BSR: where each row begins. */
  get crowIndices(): Tensor {
    return this.part("crow_indices");
  }

  /** CSR and BSR: the column of each value. */
  get colIndices(): Tensor {
    return this.part("col_indices");
  }

  /** CSC and BSC: where each column begins. */
  get ccolIndices(): Tensor {
    return this.part("ccol_indices");
  }

  /** CSC and BSC: the row of each value. */
  get rowIndices(): Tensor {
    return this.part("row_indices");
  }

  /** How many values, or blocks, it holds; in each batch where it has batches. */
  get nnz(): number {
    const indices = this.parts.get("indices") ?? this.parts.get("col_indices") ?? this.part("row_indices");
    return indices.shape[indices.shape.length - 1];
  }

  protected override async onCpu(): Promise<Tensor> {
    const { layout, shape, coalesced, attributes } = this;
    const read = await Promise.all(Array.from(this.parts, async ([name, part]) => [name, await part.to("cpu")] as const));
    const parts = Object.fromEntries(read) as { readonly values: Tensor }; // every layout has values
    return new SparseTensor({ ...parts, layout, shape, coalesced, attributes });
  }

  override text(requiresGrad: boolean): string {
    return sparseText(this, requiresGrad);
  }

  // The parts have plain forms of their own.
  override [plainSymbol](): { dtype: string; shape: readonly number[]; data: TensorData } {
    const { values } = this;
    const plain: { [name: string]: unknown } = { layout: this.layout.name };
    for (const [name, part] of this.parts) if (name !== "values") plain[name] = part[plainSymbol]();
    return { dtype: this.dtype, shape: Array.from(this.shape), data: values.clone().data, ...plain };
  }
}

/**
 * A sparse tensor.
 *
 * @example
 * ```ts
 * sparse({ layout: "sparse_coo", shape: [2, 3], indices: tensor([[0, 1], [2, 0]]), values: tensor([3, 4], { dtype: "float32" }) });
 * ```
 */
export function sparse(options: SparseOptions): SparseTensor {
  return new SparseTensor(options);
}
