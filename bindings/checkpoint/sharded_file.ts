// An opened checkpoint in several files. What the index tells of is read without opening more than the file that it is in; what
// answers at once, such as the list of all tensors, wants them all.
import { NONE } from "../../assembly/shared/status.js";
import { ArgumentError, BrineError } from "../core/errors.js";
import { orAborted } from "../io/or_aborted.js";
import type { Watch } from "../io/progress.js";
import type { RunOptions } from "../io/steps.js";
import type { Value } from "../python/value.js";
import type { Tensor } from "../torch/tensor.js";
import { CheckpointFile } from "./checkpoint_file.js";
import type { TensorInfo, TensorList } from "./listing.js";
import type { SaveOptions } from "./options.js";
import { checkReadAllOptions, checkReadOptions, type ReadAllOptions, type ReadTensorOptions } from "./read_options.js";
import type { GlobalInfo } from "./rows.js";
import { joinParts, missingKey } from "./sharded_join.js";
import { forEach, type FoundShards } from "./sharded_load.js";
import { ShardInfo } from "./sharded_listing.js";
import { checkPlaces, keysOf } from "./sharded_places.js";
import type { Shard } from "./shards.js";

/** Files that are opened at one time. */
const AT_ONCE = 4;

/** A checkpoint in several files. */
export class ShardedFile extends CheckpointFile {
  readonly container = "sharded";
  readonly #found: FoundShards;
  readonly #open: (shard: Shard, signal: AbortSignal | undefined) => Promise<CheckpointFile>;
  /** By name. */
  readonly #files: Map<string, CheckpointFile>;
  /** Files that are being opened, and who can stop it. */
  readonly #opening: Map<string, { readonly file: Promise<CheckpointFile>; readonly signal: AbortSignal | undefined }> = new Map();
  readonly #names: Map<string, ReadonlyMap<string, TensorInfo>> = new Map();
  #list: readonly ShardInfo[] | undefined;
  #byName: ReadonlyMap<string, ShardInfo> | undefined;
  #root: Value | undefined;
  #closed = false;

  constructor(found: FoundShards, open: (shard: Shard, signal: AbortSignal | undefined) => Promise<CheckpointFile>, files: Map<string, CheckpointFile> = new Map()) {
    super();
    this.#found = found;
    this.#open = open;
    this.#files = files;
    if (files.size > 0) this.#check();
  }

  /** Names of its files, in the order of the index. */
  get shards(): readonly string[] {
    return this.#found.shards.map(({ name }) => name);
  }

  /** In which file the index says that a tensor is; undefined where it says nothing. */
  shardOf(name: string): string | undefined {
    return this.#found.index?.weightMap.get(name);
  }

  /** Bytes of the files that are open. */
  get size(): number {
    let sum = 0;
    for (const file of this.#files.values()) sum += file.size;
    return sum;
  }

  get end(): number {
    return this.size;
  }

  /** How one file of all of it would be written. */
  get saveOptions(): SaveOptions {
    const { metadata } = this;
    if (!this.shards.every((name) => /\.safetensors$/i.test(name))) return { format: "zip" };
    return { format: "safetensors", ...(metadata === null ? {} : { metadata: Object.fromEntries(metadata) }) };
  }

  /** What the files that are open keep beside their tensors; where two differ, the first counts. */
  override get metadata(): ReadonlyMap<string, string> | null {
    const all = [...this.#inOrder()].flatMap(({ metadata }) => (metadata === null ? [] : [...metadata]));
    return all.length === 0 ? null : new Map(all.reverse());
  }

  override get globals(): GlobalInfo[] {
    const byName = new Map<string, GlobalInfo>();
    for (const file of this.#inOrder()) {
      for (const global of file.globals) if (!byName.has(`${global.module}.${global.name}`)) byName.set(`${global.module}.${global.name}`, global);
    }
    return [...byName.values()];
  }

  async readRecord(name: string): Promise<Uint8Array> {
    throw new ArgumentError(`No record is named "${name}": this checkpoint is in several files, each of which has its own. Open that one`, { code: "NO_MEMBER" });
  }

  override async openAll(options: RunOptions = {}): Promise<void> {
    await forEach(this.#found.shards, AT_ONCE, options, this.#found.index, (shard, signal) => this.#file(shard, signal));
    this.#check();
  }

  /** Opens a file, once however many ask. */
  async #file(shard: Shard, signal?: AbortSignal): Promise<CheckpointFile> {
    const { name } = shard;
    for (;;) {
      if (this.#closed) throw new BrineError("Cannot read: this checkpoint was closed", { code: "CLOSED" });
      const opened = this.#files.get(name);
      if (opened !== undefined) return opened;
      let opening = this.#opening.get(name);
      if (opening === undefined) this.#opening.set(name, opening = { file: this.#begin(shard, signal), signal });
      try {
        return await orAborted(opening.file, signal);
      } catch (cause) {
        // Who began it has given up, and that is no reason for others to.
        if (signal?.aborted === true || opening.signal?.aborted !== true) throw cause;
      }
    }
  }

  async #begin(shard: Shard, signal: AbortSignal | undefined): Promise<CheckpointFile> {
    try {
      const file = await this.#open(shard, signal);
      if (this.#closed) await file.close();
      else this.#files.set(shard.name, file);
      return file;
    } finally {
      this.#opening.delete(shard.name);
    }
  }

  /** Do the files belong together? All of them are open. */
  #check(): void {
    checkPlaces(this.#all().map((file, i) => [this.#found.shards[i].name, file.tensors()]), this.#found.index?.weightMap);
  }

  /** The files that are open, in the order of the index. */
  *#inOrder(): Generator<CheckpointFile, void, undefined> {
    for (const { name } of this.#found.shards) {
      const file = this.#files.get(name);
      if (file !== undefined) yield file;
    }
  }

  /** All files, which have to be open. */
  #all(): readonly CheckpointFile[] {
    const files = [...this.#inOrder()];
    if (files.length === this.#found.shards.length) return files;
    throw new BrineError(
      `Cannot list or build without reading: ${files.length} of ${this.#found.shards.length} files are open. Say \`await file.openAll()\` first; read(name) opens the one it needs`,
      { code: "SHARD_NOT_OPEN" },
    );
  }

  tensors(): TensorList {
    return (this.#list ??= this.#listed());
  }

  #listed(): readonly ShardInfo[] {
    const weightMap = this.#found.index?.weightMap;
    const mapped = new Map<string, ShardInfo>();
    const further: ShardInfo[] = [];
    let storages = 0;
    let index = 0;
    for (const [i, file] of this.#all().entries()) {
      const shard = this.#found.shards[i].name;
      let most = -1;
      for (const info of file.tensors()) {
        if (info.storageIndex < NONE) most = Math.max(most, info.storageIndex);
        // Where the index gives a key to another file, that one counts.
        const keys = keysOf(info).filter((key) => (weightMap?.get(key) ?? shard) === shard);
        if (keys.length === 0) continue;
        const row = new ShardInfo(info, shard, index++, storages);
        const named = keys.filter((key) => weightMap?.has(key) === true);
        for (const key of named) mapped.set(key, row);
        if (named.length === 0) further.push(row);
      }
      storages += most + 1;
    }
    const inOrder = new Set(Array.from(weightMap?.keys() ?? [], (key) => mapped.get(key)!)); // checked when all were open
    return [...inOrder, ...further];
  }

  root(): Value {
    return (this.#root ??= joinParts(this.#all().map((file, i) => ({ name: this.#found.shards[i].name, value: file.root() })), this.#found.index));
  }

  get(name: string): Tensor | undefined {
    const info = this.#find(name);
    return info === undefined ? undefined : this.#files.get(info.shard)!.get(info.path); // it is open, since it was found there
  }

  async read(name: string, options: ReadTensorOptions = {}): Promise<Tensor> {
    checkReadOptions(options);
    await this.#openFor([name], options);
    const info = this.found(name);
    return this.#files.get(info.shard)!.read(info.path, options); // as above
  }

  override async readAll(options: ReadAllOptions = {}): Promise<Map<string, Tensor>> {
    checkReadAllOptions(options);
    const keys = options.keys && [...options.keys]; // an iterator comes to its end, and they are looked at twice
    await (keys === undefined ? this.openAll(options) : this.#openFor(keys, options));
    return super.readAll({ ...options, keys });
  }

  override async *[Symbol.asyncIterator](): AsyncGenerator<[name: string, tensor: Tensor], void, undefined> {
    await this.openAll();
    yield* super[Symbol.asyncIterator]();
  }

  /** Opens the files that these tensors are in: all of them where there is one that the index does not tell. */
  async #openFor(names: readonly string[], { signal }: RunOptions): Promise<void> {
    const places = new Set(names.map((name) => this.shardOf(name)));
    if (places.has(undefined)) return this.openAll({ signal });
    const shards = this.#found.shards.filter(({ name }) => places.has(name));
    await forEach(shards, AT_ONCE, { signal }, this.#found.index, (shard, stop) => this.#file(shard, stop));
  }

  #find(name: string): ShardInfo | undefined {
    const wanted = this.shardOf(name);
    const info = wanted === undefined || !this.#files.has(wanted) ? undefined : this.#namesIn(wanted).get(name);
    if (info !== undefined) return new ShardInfo(info, wanted!, info.index, 0); // there is one
    const list = this.#list ??= this.#listed();
    this.#byName ??= namesOf(list);
    return this.#byName.get(name);
  }

  /** What is in one file, which is open. */
  #namesIn(shard: string): ReadonlyMap<string, TensorInfo> {
    let names = this.#names.get(shard);
    if (names === undefined) this.#names.set(shard, names = namesOf([...this.#files.get(shard)!.tensors()]));
    return names;
  }

  protected found(name: string): ShardInfo {
    const wanted = this.shardOf(name);
    if (wanted !== undefined && this.#files.has(wanted) && !this.#namesIn(wanted).has(name)) throw missingKey(name, wanted);
    const info = this.#find(name);
    if (info !== undefined) return info;
    throw new ArgumentError(`No tensor is named "${name}" among the ${this.tensors().length} of these files`, { code: "NO_TENSOR" });
  }

  protected async readInfos(infos: readonly TensorInfo[], signal: AbortSignal | undefined, watch: Watch | undefined): Promise<Tensor[]> {
    const wanted = infos as readonly ShardInfo[]; // of this list
    watch?.begin("read", wanted.reduce((sum, { nbytes }) => sum + nbytes, 0));
    const out = new Map<ShardInfo, Tensor>();
    const byShard = new Map<string, ShardInfo[]>();
    for (const info of wanted) {
      const inIt = byShard.get(info.shard);
      if (inIt === undefined) byShard.set(info.shard, [info]);
      else inIt.push(info);
    }
    for (const [shard, inIt] of byShard) {
      const tensors = await this.#files.get(shard)!.readAll({ keys: inIt.map(({ path }) => path), signal }); // all that is listed is open
      for (const info of inIt) {
        out.set(info, tensors.get(info.path)!); // as asked for
        watch?.add(info.nbytes, info.name);
      }
    }
    return wanted.map((info) => out.get(info)!); // every one of them is in some file
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(Array.from(this.#opening.values(), ({ file }) => file));
    await Promise.all(Array.from(this.#files.values(), (file) => file.close()));
  }
}

/** Tensors by their paths, and by the keys under which they stand, which count first. */
function namesOf<I extends TensorInfo>(list: readonly I[]): ReadonlyMap<string, I> {
  return new Map([
    ...list.flatMap((info) => [info.path, ...info.also].map((path) => [path, info] as const)),
    ...list.flatMap((info) => keysOf(info).map((key) => [key, info] as const)),
  ]);
}
