// Tensors that are made, and those that are no view of one storage, or not only that. Whoever makes values has them whole.
import { fillAll } from "../torch/fill_all.js";

fillAll();

export { tensor } from "../torch/make.js";
export { sparse, SparseTensor, type SparseOptions, type SparsePart } from "../torch/sparse.js";
export { quantized, QuantizedTensor, type QuantizedOptions, type Quantizer } from "../torch/quantized.js";
export { nested, NestedTensor, type NestedOptions } from "../torch/nested.js";
export { jagged, JaggedTensor, type JaggedOptions } from "../torch/jagged.js";
export { meta, MetaTensor, type MetaOptions } from "../torch/meta.js";
export { SubclassTensor, type SubclassOptions } from "../torch/subclass.js";
export { WrapperTensor, type WrapperOptions } from "../torch/wrapper.js";
export { DeviceTensor } from "../torch/device_tensor.js";
export { layout, qscheme, Layout, QScheme } from "../torch/layout.js";
