// brine: torch.save and torch.load for every runtime. This page is the table of contents.

export { load, loadSync } from "./checkpoint/load.js";
export type { GlobalInfo } from "./checkpoint/rows.js";
export { save, saveSync, type Destination, type SaveControl } from "./checkpoint/save.js";
export { open, openSync, CheckpointFile, type RecordInfo } from "./checkpoint/open.js";
export type { Script } from "./checkpoint/script_file.js";
export type { ScriptModule } from "./checkpoint/script.js";
export type { ModelJson, NamedTensor, TableTensor } from "./checkpoint/model_json.js";
export { inspect, type InspectedStorage, type InspectedTensor, type Inspection } from "./checkpoint/inspect.js";
export type { FileVerdict, InspectedFault, InspectedGlobal, InspectedMember, InspectionWarning, WarningCode } from "./checkpoint/inspected.js";
export { addSafeGlobals, clearSafeGlobals, getSafeGlobals, safeGlobals, type SafeGlobal, type SafeGlobalsScope } from "./checkpoint/policy.js";
export { getUnsafeGlobals } from "./checkpoint/unsafe_globals.js";
export { DEFAULT_LIMITS, type Limits } from "./checkpoint/limits.js";
export type { LoadOptions, OpenOptions, SaveOptions } from "./checkpoint/options.js";

export type { TensorInfo, TensorList } from "./checkpoint/listing.js";
export type { Verdict } from "./checkpoint/verdict.js";

// torch's values
export { Tensor, type TensorOptions } from "./torch/tensor.js";
export { Parameter } from "./torch/parameter.js";
export { sparse, SparseTensor, type SparseOptions, type SparsePart } from "./torch/sparse.js";
export { quantized, QuantizedTensor, type QuantizedOptions, type Quantizer } from "./torch/quantized.js";
export { nested, NestedTensor, type NestedOptions } from "./torch/nested.js";
export { jagged, JaggedTensor, type JaggedOptions } from "./torch/jagged.js";
export { meta, MetaTensor, type MetaOptions } from "./torch/meta.js";
export { SubclassTensor, type SubclassOptions } from "./torch/subclass.js";
export { WrapperTensor, type WrapperOptions } from "./torch/wrapper.js";
export { DeviceTensor } from "./torch/device_tensor.js";
export { Storage } from "./torch/storage.js";
export { tensor } from "./torch/make.js";
export { Module, type MemberOptions, type ModuleInit, type Named } from "./torch/module.js";
export { IncompatibleKeys, type LoadStateDictOptions, type StateDictLike } from "./torch/load_state_dict.js";
export type { StateDictOptions } from "./torch/state_dict.js";
export { dtype, DType } from "./torch/dtype.js";
export { device, Device } from "./torch/device.js";
export type { Accelerator, Upload } from "./torch/accelerator.js";
export { registerPackage, type Deserializer, type Place, type StorageInfo, type Tagger } from "./checkpoint/packages.js";
export { registerClass, type ClassHooks, type LoadHooks, type MakeObject, type ObjectParts, type SaveHooks } from "./checkpoint/classes.js";
export type { MapLocation, MapTarget } from "./checkpoint/map_location.js";
export { layout, qscheme, Layout, QScheme } from "./torch/layout.js";
export { Size } from "./torch/size.js";
export { setPrintOptions } from "./torch/options.js";

// NumPy's values
export { NDArray, type NDArrayInit, type NumpyData } from "./numpy/ndarray.js";
export { NumpyDType, type NumpyField } from "./numpy/dtype.js";
export { NumpyScalar } from "./numpy/scalar.js";
export type { NumpyElement } from "./numpy/elements.js";

// Python's values
export { Counter, DefaultDict, Dict, OrderedDict } from "./python/dict.js";
export { Tuple, tuple } from "./python/tuple.js";
export { Float, float } from "./python/float.js";
export { Str, str } from "./python/str.js";
export { Complex, complex } from "./python/complex.js";
export { ByteArray } from "./python/bytearray.js";
export { FrozenSet } from "./python/frozenset.js";
export { Global, PyObject } from "./python/object.js";
export { Ellipsis, NoneType, NotImplemented } from "./python/singletons.js";
export { reprOf, strOf } from "./python/repr.js";
export { toPlain } from "./python/plain.js";
export type { Value } from "./python/value.js";

// the core, where it has to be waited for or is loaded in a way of one's own
export { initSync, ready } from "./core/instance.js";

// where bytes come from, and what goes wrong
export type { ReadOptions, Source } from "./io/source.js";
export type { SourceLike, SyncSourceLike } from "./io/to_source.js";
export { openHttp, type HttpOptions } from "./io/http.js";
export {
  ArgumentError, BrineError, DeviceError, FormatError, LimitError, PicklingError, SourceError, UnpicklingError, UnsupportedError,
  type ErrorDetail,
} from "./core/errors.js";
