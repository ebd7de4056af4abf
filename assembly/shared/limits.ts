// What the core refuses because no honest file has it. Each limit says which attack it stops. Read by asc and by tsc.

/** Zip entries: each costs 48 bytes of columns, so a directory of 46-byte lies must end somewhere. */
export const MAX_ENTRIES = 16777216;
/** Bytes of one pickle: one block of memory is under 1 GiB. */
export const MAX_PICKLE = 1073741567;
/** An inflated pickle: deflate reaches 1,032 to 1, so a declared size is believed up to this. */
export const MAX_INFLATED = 268435456;
/** Decimal digits of an integer written as text: converting is quadratic. CPython stops at 4,300 too. */
export const MAX_DIGITS = 4300;
/** `version`, `byteorder` and their like: honest ones have 1 to 6 bytes. */
export const MAX_SMALL_RECORD = 64;
/** Deflate's best: 258 bytes out of 2 bits. A record that claims more is a lie. */
export const MAX_DEFLATE_RATIO = 1032;
/** Steps from a name's place in the index to where it stands: chance makes less than 100, so more are made to be slow. */
export const MAX_SEARCH = 256;
/** A pickled tuple of the legacy tar: honest ones have less than 100 bytes, and each is decoded with a memo of its own. */
export const MAX_TAR_RECORD = 8192;
/** An extended tar header: those that torch 0.1 wrote have 22 bytes. */
export const MAX_TAR_EXTENDED = 4096;
/** Dimensions of a tensor: one tuple of sizes can be named by any number of tensors, each of which gets a copy. */
export const MAX_NDIM = 256;
/** Bytes of a module, a class name or a storage's key: five bytes of pickle can name a long text again and again. */
export const MAX_NAME = 4096;
/** Bytes of tensor names, beyond 32 for each node of the graph: a deep tree of long keys would make them quadratic. */
export const MAX_NAMES = 67108864;
