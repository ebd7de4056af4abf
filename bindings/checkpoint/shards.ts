// Where the parts of a checkpoint in several files are: told by an index, by a folder that holds one, or by the names of the
// parts themselves, such as pytorch_model-00001-of-00003.bin. What could be read in two ways is refused.
import { listFolder, pathOf } from "#io/file";
import { ArgumentError, FormatError, SourceError, UnsupportedError } from "../core/errors.js";
import { shown } from "../core/shown.js";
import type { SourceLike } from "../io/to_source.js";
import { MAX_SHARDS, tooMany } from "./sharded_index.js";
import { isSharded, type PartList } from "./sharded_kind.js";
import { isAddress, isIndexName } from "./sharded_names.js";

/** One file of a checkpoint. */
export interface Shard {
  /** What it is called: in the index, in its folder, or in a list. */
  readonly name: string;
  readonly source: SourceLike;
}

/** The files of a checkpoint; of an index it is still to be read which. */
export type Shards =
  | { readonly kind: "index"; readonly name: string; readonly source: SourceLike; readonly shardOf: (name: string) => Shard }
  | { readonly kind: "parts"; readonly shards: readonly Shard[] }
  | { readonly kind: "one"; readonly source: SourceLike };

/** Names as people and transformers give them to checkpoints. */
const CHECKPOINT = /\.(safetensors|bin|pt|pth|ckpt)$/i;
/** A part: what comes before its number, the number, how many there are, its ending. */
const PART = /^(.*?)-?(\d{5})-of-(\d{5})(\.\w+)$/;
/** So many names are told. */
const NAMED = 8;

/** Finds the files of what `oneOrSeveral` told apart. */
export function findShards(source: PartList | string | URL): Shards {
  if (typeof source !== "string" && !(source instanceof URL)) return inList(Array.from(source));
  const url = source instanceof URL ? source : isAddress(source) ? new URL(source) : null;
  const path = url?.protocol === "file:" ? pathOf(url) : String(source);
  return isSharded(path) ? indexAt(path) : inFolder(path);
}

function indexAt(path: string): Shards {
  const cut = isAddress(path) ? -1 : Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  const name = isAddress(path) ? lastStep(new URL(path)) : path.slice(cut + 1);
  return { kind: "index", name, source: path, shardOf: (shard) => ({ name: shard, source: beside(path, shard) }) };
}

/** The path or address of a name beside another one. The name was checked: it leads nowhere else. */
function beside(path: string, name: string): string {
  // In an address every character of a name stands for itself: no %2e%2e is a step up, no ? begins a query.
  if (isAddress(path)) return String(new URL(name.split("/").map(encodeURIComponent).join("/"), path));
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1) + name;
}

function inFolder(path: string): Shards {
  const folder = /[\\/]$/.test(path) ? path : `${path}/`;
  const names = listFolder(path);
  if (names.includes(".metadata") || names.some((name) => name.endsWith(".distcp"))) {
    throw new UnsupportedError(`Cannot open "${path}": it is a distributed checkpoint (torch.distributed.checkpoint: .metadata and .distcp files), which is not read yet`, { code: "DCP" });
  }
  const indexes = names.filter(isIndexName);
  if (indexes.length === 1) return indexAt(beside(folder, indexes[0]));
  const found = indexes.length > 1 ? indexes : names.filter((name) => CHECKPOINT.test(name));
  const at = (name: string): Shard => ({ name, source: beside(folder, name) });
  if (found.length === 1 && !PART.test(found[0])) return { kind: "one", source: at(found[0]).source };
  const parts = found.length === 0 || indexes.length > 1 ? null : inOrder(found.map(at));
  if (parts !== null) return { kind: "parts", shards: parts };
  const several = found.length === 0 ? "no checkpoint and no index" : `${listed(found)}, and nothing says which of them belong together`;
  throw new SourceError(`Cannot open "${path}": this directory holds ${several}. Name one file, or give a list`, { code: found.length === 0 ? "NO_CHECKPOINT" : "AMBIGUOUS" });
}

function inList(sources: readonly SourceLike[]): Shards {
  if (sources.length === 0) throw new ArgumentError("Cannot load an empty list: expected the parts of a checkpoint", { code: "SOURCE_KIND" });
  if (sources.length > MAX_SHARDS) throw tooMany(sources.length);
  const given = sources.map((source, i): Shard => ({ name: nameOf(source) ?? `part ${i + 1}`, source }));
  const indexes = given.filter(({ name }) => isIndexName(name));
  if (indexes.length > 1) throw new ArgumentError(`Cannot load this list: it has ${indexes.length} indexes, ${listed(indexes.map(({ name }) => name))}`, { code: "AMBIGUOUS" });
  if (indexes.length === 0) return { kind: "parts", shards: apart(inOrder(given) ?? given) };
  const [{ name, source }] = indexes;
  return { kind: "index", name, source, shardOf: finderIn(given, name) };
}

/** Parts of one name, from two folders, are told apart by their places in the list. */
function apart(shards: readonly Shard[]): readonly Shard[] {
  const taken = new Set<string>();
  return shards.map(({ name, source }, i) => {
    let free = name;
    for (let n = i + 1; taken.has(free); n++) free = `${name} (part ${n})`;
    taken.add(free);
    return { name: free, source };
  });
}

/** Finds in a list what an index names: by its name; of several files of that name, the one in that folder. */
function finderIn(given: readonly Shard[], index: string): (wanted: string) => Shard {
  const byName = new Map<string, Shard[]>();
  for (const shard of given) {
    const same = byName.get(shard.name);
    if (same === undefined) byName.set(shard.name, [shard]);
    else same.push(shard);
  }
  const taken = new Map<Shard, string>();
  return (wanted) => {
    const named = byName.get(wanted.slice(wanted.lastIndexOf("/") + 1)) ?? [];
    const found = named.length < 2 ? named : named.filter(({ source }) => standsAt(source, wanted));
    if (named.length === 0) throw new FormatError(`The index "${shown(index)}" names "${shown(wanted)}", which is not in the list`, { code: "SHARD_MISSING", record: wanted });
    const other = found.length === 1 ? taken.get(found[0]) : undefined;
    if (found.length !== 1 || other !== undefined) {
      const why = other === undefined ? `${named.length} files of the list have that name` : `the one file of that name in the list is "${shown(other)}" already`;
      throw new ArgumentError(`The index "${shown(index)}" names "${shown(wanted)}", and ${why}. Give the index by its path, or files of names of their own`, { code: "AMBIGUOUS" });
    }
    taken.set(found[0], wanted);
    return { name: wanted, source: found[0].source };
  };
}

/** Is it the path or address of this name in its folder? */
function standsAt(source: SourceLike, wanted: string): boolean {
  const text = source instanceof URL || typeof source === "string" && isAddress(source) ? decoded(new URL(source).pathname) : source;
  return typeof text === "string" && `/${text.replaceAll("\\", "/")}`.endsWith(`/${wanted}`);
}

/** The parts by their numbers; null where their names are not those of one family. Throws where one is missing. */
function inOrder(shards: readonly Shard[]): Shard[] | null {
  const parsed = shards.map((shard) => ({ shard, match: PART.exec(shard.name) }));
  const [, stem, , total, ending] = parsed[0].match ?? [];
  if (parsed.some(({ match }) => match === null || match[1] !== stem || match[3] !== total || match[4] !== ending)) return null;
  const byNumber = new Map(parsed.map(({ shard, match }) => [Number(match![2]), shard])); // tested above
  const missing = Array.from({ length: Math.min(Number(total), MAX_SHARDS + 1) }, (_, i) => i + 1).filter((number) => !byNumber.has(number));
  if (missing.length > 0) {
    const named = missing.slice(0, NAMED).map((number) => `"${parsed[0].shard.name.replace(/\d{5}(?=-of-)/, String(number).padStart(5, "0"))}"`).join(", ");
    throw new FormatError(`A checkpoint of ${Number(total)} parts lacks ${named}${missing.length > NAMED ? ` and ${missing.length - NAMED} more` : ""}`, { code: "SHARD_MISSING" });
  }
  if (byNumber.size !== shards.length || byNumber.size !== Number(total)) return null;
  return [...byNumber].sort(([a], [b]) => a - b).map(([, shard]) => shard);
}

/** What a source is called, where it has a name. */
function nameOf(source: SourceLike): string | undefined {
  if (typeof source === "string" && !isAddress(source)) return source.slice(Math.max(source.lastIndexOf("/"), source.lastIndexOf("\\")) + 1);
  if (typeof source === "string" || source instanceof URL) return lastStep(new URL(source));
  return typeof source === "object" && source !== null && "name" in source && typeof source.name === "string" ? nameOf(source.name) : undefined;
}

/** The last step of an address, as a name. */
function lastStep({ pathname }: URL): string {
  return decoded(pathname.slice(pathname.lastIndexOf("/") + 1));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that begins nothing stands for itself
  }
}

function listed(names: readonly string[]): string {
  const shownNames = names.slice(0, NAMED).map((name) => `"${shown(name)}"`).join(", ");
  return names.length > NAMED ? `${shownNames} and ${names.length - NAMED} more` : shownNames;
}
