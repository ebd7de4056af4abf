// Files that are looked into without being loaded.
export { open } from "../checkpoint/open.js";
export { CheckpointFile, type RecordInfo } from "../checkpoint/checkpoint_file.js";
export type { ShardedFile } from "../checkpoint/sharded_file.js";
export type { ReadAllOptions, ReadTensorOptions } from "../checkpoint/read_options.js";
export type { SliceRange, TensorSlice } from "../checkpoint/slice.js";
export type { GlobalInfo } from "../checkpoint/rows.js";
export type { TensorInfo, TensorList } from "../checkpoint/listing.js";
export type { Script } from "../checkpoint/script_file.js";
export type { ScriptModule } from "../checkpoint/script.js";
export type { ModelJson, NamedTensor, TableTensor } from "../checkpoint/model_json.js";
export { getUnsafeGlobals } from "../checkpoint/unsafe_globals.js";
