// Globals that the core itself understands, by number (column G_KNOWN). Read by asc and by tsc.

export const UNKNOWN = 0;
export const REBUILD_TENSOR = 1;
export const REBUILD_TENSOR_V2 = 2;
export const REBUILD_TENSOR_V3 = 3;
export const REBUILD_PARAMETER = 4;
export const REBUILD_PARAMETER_WITH_STATE = 5;
export const REBUILD_FROM_TYPE_V2 = 6;
export const TENSOR_CLASS = 7; // torch.Tensor
export const PARAMETER_CLASS = 8; // torch.nn.parameter.Parameter
export const ORDERED_DICT = 9;
export const SIZE = 10; // torch.Size
export const COUNTER = 11; // collections.Counter
export const SET_CLASS = 12; // builtins.set
export const FROZENSET_CLASS = 13; // builtins.frozenset
export const VARIABLE_CLASS = 14; // torch.autograd.Variable
/** KNOWN_TENSOR + dtype: torch.FloatTensor and its like, up to bool. */
export const KNOWN_TENSOR = 50;
export const KNOWN_TENSOR_LAST = 60;
/** KNOWN_STORAGE + dtype: torch.FloatStorage and its like; KNOWN_STORAGE + UNTYPED is torch.storage.UntypedStorage. */
export const KNOWN_STORAGE = 100;
/** KNOWN_DTYPE + dtype: torch.float32 and its like. */
export const KNOWN_DTYPE = 200;
