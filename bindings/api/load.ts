// load, and what goes with it. What this page imports is what a program carries that imports `load` alone (docs/architecture.md).
export { load } from "../checkpoint/load.js";
export type { LoadOptions, OpenOptions, SaveOptions } from "../checkpoint/options.js";
export type { FileListLike, PartList } from "../checkpoint/sharded_kind.js";
export type { MapLocation, MapTarget } from "../checkpoint/map_location.js";
export { DEFAULT_LIMITS, type Limits } from "../checkpoint/limits.js";
export { addSafeGlobals, clearSafeGlobals, getSafeGlobals, safeGlobals, type SafeGlobal, type SafeGlobalsScope } from "../checkpoint/policy.js";
export { registerClass, type ClassHooks, type LoadHooks, type MakeObject, type ObjectParts, type SaveHooks } from "../checkpoint/classes.js";
export type { Value } from "../python/value.js";

// the core, where it has to be waited for or is loaded in a way of one's own
export { initSync } from "../core/init_sync.js";
export { ready } from "../core/instance.js";

// where bytes come from, and what goes wrong
export type { ReadOptions, Source } from "../io/source.js";
export type { Phase, Progress, ProgressEvent } from "../io/progress.js";
export type { SourceLike, SyncSourceLike } from "../io/to_source.js";
export {
  ArgumentError, BrineError, DeviceError, FormatError, LimitError, PicklingError, SourceError, UnpicklingError, UnsupportedError,
  type ErrorDetail,
} from "../core/errors.js";
