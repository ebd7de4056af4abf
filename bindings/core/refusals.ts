// What weights-only loading says when it refuses: PyTorch's own telling words, so that what a user knows or finds about them
// holds here too, with brine's functions in the place of torch's (reference §5.5).
import * as K from "../../assembly/shared/kinds.js";
import { APPEND, APPENDS, SETITEM } from "../../assembly/shared/opcodes.js";
import { isOfProtocol4, opcodeName } from "./opcode_names.js";

/** Torch warns here that weights_only=False may run code. That is true of torch, and not of brine. */
const ADVICE = "PyTorch's advice is to load with weights_only=False only if you trust the source of the checkpoint, since that may run arbitrary code there. " +
  "In brine weightsOnly: false runs nothing: unknown classes become inert objects";

const refusal = (text: string): string => `Weights only load failed. WeightsUnpickler error: ${text}. ${ADVICE}`;

/** A kind of file that is refused whole, in torch's words. */
export function refusedWhole(files: string): string {
  return `Cannot use \`\`weights_only=True\`\` with ${files}. ${ADVICE}`;
}

/** A name that nobody allowed. @param name in Python 3's spelling */
export function unsafeGlobal(name: string): string {
  // As torch tells it: builtins by their bare name. What allows it is the full one.
  const told = name.startsWith("builtins.") ? name.slice("builtins.".length) : name;
  return refusal(`Unsupported global: GLOBAL ${told} was not an allowed global by default. ` +
    `Please use \`addSafeGlobals(["${name}"])\` or \`safeGlobals(["${name}"])\` to allowlist this global if you trust this class or function`);
}

/** A name in a module that stays blocked. @param name in Python 3's spelling */
export function blockedModule(name: string): string {
  return refusal(`Trying to load unsupported GLOBAL ${name} whose module ${name.split(".", 1)[0]} is blocked`);
}

/** An opcode that torch's restricted unpickler does not know. */
export function unsafeOpcode(op: number): string {
  const why = isOfProtocol4(op) ? ": the file was saved with pickle_protocol 4 or later, of which weights-only loading knows nothing" : "";
  return refusal(`Unsupported operand ${op} (${opcodeName(op)})${why}`);
}

/** REDUCE of what is no class or function. */
export function unsafeReduce(kind: number): string {
  return refusal(`Trying to call reduce for unrecognized function: got ${typeName(kind)}`);
}

/** NEWOBJ of what is no class. */
export function unsafeNewObject(kind: number): string {
  return refusal(`Can only create new object for nn.Parameter or classes allowlisted via \`addSafeGlobals\` but got ${typeName(kind)}`);
}

/** BUILD of what takes no state. */
export function unsafeBuild(kind: number): string {
  return refusal(`Can only build Tensor, Parameter, OrderedDict or types allowlisted via \`addSafeGlobals\`, but got ${typeName(kind)}`);
}

/** Items for what is no list, pairs for what is no dict. */
export function unsafeTarget(op: number, kind: number): string {
  const rule = op === APPEND ? "Can only append to lists" : op === APPENDS ? "Can only extend lists"
    : `Can only ${op === SETITEM ? "SETITEM" : "SETITEMS"} for dict, collections.OrderedDict, collections.Counter`;
  return refusal(`${rule}, but got ${typeName(kind)}`);
}

const TYPES: ReadonlyMap<number, string> = new Map([
  [K.K_NONE, "None"], [K.K_BOOL, "a bool"], [K.K_INT, "an int"], [K.K_BIG, "an int"], [K.K_DECIMAL, "an int"], [K.K_FLOAT, "a float"],
  [K.K_FLOATTEXT, "a float"], [K.K_ASCII, "a str"], [K.K_TEXT, "a str"], [K.K_BYTES, "bytes"], [K.K_BYTESTR, "a str of Python 2"],
  [K.K_BYTEARRAY, "a bytearray"], [K.K_TUPLE, "a tuple"], [K.K_FROZENSET, "a frozenset"], [K.K_LIST, "a list"], [K.K_DICT, "a dict"],
  [K.K_SET, "a set"], [K.K_GLOBAL, "a class or function"], [K.K_OBJECT, "an object of another class"], [K.K_STORAGE, "a storage"],
  [K.K_TENSOR, "a tensor"],
]);

function typeName(kind: number): string {
  return TYPES.get(kind) ?? "a value of another kind";
}
