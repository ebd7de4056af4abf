// NumPy's values. Whoever makes values has them whole.
import { fillAll } from "../torch/fill_all.js";

fillAll();

export { NDArray, type NDArrayInit, type NumpyData } from "../numpy/ndarray.js";
export { NumpyDType, type NumpyField } from "../numpy/dtype.js";
export { NumpyScalar } from "../numpy/scalar.js";
export type { NumpyElement } from "../numpy/elements.js";
