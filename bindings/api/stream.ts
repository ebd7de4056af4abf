// Tensors of checkpoints that pass once.
export { stream } from "../checkpoint/stream.js";
export type { StreamOptions } from "../checkpoint/options.js";
export type { TensorPart } from "../checkpoint/passing.js";
export type { StreamLike } from "../io/supply.js";
