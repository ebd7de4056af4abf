// From the core's fault record to an error that a person can act on: one row for each number of assembly/shared/faults.ts.
import * as F from "../../assembly/shared/faults.js";
import { MAX_DIGITS, MAX_ENTRIES, MAX_INFLATED, MAX_NAME, MAX_NDIM, MAX_PICKLE, MAX_SEARCH, MAX_SMALL_RECORD } from "../../assembly/shared/limits.js";
import { BrineError, FormatError, LimitError, PicklingError, SourceError, UnpicklingError, UnsupportedError } from "./errors.js";
import type { Fault } from "./fault_record.js";
import { refusedWhole, blockedModule, unsafeBuild, unsafeGlobal, unsafeNewObject, unsafeOpcode, unsafeReduce, unsafeTarget } from "./refusals.js";
import { shown } from "./shown.js";
import { wrongCrcText } from "./wrong_crc.js";

/** What the host knows about a fault and the core does not: names of rows. */
export interface FaultNames {
  /** Name of a zip entry. */
  entry?(row: number): string;
  /** `module.name` of a row of GLOBALS, in Python 3's spelling. */
  global?(row: number): string;
  /** What a zip without a checkpoint is instead, as a sentence behind the message. */
  hint?(): string;
  /** Key of a row of STORAGES. */
  storage?(row: number): string;
}

type ErrorClass = new (message: string, detail: { code: string; offset?: number; record?: string }) => BrineError;
type Message = (f: Fault, names: FaultNames) => string;
type Row = readonly [cls: ErrorClass, code: string, message: Message];

const CUT = "The file is probably cut short: compare its size with the original and fetch it again";
const hex = (x: bigint): string => "0x" + x.toString(16).padStart(2, "0");
const TAR_MEMBERS = '"sys_info", "pickle", "storages" and "tensors"';
const tarMember = (x: bigint): string => ["pickle", "storages", "tensors", "sys_info"][Number(x)] ?? `${x}`;
const entry = (x: bigint, n: FaultNames): string => `"${shown(n.entry?.(Number(x)) ?? `entry ${x}`)}"`;
const global = (x: bigint, n: FaultNames): string => shown(n.global?.(Number(x)) ?? "?");
const storage = (x: bigint, n: FaultNames): string => `"${shown(n.storage?.(Number(x)) ?? `${x}`)}"`;

const ROWS: ReadonlyMap<number, Row> = new Map<number, Row>([
  [F.F_ZIP_SHORT_READ, [SourceError, "SHORT_READ", (f) => `Cannot read ${f.x} bytes at ${f.offset}: the source gave ${f.y}`]],
  [F.F_ZIP_NO_END, [FormatError, "ZIP_NO_END", () =>
    `Cannot read zip archive: failed finding central directory. ${CUT}`]],
  [F.F_ZIP_BAD_END64, [FormatError, "ZIP_BAD_END64", () => `Cannot read zip archive: its zip64 end record is missing or damaged. ${CUT}`]],
  [F.F_ZIP_DIRECTORY_BOUNDS, [FormatError, "ZIP_DIRECTORY_BOUNDS", (f) =>
    `Cannot read zip archive: its directory of ${f.x} bytes at ${f.y} does not lie inside the file. ${CUT}`]],
  [F.F_ZIP_BAD_ENTRY, [FormatError, "ZIP_BAD_ENTRY", (f) => `Cannot read zip archive: directory entry ${f.x} is damaged`]],
  [F.F_ZIP_ENCRYPTED, [FormatError, "ZIP_ENCRYPTED", (f, n) => `Cannot read record ${entry(f.x, n)}: it is encrypted`]],
  [F.F_ZIP_METHOD, [FormatError, "ZIP_METHOD", (f, n) =>
    `Cannot read record ${entry(f.x, n)}: unsupported method ${f.y}; records are stored (0) or deflated (8)`]],
  [F.F_ZIP_NO_ENTRIES, [FormatError, "ZIP_NO_ENTRIES", () => "Cannot read checkpoint: archive does not contain any files"]],
  [F.F_ZIP_NOT_IN_FOLDER, [FormatError, "ZIP_NOT_IN_FOLDER", (f, n) =>
    `Cannot read checkpoint: file in archive is not in a subdirectory: ${entry(f.x, n)}. ` +
    `torch.save puts every record into one folder; this is a zip of another kind${n.hint?.() ?? ""}`]],
  [F.F_ZIP_NO_PICKLE, [FormatError, "ZIP_NO_PICKLE", (_, n) =>
    `Cannot read checkpoint: the archive has no data.pkl, so torch.save did not write it${n.hint?.() ?? ""}`]],
  [F.F_ZIP_BAD_LOCAL, [FormatError, "ZIP_BAD_LOCAL", (f, n) =>
    `Cannot read record ${entry(f.x, n)}: no local header where the directory says`]],
  [F.F_ZIP_ENTRY_BOUNDS, [FormatError, "ZIP_ENTRY_BOUNDS", (f, n) =>
    `Cannot read record ${entry(f.x, n)}: its content does not lie inside the file, or its sizes disagree. ${CUT}`]],
  [F.F_ZIP_VERSION, [FormatError, "ZIP_VERSION", (f) =>
    `Cannot read checkpoint: its version is ${f.x}; versions 1 to 10 can be read`]],
  [F.F_ZIP_BYTEORDER, [FormatError, "ZIP_BYTEORDER", () =>
    'Cannot read checkpoint: unknown endianness type in record "byteorder", expected "little" or "big"']],
  [F.F_ZIP_DISKS, [FormatError, "ZIP_DISKS", () => "Cannot read zip archive: it is one part of several"]],
  [F.F_FED, [SourceError, "SHORT_READ", (f) => `Cannot read ${f.x} bytes: the source gave ${f.y}. ${CUT}`]],
  [F.F_ZIP_DUPLICATE, [FormatError, "ZIP_DUPLICATE", (f, n) =>
    `Cannot read record ${entry(f.x, n)}: the archive holds two of that name, and readers disagree on which one counts`]],
  [F.F_ZIP_OVERLAP, [FormatError, "ZIP_OVERLAP", (f, n) =>
    `Cannot read zip archive: records ${entry(f.x, n)} and ${entry(f.y, n)} lie over each other`]],
  [F.F_ZIP_SMALL_RECORD, [FormatError, "ZIP_SMALL_RECORD", (f, n) =>
    `Cannot read record ${entry(f.x, n)}: it has ${f.y} bytes, torch writes at most ${MAX_SMALL_RECORD}`]],
  [F.F_ZIP_CRC, [FormatError, "CRC", (f, n) => wrongCrcText(n.entry?.(Number(f.x)) ?? `entry ${f.x}`)]],

  [F.F_PICKLE_END, [UnpicklingError, "PICKLE_END", () => `Pickle ends in the middle of an opcode or before STOP. ${CUT}`]],
  [F.F_PICKLE_OPCODE, [UnpicklingError, "PICKLE_OPCODE", (f) => `Invalid load key, ${hex(f.x)}: no pickle opcode`]],
  [F.F_PICKLE_STACK, [UnpicklingError, "PICKLE_STACK", (f) => `Opcode ${hex(f.x)} takes more values than the stack holds`]],
  [F.F_PICKLE_MARK, [UnpicklingError, "PICKLE_MARK", (f) => `Opcode ${hex(f.x)} found no MARK on the stack`]],
  [F.F_PICKLE_MEMO, [UnpicklingError, "PICKLE_MEMO", (f) => `Memo value not found at index ${f.x}`]],
  [F.F_PICKLE_TEXT, [UnpicklingError, "PICKLE_TEXT", (f) => `Text is not UTF-8 at its byte ${f.x}`]],
  [F.F_PICKLE_OPERAND, [UnpicklingError, "PICKLE_OPERAND", (f) => `Operand of text opcode ${hex(f.x)} does not parse`]],
  [F.F_PICKLE_PROTOCOL, [UnpicklingError, "PICKLE_PROTOCOL", (f) => `Unsupported pickle protocol: ${f.x}; 0 to 5 can be read`]],
  [F.F_PICKLE_TARGET, [UnpicklingError, "PICKLE_TARGET", (f) => `Opcode ${hex(f.x)} adds to a value that takes no such thing`]],
  [F.F_PICKLE_EXT, [UnpicklingError, "PICKLE_EXT", (f) => `Unregistered extension code ${f.x}`]],
  [F.F_PICKLE_BUFFER, [UnpicklingError, "PICKLE_BUFFER", () => "Pickle refers to out-of-band buffers, which no file carries"]],
  [F.F_PICKLE_NAME, [UnpicklingError, "PICKLE_NAME", (f) => `Opcode ${hex(f.x)} names a class with something that is no text`]],
  [F.F_PICKLE_ODD, [UnpicklingError, "PICKLE_ODD", (f) => `Opcode ${hex(f.x)} found an odd number of keys and values`]],
  [F.F_PICKLE_NEGATIVE, [UnpicklingError, "PICKLE_NEGATIVE", (f) => `Opcode ${hex(f.x)} has a negative length or index`]],
  [F.F_PICKLE_CALL, [UnpicklingError, "PICKLE_CALL", (f) => `Opcode ${hex(f.x)} calls something that is no class or function`]],
  [F.F_PICKLE_FRAME, [UnpicklingError, "PICKLE_FRAME", (f) => `Opcode ${hex(f.x)} crosses the end of its frame; readers differ on what follows`]],

  [F.F_UNSAFE_GLOBAL, [UnpicklingError, "UNSAFE_GLOBAL", (f, n) => unsafeGlobal(global(f.x, n))]],
  [F.F_BLOCKED_MODULE, [UnpicklingError, "BLOCKED_MODULE", (f, n) => blockedModule(global(f.x, n))]],
  [F.F_UNSAFE_OPCODE, [UnpicklingError, "UNSAFE_OPCODE", (f) => unsafeOpcode(Number(f.x))]],
  [F.F_UNSAFE_REDUCE, [UnpicklingError, "UNSAFE_REDUCE", (f) => unsafeReduce(Number(f.y))]],
  [F.F_UNSAFE_NEWOBJ, [UnpicklingError, "UNSAFE_NEWOBJ", (f) => unsafeNewObject(Number(f.y))]],
  [F.F_UNSAFE_BUILD, [UnpicklingError, "UNSAFE_BUILD", (f) => unsafeBuild(Number(f.y))]],
  [F.F_UNSAFE_TARGET, [UnpicklingError, "UNSAFE_TARGET", (f) => unsafeTarget(Number(f.x), Number(f.y))]],

  [F.F_PID, [UnpicklingError, "PERSISTENT_ID", () =>
    "Only persistent_load of storage is allowed: a persistent id is no (\"storage\", class, key, location, size) tuple"]],
  [F.F_PID_CLASS, [UnpicklingError, "PERSISTENT_ID_CLASS", () => "A persistent id names a class that is no storage"]],
  [F.F_REBUILD, [UnpicklingError, "REBUILD", (f) => f.y === 0xffffffffn ? "A tensor's rebuild function is given too few or too many arguments"
    : `Argument ${f.y} of a tensor's rebuild function is not what torch writes there`]],
  [F.F_TENSOR_STATE, [UnpicklingError, "TENSOR_STATE", (f) => f.x === 1n
    ? "A tensor is given a storage of another element type than its class has"
    : "Invalid serialized state: a tensor takes (storage, offset, size, stride), (data, grad, hooks, requires_grad, volatile) or (requires_grad, volatile, hooks)"]],
  [F.F_NEGATIVE_GEOMETRY, [UnpicklingError, "NEGATIVE_GEOMETRY", (f) =>
    `A tensor's ${["storage offset", "size", "stride"][Number(f.y)] ?? "geometry"} is negative: ${BigInt.asIntN(64, f.x)}`]],
  [F.F_VIEW_BOUNDS, [UnpicklingError, "VIEW_BOUNDS", (f) =>
    `A tensor does not fit its storage: it needs ${f.x === 0xffffffffffffffffn ? "over 2^64" : f.x} bytes, there are ${f.y}`]],
  [F.F_STORAGE_MISSING, [FormatError, "STORAGE_MISSING", (f, n) =>
    `No record for storage ${storage(f.x, n)}: file not found in the archive`]],
  [F.F_STORAGE_SIZE, [FormatError, "STORAGE_SIZE", (f) =>
    `A storage's record size does not match expected size: the pickle claims ${f.x} bytes, the record has ${f.y}. ` +
    "Values past the end would be invented, so nothing is loaded"]],
  [F.F_STORAGE_NUMEL, [UnpicklingError, "STORAGE_NUMEL", (f) => `A storage claims ${BigInt.asIntN(64, f.x)} elements, which cannot be`]],

  [F.F_STORAGE_VIEW, [UnpicklingError, "STORAGE_VIEW", (f) =>
    `A view of a storage does not fit it, or another one had its key before: it ends at element ${f.x} of ${f.y}`]],

  [F.F_STREAM_VERSION, [FormatError, "STREAM_VERSION", (f) =>
    `Cannot read checkpoint: invalid protocol version ${BigInt.asIntN(64, f.x)} of the stream format; 1001 can be read`]],
  [F.F_STREAM_KEYS, [FormatError, "STREAM_KEYS", () =>
    "Cannot read checkpoint: behind its object there is no list of storage keys, as the stream format has it"]],
  [F.F_STREAM_KEY_UNMET, [FormatError, "STREAM_KEY_UNMET", (f) =>
    `Cannot read checkpoint: entry ${f.x} of its list of keys is no storage that the pickle names`]],
  [F.F_STREAM_KEY_TWICE, [FormatError, "STREAM_KEY_TWICE", (f, n) =>
    `Cannot read checkpoint: its list of keys names storage ${storage(f.x, n)} twice`]],
  [F.F_STREAM_KEY_MISSING, [FormatError, "STREAM_KEY_MISSING", (f, n) =>
    `Storage ${storage(f.x, n)} is not in the list of keys, so its bytes are not in the file. ` +
    "They would be invented, so nothing is loaded"]],
  [F.F_STREAM_END, [FormatError, "STREAM_END", (f) =>
    `Cannot read checkpoint: unexpected EOF, expected ${f.x - f.y} more bytes of a storage. ${CUT}`]],

  [F.F_TAR_HEADER, [FormatError, "TAR_HEADER", () => `Cannot read tar archive: a header's checksum is not that of its bytes. ${CUT}`]],
  [F.F_TAR_NUMBER, [FormatError, "TAR_HEADER", (f) =>
    `Cannot read tar archive: the number at byte ${f.x} of a header is not written in octal digits, as torch 0.1 wrote it`]],
  [F.F_TAR_MEMBER, [FormatError, "TAR", (f) =>
    `Cannot read checkpoint: found a tar archive of something else: it holds a member of type ${hex(f.x)} that is none of torch 0.1's ` +
    `${TAR_MEMBERS}. Unpack it first: a checkpoint may be among its files`]],
  [F.F_TAR_TWICE, [FormatError, "TAR_TWICE", (f) =>
    `Cannot read checkpoint: its tar archive holds two members "${tarMember(f.x)}", and readers disagree on which one counts`]],
  [F.F_TAR_BOUNDS, [FormatError, "TAR_BOUNDS", (f) =>
    `Cannot read tar archive: unexpected EOF, a member has ${f.x} bytes and ${f.y} are there. ${CUT}`]],
  [F.F_TAR_EXTENDED, [FormatError, "TAR_EXTENDED", () =>
    "Cannot read tar archive: an extended header is damaged, or says more of a member than its times and owner, as torch 0.1 wrote none"]],
  [F.F_TAR_MISSING, [FormatError, "TAR", (f) =>
    `Cannot read checkpoint: found a tar archive without the member "${tarMember(f.x)}"; torch 0.1 wrote ${TAR_MEMBERS}. ` +
    "Unpack it first: a checkpoint may be among its files"]],
  [F.F_TAR_POLICY, [UnpicklingError, "UNSAFE_TAR", () =>
    refusedWhole("files saved in the legacy .tar format")]],
  [F.F_TAR_RECORD, [FormatError, "TAR_RECORD", () =>
    "Cannot read checkpoint: a record of its storages or tensors is not what torch 0.1 wrote there"]],
  [F.F_TAR_KEY_TWICE, [FormatError, "TAR_KEY_TWICE", (f) =>
    `Cannot read checkpoint: two of its storages and tensors have the key ${BigInt.asIntN(64, f.x)}`]],
  [F.F_TAR_KEY_UNMET, [FormatError, "TAR_KEY_UNMET", (f) =>
    `Cannot read checkpoint: no ${f.y === 0n ? "storage" : "storage or tensor"} has the key ${BigInt.asIntN(64, f.x)}. Its bytes would be invented, so nothing is loaded`]],
  [F.F_TAR_END, [FormatError, "TAR_END", (f) =>
    `Cannot read checkpoint: unexpected EOF, a member of its tar archive ends ${f.x - f.y} bytes early. ${CUT}`]],

  [F.F_GRAPH, [PicklingError, "GRAPH", (f) => `Cannot encode node ${f.x} of kind ${f.y}`]],
  [F.F_PROTOCOL, [UnsupportedError, "PICKLE_PROTOCOL", (f) => `Cannot write pickle protocol ${f.x} yet; protocol 2, torch's default, is written`]],
  [F.F_ALIGNMENT, [PicklingError, "ALIGNMENT", (f) => `Cannot align records at ${f.x} bytes: the format's padding ends at 65535`]],
  [F.F_TWO_DTYPES, [PicklingError, "TWO_DTYPES", () =>
    "Cannot save multiple tensors or storages that view the same data as different types"]],
  [F.F_TOO_LONG, [PicklingError, "TEXT_LENGTH", (f) => `Cannot write a text of ${f.x} bytes at protocol 2`]],
  [F.F_FOLDER, [PicklingError, "FOLDER", () => "Cannot save: the folder inside the archive is an invalid file name"]],
  [F.F_ORDER, [BrineError, "ORDER", () => "The core was called out of order; this is a fault of brine's"]],
]);

const LIMITS: ReadonlyMap<number, readonly [string, string, number]> = new Map([
  [F.F_LIMIT_ENTRIES, ["LIMIT_ENTRIES", "zip entries", MAX_ENTRIES] as const],
  [F.F_LIMIT_PICKLE, ["LIMIT_PICKLE", "bytes of pickle", MAX_PICKLE] as const],
  [F.F_LIMIT_INFLATED, ["LIMIT_INFLATED", "bytes of inflated pickle", MAX_INFLATED] as const],
  [F.F_LIMIT_DIGITS, ["LIMIT_DIGITS", "digits of an integer", MAX_DIGITS] as const],
  [F.F_LIMIT_COLLISIONS, ["LIMIT_COLLISIONS", "names whose hashes collide", MAX_SEARCH] as const],
  [F.F_LIMIT_NAME, ["LIMIT_NAME", "bytes of a name", MAX_NAME] as const],
  [F.F_LIMIT_NDIM, ["LIMIT_NDIM", "dimensions of a tensor", MAX_NDIM] as const],
]);

/** The error that a fault stands for. `record` names the record that offsets of pickle faults count in; null: the source. */
export function faultError(fault: Fault, names: FaultNames = {}, record: string | null = "data.pkl"): BrineError {
  const { code, offset } = fault;
  const limit = LIMITS.get(code);
  if (limit !== undefined) {
    const [name, what, most] = limit;
    return new LimitError(`Found ${fault.x} ${what}; the limit is ${most}`, {
      code: name, offset, found: Number(fault.x), limit: most,
    });
  }
  if (code === F.F_MEMORY) {
    return new LimitError(`WebAssembly memory could not grow by ${fault.x} bytes`, {
      code: "MEMORY", found: Number(fault.x), limit: 4294967296,
    });
  }
  const row = ROWS.get(code);
  if (row === undefined) return new BrineError(`Unknown fault ${code} of the core`, { code: "UNKNOWN", offset });
  const [cls, name, message] = row;
  const inPickle = code >= 64 && code < 160;
  return new cls(message(fault, names), inPickle && record !== null ? { code: name, offset, record } : { code: name, offset });
}
