// Values of NumPy, from the calls that pickles make of them. What NumPy would not write so stays an inert object; where
// sizes and bytes disagree, NumPy refuses the file, and so does brine.
import { NumpyDType } from "../numpy/dtype.js";
import { NDArray } from "../numpy/ndarray.js";
import { NumpyScalar } from "../numpy/scalar.js";
import type { Global } from "../python/object.js";
import type { Tuple } from "../python/tuple.js";
import type { Value } from "../python/value.js";
import type { EarlyState } from "./early.js";

/** A value of NumPy's. */
export type NumpyValue = NumpyDType | NDArray | NumpyScalar;

/** Whether a value is one of NumPy's, which keeps the form of its pickle. */
export function isNumpy(value: unknown): value is NumpyValue {
  return value instanceof NDArray || value instanceof NumpyDType || value instanceof NumpyScalar;
}

/** The value of a call of NumPy's; undefined where it is none, or one that brine does not know. */
export function rebuildNumpy(callable: Global, args: Tuple<Value>, added: () => EarlyState | null | undefined): NumpyValue | undefined {
  const isDType = callable.module === "numpy" && callable.name === "dtype";
  const isCore = callable.module === "numpy._core.multiarray" || callable.module === "numpy.core.multiarray";
  if (!isDType && !(isCore && (callable.name === "_reconstruct" || callable.name === "scalar"))) return undefined;
  const early = added();
  if (callable.name === "scalar") return early === null ? NumpyScalar.read({ callable, args, state: undefined }) : undefined;
  if (early === null || early === undefined) return undefined;
  const form = { callable, args, state: early.state };
  return isDType ? NumpyDType.read(form) : NDArray.read(form, early.listed);
}
