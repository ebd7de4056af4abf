// A loaded checkpoint as a document: what is in it, in the words and by the rules that PyTorch itself is asked to describe
// a file with, so that the two answers can be compared key by key.
//
//   { container, records, globals, root: NODE, tensors: [TENSOR…], storages: [STORAGE…] }
import type { Container } from "./archive.js";
import { Spelling } from "./describe_names.js";
import { Describer } from "./describe_walk.js";
import { sha256 } from "./hash.node.js";
import type { Json, JsonObject } from "./json.js";

/** What is described: a checkpoint's values, and what its container and its pickle say of themselves. */
export interface DescribeInput {
  /** The value; its storages may still be unread where no hashes are asked for. */
  readonly root: unknown;
  /** Every class and function that the pickle names, in the order of first use. */
  readonly globals: Iterable<{ readonly module: string; readonly name: string }>;
  /** The records of the container, in the order of its directory. */
  readonly records: Iterable<{ readonly name: string; readonly size: number; readonly method: number }>;
  /** What it came in; a zip by default, of which the records tell more. */
  readonly container?: Container;
}

/** A document of the schema, and what of it needs the tensors' bytes. */
export interface Description {
  readonly document: JsonObject;
  /** Adds `sha256` and `first` to every tensor, and `sha256` to every storage. Reads the storages that are not yet read. */
  hash(): Promise<void>;
  /** The same where every storage is already read. */
  hashSync(): void;
}

/** Describes a checkpoint. */
export function describe(input: DescribeInput): Description {
  const spelling = new Spelling(input.globals, input.container);
  const records = Array.from(input.records, ({ name, size, method }): Json => [name, size, method]);
  const describer = new Describer(spelling, sha256);
  const root = describer.describe(input.root);
  const { tables } = describer;
  if (input.container === "tar") for (const row of tables.storages) Object.assign(row, { key: null, location: null }); // torch hands neither out
  const document: JsonObject = {
    container: input.container !== undefined && ["legacy", "tar", "pickle", "safetensors"].includes(input.container) ? input.container : containerKind(records.map((row) => (row as [string])[0])),
    records,
    globals: [...spelling.listed],
    root,
    tensors: tables.tensors,
    storages: tables.storages,
  };
  return {
    document,
    hash: async () => {
      for (const [storage, entry] of tables.storageRows) tables.hash(storage, entry, await storage.load());
      await tables.readQuantizers();
    },
    hashSync: () => {
      for (const [storage, entry] of tables.storageRows) tables.hash(storage, entry, storage.bytes);
      tables.addQuantizers();
    },
  };
}

/** TorchScript is a zip too; its records tell. */
function containerKind(names: readonly string[]): string {
  const base = new Set(names.map((name) => name.slice(name.indexOf("/") + 1)));
  if (base.has("constants.pkl") || base.has("model.json") || names.some((name) => name.startsWith("code/"))) return "torchscript";
  return base.has("data.pkl") ? "zip" : "other";
}
