// torch.Size: a tuple of integers. A frozen array, so that one Size can serve all tensors of one shape.

import { ArgumentError } from "../core/errors.js";
import { LIST } from "../python/layout.js";
import type { Layout } from "../python/layout.js";
import { reprOf } from "../python/printing.js";
import { inspectSymbol, layoutSymbol } from "../python/symbols.js";
import { Tuple } from "../python/tuple.js";

/** The sizes of a tensor. Prints as `torch.Size([2, 3])`; as a key it is the tuple of its numbers. */
export class Size extends Tuple<number> {
  /**
   * @param sizes integers
   * @throws ArgumentError `SIZE` where one is none
   */
  constructor(sizes: readonly number[]) {
    super(sizes);
    for (let i = 0; i < this.length; i++) {
      if (!Number.isInteger(this[i])) {
        throw new ArgumentError(`Cannot make a Size of ${reprOf(this[i])}: expected integers`, { code: "SIZE" });
      }
    }
  }

  /** How many elements a tensor of these sizes has. */
  numel(): number {
    return this.reduce((product, size) => product * size, 1);
  }

  override [layoutSymbol](): Layout {
    return { open: "torch.Size([", members: this, style: LIST, close: "])", cycle: "torch.Size([...])" };
  }

  override [inspectSymbol](): string {
    return reprOf(this);
  }
}
