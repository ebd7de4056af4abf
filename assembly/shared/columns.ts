// The columns of a graph, by number. `columns()` is the address of a table of 16-byte rows, one a column:
//
//   u32 address    u32 count (rows)    u32 capacity (rows)    u32 bytes a row
//
// A host reads address and count, and makes its own typed view. A view is stale after any call that may allocate.
// Rows of several words are u32 words; the constants below number the words of a row. Read by asc and by tsc.

export const C_KIND = 0; // u8   nodes
export const C_A = 1; // u32  nodes
export const C_B = 2; // u32  nodes
export const C_EDGES = 3; // u32
export const C_OBJECTS = 4; // O_*
export const C_GLOBALS = 5; // G_*
export const C_STORAGES = 6; // S_*
export const C_TENSORS = 7; // T_*
export const C_DIMS = 8; // i64: the shape, then the stride, of each tensor
export const C_ENTRIES = 9; // E_*   the zip directory
export const C_LISTING = 10; // L_*   every place at which a tensor stands
export const C_PATHS = 11; // P_*
export const C_VISIBLE = 12; // u8 a node: VISIBLE_* where a value of the root's tree, 0 where only the inside of a tensor
export const C_TEXT = 13; // u8   text made by the core: unescaped strings, composed names
export const C_SOURCES = 14; // R_*   classes with their source, as the stream format keeps them
export const COLUMNS = 15;

/** A value of the user's. */
export const VISIBLE_VALUE = 1;
/** The data of a parameter, which stands nowhere itself. */
export const VISIBLE_DATA = 2;
/** A str of which an equal one, another object, came before. */
export const VISIBLE_OWN_TEXT = 3;

// An object: a call of something that is not a tensor's rebuild function.
export const O_CALLABLE = 0; // node
export const O_ARGS = 1; // node, a tuple (or, in a hostile file, anything)
export const O_KWARGS = 2; // node or NONE
export const O_VIA = 3; // VIA_*
export const O_FIRST = 4; // first segment, 0: none
export const O_LAST = 5; // last segment
export const O_WORDS = 6;

// A global: one row for each distinct (module, name), as spelled in the file.
export const G_MODULE = 0; // address
export const G_MODULE_LENGTH = 1;
export const G_NAME = 2; // address; a qualified name may hold dots
export const G_NAME_LENGTH = 3;
export const G_KNOWN = 4; // shared/known.ts, 0: unknown
export const G_OFFSET = 5; // of the opcode that named it first
export const G_OPCODE = 6; // GLOBAL, STACK_GLOBAL or INST
export const G_FLAGS = 7; // GLOBAL_*
export const G_WORDS = 8;
/** torch's weights-only list has it. */
export const GLOBAL_ALLOWED = 1;
/** The user allowed it. */
export const GLOBAL_ALLOWED_BY_USER = 2;
/** Only ever named as the class of a persistent id. */
export const GLOBAL_IN_PID_ONLY = 4;
/** Of a module that weights_only lets nobody allow: sys, os, posix, nt. */
export const GLOBAL_BLOCKED = 8;

// A storage: one row for each key.
export const S_KEY = 0; // node: str, or (rarely) int
export const S_LOCATION = 1; // node: str
export const S_DTYPE = 2; // shared/dtypes.ts; UNTYPED where the class is UntypedStorage
export const S_CLASS = 3; // row of GLOBALS, or NONE
export const S_NUMEL = 4; // low, high: as the persistent id says
export const S_NBYTES = 6; // low, high
export const S_ENTRY = 8; // row of ENTRIES, or NONE
export const S_OFFSET = 9; // of the persistent id that named it first
export const S_NUMBER = 10; // writing: the number that is its key; NONE before it was met
export const S_FLAGS = 11;
export const S_ROOT = 12; // of a view: row of STORAGES whose bytes it looks at
export const S_VIEW_KEY = 13; // of a view: node of its own key; S_KEY is its root's
export const S_VIEW_AT = 14; // of a view: low, high: byte of the root at which it begins
export const S_WORDS = 16;
/** S_FLAGS: a later persistent id of the same key names another class or size; the first one counts. */
export const STORAGE_CONFLICT = 1;
/** S_FLAGS: a part of another storage's bytes, as torch before 0.4 wrote some. It has no entry of its own. */
export const STORAGE_VIEW = 2;

// A tensor. Parameters have a row of their own, with the geometry of their data.
export const T_NODE = 0;
export const T_FN = 1; // FN_*
export const T_FLAGS = 2; // TENSOR_*
export const T_DTYPE = 3;
export const T_STORAGE = 4; // row of STORAGES
export const T_NDIM = 5;
export const T_DIMS = 6; // index in C_DIMS: T_NDIM sizes, then T_NDIM strides, in elements
export const T_DATA = 7; // parameters: node of the data tensor; else NONE
export const T_STATE = 8; // attributes: a node (dict, or a tuple of dict and slots), or NONE
export const T_TYPE = 9; // node of the class given to _rebuild_from_type_v2, or NONE
export const T_OFFSET = 10; // low, high: in elements
export const T_NUMEL = 12; // low, high
export const T_LISTED = 14; // first row of LISTING at which it stands, or NONE
export const T_HOOKS = 15; // node of the hooks argument, or NONE
export const T_WORDS = 16;

/** Which function rebuilds it. While writing, FN_DENSE lets the core choose v2 or v3 by dtype. */
export const FN_DENSE = 0;
export const FN_V1 = 1; // _rebuild_tensor
export const FN_V2 = 2;
export const FN_V3 = 3;
export const FN_PARAMETER = 4;
export const FN_PARAMETER_WITH_STATE = 5;

export const TENSOR_REQUIRES_GRAD = 1;
export const TENSOR_CONJ = 2;
export const TENSOR_NEG = 4;
/** Wrapped in _rebuild_from_type_v2: T_TYPE and T_STATE say with what. */
export const TENSOR_FROM_TYPE = 8;

// A zip entry.
export const E_NAME = 0; // address
export const E_NAME_LENGTH = 1;
export const E_METHOD = 2;
export const E_FLAGS = 3;
export const E_CRC = 4;
export const E_FORM = 5; // FORM_*: what stands at E_HEADER
export const E_SIZE = 6; // low, high
export const E_PACKED = 8; // low, high: bytes in the file
export const E_HEADER = 10; // low, high: of the local header, from the start of the source
export const E_WORDS = 12;
/** A local header of a zip. */
export const FORM_ZIP = 0;
/** The stream format's: i64 number of elements, then the content. */
export const FORM_STREAM = 1;

// A place at which a tensor stands. The first place of a tensor comes before its others.
export const L_TENSOR = 0; // row of TENSORS
export const L_PATH = 1; // row of PATHS
export const L_NAME = 2; // address
export const L_NAME_LENGTH = 3;
export const L_FLAGS = 4; // LISTED_*
export const L_WORDS = 5;
/** A further place of a tensor that is listed already. */
export const LISTED_ALSO = 1;
/** Its name is also the name of another tensor. */
export const LISTED_SAME_NAME = 2;
/** Some byte of the name is 0x80 or more. */
export const LISTED_NOT_ASCII = 4;

// A step on the way from the root to a value. Row 0 is the root itself.
export const P_PARENT = 0; // row of PATHS
export const P_STEP = 1; // STEP_*
export const P_OPERAND = 2; // a node (STEP_KEY, STEP_ATTRIBUTE), or an index
export const P_WORDS = 3;
export const STEP_ROOT = 0;
export const STEP_KEY = 1; // dict key
export const STEP_INDEX = 2; // list or tuple index
export const STEP_ATTRIBUTE = 3; // key of an object's state
export const STEP_ARGUMENT = 4; // constructor argument
export const STEP_STATE = 5; // the whole state, where it is no dict
export const STEP_MEMBER = 6; // of a set
export const STEP_KEY_ITSELF = 7; // inside a dict key; the operand is the key
export const STEP_KEYWORD = 8; // keyword argument of a constructor; the operand is its name

// A class of which the stream format keeps the source, for people to read.
export const R_CLASS = 0; // node: the class
export const R_FILE = 1; // node: str or None
export const R_TEXT = 2; // node: str or None
export const R_WORDS = 3;
