// Kinds of graph nodes. A node is three columns: kind, a, b. Read by asc and by tsc.
//
//   kind       a                       b
//   K_NONE
//   K_BOOL     0 or 1
//   K_INT      low 32 bits             high 32 bits           two's complement, 64 bits
//   K_BIG      address                 length                 little-endian two's complement, minimal or not
//   K_DECIMAL  address                 length                 decimal text beyond 64 bits (protocol 0 and 1)
//   K_FLOAT    low 32 bits             high 32 bits           IEEE double
//   K_FLOATTEXT address                length                 decimal text of a float (protocol 0), its syntax checked
//   K_ASCII    address                 length                 str whose bytes are all below 0x80
//   K_TEXT     address                 length                 str: UTF-8 in which lone surrogates stand as three bytes
//   K_BYTES    address                 length
//   K_BYTESTR  address                 length                 Python 2 str: bytes or text, as `encoding` says
//   K_BYTEARRAY address                length
//   K_TUPLE    first edge              count
//   K_FROZENSET first edge             count
//   K_LIST     first segment           last segment           0: none
//   K_DICT     first segment           last segment
//   K_SET      first segment           last segment
//   K_GLOBAL   row of GLOBALS          byte offset of the opcode
//   K_OBJECT   row of OBJECTS          byte offset of the opcode
//   K_STORAGE  row of STORAGES         byte offset of the opcode
//   K_TENSOR   row of TENSORS          byte offset of the opcode
//
// An address counts from the text base: 0 while reading (an address in memory), the host's text block while writing.

export const K_NONE = 0;
export const K_BOOL = 1;
export const K_INT = 2;
export const K_BIG = 3;
export const K_DECIMAL = 4;
export const K_FLOAT = 5;
export const K_ASCII = 6;
export const K_TEXT = 7;
export const K_BYTES = 8;
export const K_BYTESTR = 9;
export const K_BYTEARRAY = 10;
export const K_TUPLE = 11;
export const K_FROZENSET = 12;
export const K_LIST = 13;
export const K_DICT = 14;
export const K_SET = 15;
export const K_GLOBAL = 16;
export const K_OBJECT = 17;
export const K_STORAGE = 18;
export const K_TENSOR = 19;
export const K_FLOATTEXT = 20;

// The first nodes of every graph are constants, so that small values cost no node.

export const N_NONE = 0;
export const N_FALSE = 1;
export const N_TRUE = 2;
/** The empty tuple, which Python never memoises. */
export const N_UNIT = 3;
/** N_INT0 + i is the integer i, for 0 <= i < 256. */
export const N_INT0 = 4;
/** The str literals that torch itself writes: equal user text shares their memo slot. */
export const N_STORAGE = 260;
export const N_CPU = 261;
export const N_MPS = 262;
export const N_META = 263;
export const N_LATIN1 = 264;
/** Nodes from here on are the file's, or the host's, own. */
export const N_FIRST = 265;

// A segment of edges: what one opcode added to a list, a dict, a set or an object.
//
//   edges[s]     what (SEG_*)
//   edges[s + 1] number of edges
//   edges[s + 2] next segment, 0 at the end
//   edges[s + 3] … the nodes
//
// Index 0 of the edges is never a segment.

/** Items: APPEND and APPENDS. */
export const SEG_ITEMS = 1;
/** Keys and values in turn: SETITEM and SETITEMS. */
export const SEG_PAIRS = 2;
/** Members: ADDITEMS. */
export const SEG_MEMBERS = 3;
/** One node, the state: BUILD. */
export const SEG_STATE = 4;
export const SEG_HEAD = 3;

/** How an object came to be: column O_VIA. */
export const VIA_REDUCE = 0;
export const VIA_NEWOBJ = 1;
/** NEWOBJ_EX: with keyword arguments. */
export const VIA_NEWOBJ_EX = 2;
/** INST and OBJ of protocol 0 and 1. */
export const VIA_INST = 3;
