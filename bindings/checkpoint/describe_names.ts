// Names of classes and functions as PyTorch resolves them: which spelling Python 3 gives to what a file names, and which
// names torch keeps to itself because only persistent ids use them.
import { findDType } from "../torch/dtype.js";
import type { Container } from "./archive.js";
import { python3Name } from "./names.js";

/** Built-in types that are plain data: torch resolves them, and so they go by their Python 3 name. */
const PLAIN_BUILTINS: ReadonlySet<string> = new Set([
  "set", "frozenset", "list", "dict", "tuple", "int", "float", "complex", "str", "bytes", "bytearray", "bool", "slice",
  "range", "object",
]);

/** Other classes that torch resolves. */
const RESOLVED: ReadonlySet<string> = new Set([
  "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "torch.Tensor", "torch.Size",
]);

/** Element types that have a storage class of their own; `torch.FloatStorage` and its like stand in persistent ids. */
const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  "DoubleStorage", "FloatStorage", "HalfStorage", "LongStorage", "IntStorage", "ShortStorage", "CharStorage", "ByteStorage",
  "BoolStorage", "BFloat16Storage", "ComplexDoubleStorage", "ComplexFloatStorage", "QUInt8Storage", "QInt8Storage",
  "QInt32Storage", "QUInt4x2Storage", "QUInt2x4Storage",
]);

/** Names in `torch` that are only a name; a file can name one as a global, as if it were a class. */
const QSCHEMES: ReadonlySet<string> = new Set([
  "per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric",
  "per_channel_affine_float_qparams",
]);
const LAYOUTS: ReadonlySet<string> = new Set([
  "strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "_mkldnn", "jagged",
]);
const MEMORY_FORMATS: ReadonlySet<string> = new Set([
  "contiguous_format", "preserve_format", "legacy_contiguous_format", "channels_last", "channels_last_3d",
]);

/** The name of a class that torch resolves, or undefined: in Python 3's spelling, as loaded values have it too. */
function resolvedName(module: string, name: string): string | undefined {
  const full = `${module}.${name}`;
  if (module === "builtins" && PLAIN_BUILTINS.has(name) || RESOLVED.has(full)) return full;
  return undefined;
}

/** Is it a class that torch resolves, and therefore no inert one? */
export function isResolved(module: string, name: string): boolean {
  return resolvedName(module, name) !== undefined;
}

/** How a file spells its classes and functions. Loaded values have Python 3's names for Python 2's. */
export class Spelling {
  /** Every class and function but those of persistent ids, in order, as torch looks them up. */
  readonly listed: ReadonlySet<string>;
  readonly #asWritten: ReadonlyMap<string, string>;
  readonly #isStream: boolean;

  constructor(globals: Iterable<{ readonly module: string; readonly name: string }>, container: Container = "zip") {
    this.#isStream = container === "legacy";
    const readsStorages = container !== "tar" && container !== "pickle"; // torch's reader makes storage types of their classes
    const listed = new Set<string>();
    const asWritten = new Map<string, string>();
    for (const { module, name } of globals) {
      if (readsStorages && STORAGE_CLASSES.has(name)) continue;
      const full = `${this.#lookedUp(module)}.${name}`;
      listed.add(full);
      const python3 = python3Name(module, name).join(".");
      if (!asWritten.has(python3)) asWritten.set(python3, full);
    }
    this.listed = listed;
    this.#asWritten = asWritten;
  }

  /** A loaded name as a description has it: Python 3's where torch resolves it, else as in the file. */
  of(module: string, name: string): string {
    return resolvedName(module, name) ?? this.#asWritten.get(`${module}.${name}`) ?? `${this.#lookedUp(module)}.${name}`;
  }

  /** The module as torch's reader looks it up: that of zips knows of one which was renamed. */
  #lookedUp(module: string): string {
    return module === "torch.tensor" && !this.#isStream ? "torch._tensor" : module;
  }
}

/** Names in `torch` that are values of their own and neither class nor function: what kind, and their text. */
export function torchValue(module: string, name: string): readonly [kind: string, text: string] | undefined {
  if (module !== "torch") return undefined;
  const dtype = findDType(name);
  if (dtype !== undefined) return ["dtype", `torch.${dtype.name}`];
  if (QSCHEMES.has(name)) return ["qscheme", `torch.${name}`];
  if (LAYOUTS.has(name)) return ["layout", `torch.${name}`];
  if (MEMORY_FORMATS.has(name)) return ["memory_format", `torch.${name}`];
  return undefined;
}
