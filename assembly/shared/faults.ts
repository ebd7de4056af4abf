// Why the core refused, by number. The fault record is
//
//   u32 code    u32 zero    u64 offset    u64 x    u64 y
//
// offset counts bytes of the source for containers, and of the pickle for pickles (IN_PICKLE says which). Read by asc and by tsc.

export const F_NONE = 0;
/** Memory could not grow. x: bytes asked for. */
export const F_MEMORY = 1;
/** A named limit. x: found, y: the limit; the code tells which. */
export const F_LIMIT_ENTRIES = 2;
export const F_LIMIT_PICKLE = 3;
export const F_LIMIT_INFLATED = 4;
export const F_LIMIT_DIGITS = 5;
/** Names chosen so that their hashes collide. x: how many slots were walked. */
export const F_LIMIT_COLLISIONS = 6;
/** A module, a name or a storage's key of absurd length. x: bytes, y: the limit. */
export const F_LIMIT_NAME = 7;
/** Dimensions of a tensor. x: found (or one more than the limit), y: the limit. */
export const F_LIMIT_NDIM = 8;

// Containers: codes from 16, offsets in the source.
/** The source ended early. x: bytes wanted, y: bytes there. */
export const F_ZIP_SHORT_READ = 16;
/** No end-of-directory record: not a zip, or cut short. */
export const F_ZIP_NO_END = 17;
/** The zip64 locator points at no zip64 record. */
export const F_ZIP_BAD_END64 = 18;
/** The directory lies outside the file. x: its size, y: where it is said to begin. */
export const F_ZIP_DIRECTORY_BOUNDS = 19;
/** A directory entry has no signature, or runs past the directory's end. x: entry number. */
export const F_ZIP_BAD_ENTRY = 20;
/** Several disks, encryption, masked headers. x: entry number or NONE. */
export const F_ZIP_ENCRYPTED = 21;
/** Compressed by something other than deflate. x: entry, y: method. */
export const F_ZIP_METHOD = 22;
/** The archive is empty. */
export const F_ZIP_NO_ENTRIES = 23;
/** An entry stands outside the archive's folder. x: entry. */
export const F_ZIP_NOT_IN_FOLDER = 24;
/** No data.pkl. */
export const F_ZIP_NO_PICKLE = 25;
/** The local header is missing at the place the directory says. x: entry. */
export const F_ZIP_BAD_LOCAL = 26;
/** The content of an entry lies outside the file, or packed and real size of a stored one differ. x: entry. */
export const F_ZIP_ENTRY_BOUNDS = 27;
/** `version` is no number, or not in 1 … 10. x: it. */
export const F_ZIP_VERSION = 28;
/** `byteorder` is neither little nor big. x: entry. */
export const F_ZIP_BYTEORDER = 29;
/** A multi-disk archive. */
export const F_ZIP_DISKS = 31;
/** The host fed another number of bytes than asked. x: wanted, y: fed. */
export const F_FED = 32;
/** Two records of the same name. x: entry, y: the other entry. */
export const F_ZIP_DUPLICATE = 33;
/** Two records lie over each other. x: entry, y: the other entry. */
export const F_ZIP_OVERLAP = 34;
/** `version`, `byteorder`, `.format_version` or `.storage_alignment` is longer than it can be. x: entry, y: its size. */
export const F_ZIP_SMALL_RECORD = 35;
/** A record's content has not the CRC-32 that the directory states. x: entry. */
export const F_ZIP_CRC = 36;
/** The stream format: its version is not 1001. x: it, where it is an integer. */
export const F_STREAM_VERSION = 37;
/** The stream format: the pickle behind the object is no list of keys. x: kind of what was found. */
export const F_STREAM_KEYS = 38;
/** A key is listed that no persistent id names, or that names a view. x: its place in the list. */
export const F_STREAM_KEY_UNMET = 39;
/** A key is listed twice. x: row of STORAGES. */
export const F_STREAM_KEY_TWICE = 40;
/** A storage is named by a persistent id and not listed. x: row of STORAGES. */
export const F_STREAM_KEY_MISSING = 41;
/** The source ends inside a storage. x: bytes wanted, with the count before them, y: bytes there. */
export const F_STREAM_END = 42;
/** A tar header's checksum is not that of its bytes, or the header is cut. */
export const F_TAR_HEADER = 43;
/** A number in a tar header is no octal text, as base-256 is none. x: byte of the header. */
export const F_TAR_NUMBER = 44;
/** A member that torch 0.1 never wrote: of another name, no regular file, or of a long name. x: its type, a byte. */
export const F_TAR_MEMBER = 45;
/** A member that was there before. x: its number, as container/tar_read.ts counts them. */
export const F_TAR_TWICE = 46;
/** A member's content passes the source's end. x: its bytes, y: bytes there. */
export const F_TAR_BOUNDS = 47;
/** An extended header that says what a member is called, how large or what it is, or that does not parse. x: byte within it. */
export const F_TAR_EXTENDED = 48;
/** No such member. x: its number. */
export const F_TAR_MISSING = 49;
/** A whole tar, which torch.load(weights_only=True) refuses before it looks into it. */
export const F_TAR_POLICY = 50;
/** A record of `storages` or `tensors` is not what torch wrote there. x: kind of what was found, y: which part. */
export const F_TAR_RECORD = 51;
/** Two storages or tensors have one key. x: the key. */
export const F_TAR_KEY_TWICE = 52;
/** A key that is none of a storage's (y 0), or of a storage's or tensor's (y 1). x: the key, where it is an integer. */
export const F_TAR_KEY_UNMET = 53;
/** A member ends inside a record. x: bytes wanted, y: bytes there. */
export const F_TAR_END = 54;

// Pickles: codes from 64, offsets in the pickle.
/** The stream ends inside an opcode or before STOP. x: bytes wanted. */
export const F_PICKLE_END = 64;
/** No such opcode. x: the byte. */
export const F_PICKLE_OPCODE = 65;
/** An opcode takes more from the stack than is there. x: the opcode. */
export const F_PICKLE_STACK = 66;
/** No MARK. x: the opcode. */
export const F_PICKLE_MARK = 67;
/** Nothing at that index of the memo. x: index. */
export const F_PICKLE_MEMO = 68;
/** Not UTF-8. x: byte within the text. */
export const F_PICKLE_TEXT = 69;
/** A text operand does not parse: INT, LONG, FLOAT, GET, PUT, STRING, UNICODE. x: the opcode. */
export const F_PICKLE_OPERAND = 70;
/** PROTO above 5. x: the protocol. */
export const F_PICKLE_PROTOCOL = 71;
/** The target takes no items, pairs, members or state. x: the opcode, y: the target's kind. */
export const F_PICKLE_TARGET = 72;
/** EXT1, EXT2, EXT4: codes of a registry that no file carries. x: code. */
export const F_PICKLE_EXT = 73;
/** NEXT_BUFFER, READONLY_BUFFER: out-of-band buffers that no file carries. x: opcode. */
export const F_PICKLE_BUFFER = 74;
/** STACK_GLOBAL, INST or GLOBAL with something that is no name. x: the opcode. */
export const F_PICKLE_NAME = 75;
/** An odd number of keys and values. x: the opcode. */
export const F_PICKLE_ODD = 76;
/** A negative length or index. x: the opcode. */
export const F_PICKLE_NEGATIVE = 77;
/** REDUCE, NEWOBJ: the callable or class is no global or object, or the arguments no tuple. x: the opcode, y: its kind. */
export const F_PICKLE_CALL = 78;
/** An opcode crosses the end of its frame, or a frame begins inside another: readers differ on what follows. x: the opcode. */
export const F_PICKLE_FRAME = 79;

// weights_only. x: row of GLOBALS, or the opcode.
export const F_UNSAFE_GLOBAL = 96;
export const F_BLOCKED_MODULE = 97;
export const F_UNSAFE_OPCODE = 98;
export const F_UNSAFE_REDUCE = 99;
export const F_UNSAFE_NEWOBJ = 100;
export const F_UNSAFE_BUILD = 101;
export const F_UNSAFE_TARGET = 102;

// torch: codes from 128, offsets in the pickle.
/** A persistent id that is not torch's tuple. x: kind of what was found. */
export const F_PID = 128;
/** A persistent id with a class that is no storage. x: node of it. */
export const F_PID_CLASS = 129;
/** Arguments of a rebuild function. x: known number of the function, y: argument number. */
export const F_REBUILD = 130;
/** A size, stride or offset below 0. x: it (as i64), y: 0 offset, 1 size, 2 stride. */
export const F_NEGATIVE_GEOMETRY = 131;
/** The view does not fit its storage. x: bytes needed (NONE64 where past 64 bits), y: bytes there. */
export const F_VIEW_BOUNDS = 132;
/** No record for a storage. x: row of STORAGES. */
export const F_STORAGE_MISSING = 133;
/** The record's size differs. x: bytes claimed, y: bytes there. */
export const F_STORAGE_SIZE = 134;
/** numel times the element size passes 64 bits, or is negative. x: numel. */
export const F_STORAGE_NUMEL = 135;
/** A view of a storage does not lie inside it, or disagrees with what the same key named before. x: end in elements, y: elements there. */
export const F_STORAGE_VIEW = 136;
/** A state that no tensor takes. x: 1 where its storage holds elements of another type, else 0. */
export const F_TENSOR_STATE = 137;

// Writing: codes from 160.
/** A node of the host's graph is out of range or of a kind that does not belong there. x: node, y: its kind. */
export const F_GRAPH = 160;
/** This protocol is not written. x: it. */
export const F_PROTOCOL = 161;
/** Padding past 65535, or an alignment that is none. x: alignment. */
export const F_ALIGNMENT = 162;
/** One storage under two dtypes. x: row of STORAGES. */
export const F_TWO_DTYPES = 163;
/** A text too long for the protocol. x: bytes. */
export const F_TOO_LONG = 164;
/** A folder that is empty or holds a slash at its start. */
export const F_FOLDER = 165;
/** A call out of order: save_next before encode is done, say. */
export const F_ORDER = 166;
