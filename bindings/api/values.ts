// The values that most checkpoints hold, and Python's and torch's texts of them. Whoever makes values has them whole.
import { fillAll } from "../torch/fill_all.js";

fillAll();

export { Tensor, type TensorOptions } from "../torch/tensor.js";
export { Parameter } from "../torch/parameter.js";
export { Storage } from "../torch/storage.js";
export { dtype, DType } from "../torch/dtype.js";
export { Size } from "../torch/size.js";
export { setPrintOptions } from "../torch/options.js";
export { Dict, OrderedDict } from "../python/dict.js";
export { Tuple, tuple } from "../python/tuple.js";
export { Float, float } from "../python/float.js";
export { Str, str } from "../python/str.js";
export { Complex, complex } from "../python/complex.js";
export { ByteArray } from "../python/bytearray.js";
export { Global, PyObject } from "../python/object.js";
export { reprOf, strOf } from "../python/repr.js";
