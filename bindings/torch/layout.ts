// torch.layout and torch.qscheme: values that are nothing but their name, made once for each.

import { ArgumentError } from "../core/errors.js";
import { inspectSymbol, reprSymbol } from "../python/symbols.js";

/** A value of torch's that is only a name. Prints as `torch.strided`. */
class Named {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    Object.freeze(this);
  }

  toString(): string {
    return `torch.${this.name}`;
  }

  [reprSymbol](): string {
    return `torch.${this.name}`;
  }

  [inspectSymbol](): string {
    return `torch.${this.name}`;
  }
}

/** How a tensor's elements are laid out, such as `torch.strided`. */
export class Layout extends Named {
  /** Tells the types apart: a layout is no quantisation scheme. */
  get kind(): "layout" {
    return "layout";
  }
}

/** How a quantised tensor maps numbers, such as `torch.per_tensor_affine`. */
export class QScheme extends Named {
  /** Tells the types apart: a quantisation scheme is no layout. */
  get kind(): "qscheme" {
    return "qscheme";
  }
}

const LAYOUTS: ReadonlyMap<string, Layout> = new Map(
  ["strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "_mkldnn", "jagged"]
    .map((name) => [name, new Layout(name)]),
);
const QSCHEMES: ReadonlyMap<string, QScheme> = new Map(
  [
    "per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric",
    "per_channel_affine_float_qparams",
  ].map((name) => [name, new QScheme(name)]),
);

/**
 * The layout of a name.
 *
 * @param name such as `strided` or `sparse_coo`
 * @throws ArgumentError `LAYOUT` where torch has none of that name
 */
export function layout(name: string): Layout {
  const found = LAYOUTS.get(name);
  if (found !== undefined) return found;
  throw new ArgumentError(
    `No layout is named ${JSON.stringify(String(name))}: expected one of ${[...LAYOUTS.keys()].join(", ")}`,
    { code: "LAYOUT" },
  );
}

/**
 * The quantisation scheme of a name.
 *
 * @param name such as `per_tensor_affine`
 * @throws ArgumentError `QSCHEME` where torch has none of that name
 */
export function qscheme(name: string): QScheme {
  const found = QSCHEMES.get(name);
  if (found !== undefined) return found;
  throw new ArgumentError(
    `No qscheme is named ${JSON.stringify(String(name))}: expected one of ${[...QSCHEMES.keys()].join(", ")}`,
    { code: "QSCHEME" },
  );
}
