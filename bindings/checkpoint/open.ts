// open: the description only. What tensors there are costs no byte of them; each is read when it is asked for, exactly
// its range where that is less than its storage.
import * as FACT from "../../assembly/shared/facts.js";
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import { Watch } from "../io/progress.js";
import { run, runSync, type Steps } from "../io/steps.js";
import { openSource, type SourceLike } from "../io/to_source.js";
import { letGo } from "../io/kept.js";
import type { Source } from "../io/source.js";
import { FileSource } from "#io/file";
import type { Tensor } from "../torch/tensor.js";
import type { Value } from "../python/value.js";
import { Shelf } from "../torch/shelf.js";
import { Storage } from "../torch/storage.js";
import { type Archive, type Container } from "./archive.js";
import type { GlobalInfo } from "./rows.js";
import { Builder } from "./build.js";
import { ahead, begin, beginAt, endOf, type Begun } from "./begin.js";
import type { FetchOptions } from "./fetch.js";
import { fetchStorage } from "./fetch_range.js";
import { lateFamilies } from "./families.js";
import { ColumnList, ColumnTensor, type TensorInfo, type TensorList } from "./listing.js";
import { ValueList, ValueTensor } from "./listing_values.js";
import type { MappedStorages, Viewing } from "./mmap.js";
import { bringFamilies } from "./needed.js";
import { checkOpenOptions, type OpenOptions, type SaveOptions } from "./options.js";
import { limitsOf } from "./limits.js";
import { readOther } from "./other_zip.js";
import { checkReadAllOptions, freeName, inBatches, READ_AHEAD, valueOf, type ReadAllOptions, type ReadTensorOptions } from "./read_options.js";
import { readTensor, readTensors } from "./read_tensors.js";
import { memberRow, readRecord } from "./record.js";
import { RecordStorages, type Reader } from "./record_storages.js";
import { saveOptionsOf } from "./save_options.js";
import { openScript, type Script } from "./script_file.js";
import { storageNames } from "./storage_names.js";

/** A record of the archive. */
export interface RecordInfo {
  /** With the archive's folder in front, as in the file. */
  readonly name: string;
  /** Bytes of its content. */
  readonly size: number;
  /** 0: stored; 8: deflated. */
  readonly method: number;
}

/**
 * Opens a checkpoint: its tensors are listed, none is read. Refuses nothing by policy, since nothing is ever run.
 *
 * @param source a path, a `file:` URL, bytes, or a `Source`
 * @throws FormatError, SourceError, UnpicklingError, LimitError, UnsupportedError as `load` does
 *
 * @example List a checkpoint and read one tensor
 * ```ts
 * const file = await open("model.pth");
 * for (const t of file.tensors()) console.log(t.name, t.dtype, t.shape);
 * const weight = await file.read("fc1.weight");
 * await file.close();
 * ```
 */
export async function open(source: SourceLike, options: OpenOptions = {}): Promise<CheckpointFile> {
  checkOpenOptions(options, "open");
  options.signal?.throwIfAborted();
  const watch = Watch.of(options.onProgress);
  watch?.begin("open");
  const families = lateFamilies();
  const from = options.mmap === true ? (await families.mapping.fetch()).openMmap(source) : await openSource(source, { ...options, arrived: watch && ((bytes) => watch.add(bytes)) });
  const owned = from !== source;
  try {
    const running = { signal: options.signal, watch };
    const whole = await ahead(beginAt(from, options.offset), families, running);
    const part = options.member === undefined ? whole : await (await families.member.fetch()).memberSource(whole, options, families, running);
    const viewing = options.mmap === true ? families.mapping.module.mappable(part) : undefined;
    const begun = opened(await run(begin(part, undefined, limitsOf(options.limits), families), part, running));
    letGo(part);
    return await described(new CheckpointFile(begun, from, owned, options, viewing), begun, (steps) => run(steps, begun.source, running));
  } catch (cause) {
    if (owned) await from.close?.();
    throw cause;
  }
}

/** What was begun, if it could be. */
export function opened(begun: Begun): Begun {
  if (begun.fault === null) return begun;
  begun.archive.release();
  throw begun.fault;
}

async function described(file: CheckpointFile, begun: Begun, runs: (steps: Steps<void>) => Promise<void>): Promise<CheckpointFile> {
  try {
    await runs(file.describe());
  } catch (cause) {
    begun.archive.release();
    throw cause;
  }
  return file;
}

/**
 * An opened checkpoint. Tensors that pickle.dump wrote, whose storages stand in bytes of the pickle, are in its `root()` alone:
 * `tensors()` does not list them.
 */
export class CheckpointFile {
  /** What kind of container it is. */
  readonly container: Container;
  readonly #archive: Archive;
  readonly #whole: Source;
  readonly #source: Source;
  readonly #owned: boolean;
  readonly #options: OpenOptions;
  /** How storages are mapped; undefined: they are read. */
  readonly #viewing: Viewing | undefined;
  #views: MappedStorages | null | undefined;
  #other: { readonly root: Value } | { readonly error: UnsupportedError } | undefined;
  #script: Script | undefined;
  #tensors: TensorList | undefined;
  #byName: Map<string, TensorInfo> | undefined;
  #built: { readonly builder: Builder; readonly root: Value } | undefined;

  /** Made by `open` and `openSync`. */
  constructor({ archive, source }: Begun, whole: Source, owned: boolean, options: OpenOptions, viewing?: Viewing) {
    this.container = archive.container;
    this.#archive = archive;
    this.#whole = whole;
    this.#source = source;
    this.#owned = owned;
    this.#options = options;
    this.#viewing = viewing;
  }

  /** Reads what is described elsewhere than in a data.pkl, and waits for what the values need; `open` and `openSync` run it. */
  *describe(): Steps<void> {
    yield* bringFamilies(this.#archive);
    if (!this.#archive.isOther) return;
    this.#viewing?.(this.#archive, "some"); // refuses
    // An archive of a program may hold none of its tensors in a form that is read; its records are listed all the same.
    try {
      this.#other = { root: yield* readOther(this.#records(), this.#reading) };
    } catch (cause) {
      if (!(cause instanceof UnsupportedError)) throw cause;
      this.#other = { error: cause };
    }
  }

  get #reading(): { readonly safe: undefined; readonly encoding: string } {
    return { safe: undefined, encoding: this.#options.encoding ?? "utf-8" };
  }

  /** Storages that other records than data.pkl name. */
  #records(): RecordStorages {
    const reader: Reader = {
      run: (steps) => run(steps, this.#source),
      runSync: this.#sync ? (steps) => runSync(steps, this.#source) : undefined,
    };
    return new RecordStorages(this.#archive, limitsOf(this.#options.limits), reader, this.#fetching.big);
  }

  /** The values of a zip without a data.pkl; undefined where there is one. */
  #otherRoot(): Value | undefined {
    if (this.#other === undefined) return undefined;
    if ("error" in this.#other) throw this.#other.error;
    return this.#other.root;
  }

  /**
   * What a TorchScript archive holds besides the values of its pickle: which tensors are parameters and buffers, its constants,
   * and its code as text, which is never run. Null where the file is no such archive.
   *
   * @throws FormatError, UnpicklingError, LimitError where a record is damaged
   *
   * @example List the parameters of a scripted module
   * ```ts
   * const script = await file.script();
   * for (const [name, tensor] of script?.parameters ?? []) console.log(name, tensor.shape);
   * ```
   */
  async script(): Promise<Script | null> {
    if (this.container !== "torchscript") return null;
    return this.#script ??= await run(openScript(this.#records(), this.#reading, () => this.root()), this.#source);
  }

  /** Bytes of the source. */
  get size(): number {
    return this.#whole.size;
  }

  /**
   * The byte of the source behind this checkpoint: behind the last storage of the stream format, behind a plain pickle. Other
   * containers, and gzip files, go on to the end of the source. Several saves in one file are walked with it:
   * `open(file, { offset: last.end })`.
   */
  get end(): number {
    return endOf(this.#archive, this.#source, this.#whole, this.#options.offset);
  }

  /** Every tensor once, in the order of the file. No bytes are read. */
  tensors(): TensorList {
    const root = this.#otherRoot();
    return (this.#tensors ??= root === undefined ? new ColumnList(this.#archive) : new ValueList(root));
  }

  /** The records of the archive, in the order of its directory; other containers have none. */
  get records(): RecordInfo[] {
    const out: RecordInfo[] = [];
    for (let row = 0; row < (this.#archive.hasRecords ? this.#archive.entryCount : 0); row++) {
      const { name, size, method } = this.#archive.entry(row);
      out.push({ name, size, method });
    }
    return out;
  }

  /** Every class and function that the pickle names, in the order in which it does. */
  get globals(): GlobalInfo[] {
    return Array.from({ length: this.#archive.globalCount }, (_, row) => this.#archive.global(row));
  }

  /** How this file was written: `save(value, to, saveOptions)` writes it again. */
  get saveOptions(): SaveOptions {
    if (this.#archive.isOther) return { format: "zip" };
    return saveOptionsOf(this.#archive);
  }

  /**
   * The content of a record, inflated where it is deflated, and held against its CRC-32.
   *
   * @param name with the archive's folder in front, as in `records`, or without it
   * @throws ArgumentError `NO_MEMBER` where there is none of that name
   */
  async readRecord(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<Uint8Array> {
    return run(readRecord(this.#archive, memberRow(this.#archive, name), limitsOf(this.#options.limits)), this.#source, options);
  }

  /** The saved value; its tensors are not read: `await tensor.to("cpu")` reads one. */
  root(): Value {
    return this.#otherRoot() ?? this.#build().root;
  }

  #build(): { readonly builder: Builder; readonly root: Value } {
    if (this.#built === undefined) {
      const shelf = new Shelf(this.#archive.storageCount, (row) => this.#deferred(row));
      const embedded = this.#archive.families.embedded.here?.embeddedReader(this.#archive.size, { ...this.#options, weightsOnly: false });
      const builder = new Builder(this.#archive, shelf, this.#options.encoding ?? "utf-8", embedded);
      this.#built = { builder, root: builder.root() };
    }
    return this.#built;
  }

  get #fetching(): FetchOptions {
    return { checkCrc32: true, big: this.#archive.fact(FACT.FACT_BYTEORDER) === 2, views: this.#mapped };
  }

  /** The storages as views, where the file is mapped. */
  get #mapped(): MappedStorages | undefined {
    if (this.#views === undefined) this.#views = this.#viewing?.(this.#archive, "some") ?? null;
    return this.#views ?? undefined;
  }

  #deferred(row: number): Storage {
    const steps = (): Steps<Uint8Array> => fetchStorage(this.#archive, row, this.#fetching);
    return Storage.deferred({
      ...this.#archive.storageOptions(row),
      nbytes: this.#archive.storageBytes(row),
      read: () => run(steps(), this.#source),
      readSync: this.#sync ? () => runSync(steps(), this.#source) : undefined,
    });
  }

  get #sync(): boolean {
    return this.#source.view !== undefined || this.#whole instanceof FileSource;
  }

  /** A tensor by its name or path, not read. Undefined where there is none. */
  get(name: string): Tensor | undefined {
    const info = this.#find(name);
    if (info instanceof ValueTensor) return info.tensor;
    return info instanceof ColumnTensor ? this.#build().builder.tensorOf(info.node) : undefined;
  }

  #found(name: string): TensorInfo {
    const info = this.#find(name);
    if (info !== undefined) return info;
    throw new ArgumentError(`No tensor is named "${name}" among the ${this.tensors().length} of this file`, { code: "NO_TENSOR" });
  }

  #find(name: string): TensorInfo | undefined {
    if (this.#byName === undefined) {
      this.#byName = new Map();
      for (const info of this.tensors()) this.#byName.set(info.name, info);
    }
    const found = this.#byName.get(name);
    if (found !== undefined || !name.startsWith("$")) return found;
    for (const info of this.tensors()) if (info.path === name || info.also.includes(name)) return info;
    return undefined;
  }

  /**
   * Reads one tensor: its range of the file and no more. Its storage is its own, even where the file shares it.
   *
   * With a slice only the bytes between its first and its last element are read: `[start, stop]` of the first dimension, or
   * an array of such for the first dimensions, null for all of one. Negative numbers count from the end, as Python's.
   *
   * A storage that is read whole is held against its CRC-32. A part of one has none: only its place is checked.
   *
   * @param name its name or path
   * @throws ArgumentError `NO_TENSOR` where there is none of that name, `SLICE` where the slice is none of it
   *
   * @example The first hundred rows, and the last eight columns of all
   * ```ts
   * const head = await file.read("embed.weight", { slice: [0, 100] });
   * const tail = await file.read("embed.weight", { slice: [null, [-8, null]] });
   * ```
   */
  async read(name: string, options: ReadTensorOptions = {}): Promise<Tensor> {
    const info = this.#found(name);
    const watch = Watch.of(options.onProgress);
    const fetching: FetchOptions = watch === undefined ? this.#fetching
      : { ...this.#fetching, planned: (bytes) => watch.begin("read", bytes), nameOf: () => info.name };
    if (info instanceof ColumnTensor) return run(readTensor(this.#archive, info, fetching, options.slice), this.#source, { signal: options.signal, watch });
    return valueOf(info, options);
  }

  /**
   * Reads several tensors by one plan: what lies together is read at once. Those that share memory in the file share it here.
   *
   * @returns the tensors by name, in the order of the file, or that of `keys`, whose words are the names then. A few places have
   *   no name of their own, such as keys of a dict that are tensors: the second one is `name#2`
   * @throws ArgumentError `NO_TENSOR` where a key names none
   *
   * @example Read the tensors of one layer
   * ```ts
   * const layer = await file.readAll({ filter: ({ name }) => name.startsWith("layers.7.") });
   * ```
   */
  async readAll(options: ReadAllOptions = {}): Promise<Map<string, Tensor>> {
    checkReadAllOptions(options);
    const { keys, filter, signal } = options;
    const chosen: (readonly [string, TensorInfo])[] = [];
    if (keys !== undefined) for (const key of keys) chosen.push([key, this.#found(key)]);
    else for (const info of this.tensors()) if (filter === undefined || filter(info)) chosen.push([info.name, info]);
    const watch = Watch.of(options.onProgress);
    const tensors = await this.#readInfos(chosen.map(([, info]) => info), signal, watch);
    watch?.finish();
    const out = new Map<string, Tensor>();
    for (const [i, [name]] of chosen.entries()) out.set(keys === undefined ? freeName(name, out) : name, tensors[i]);
    return out;
  }

  /**
   * Every tensor with its name, in the order of `tensors()`, read while the ones before it are in use: a few MiB ahead, and no
   * more. Those that share memory in the file need not share it here.
   *
   * @example Go through a file that does not fit into memory
   * ```ts
   * for await (const [name, tensor] of file) console.log(name, tensor.shape);
   * ```
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<[name: string, tensor: Tensor], void, undefined> {
    const batches = inBatches(this.tensors(), READ_AHEAD);
    const stop = new AbortController();
    const begin = (): { readonly infos: readonly TensorInfo[]; readonly read: Promise<Tensor[]> } | undefined => {
      const { done, value: infos } = batches.next();
      if (done === true) return undefined;
      const read = this.#readInfos(infos, stop.signal, undefined);
      read.catch(() => undefined); // it is told when its turn comes
      return { infos, read };
    };
    try {
      for (let now = begin(); now !== undefined;) {
        const tensors = await now.read;
        const next = begin();
        for (const [i, { name }] of now.infos.entries()) yield [name, tensors[i]];
        now = next;
      }
    } finally {
      stop.abort(); // whoever has seen enough leaves no read behind
    }
  }

  async #readInfos(infos: readonly TensorInfo[], signal: AbortSignal | undefined, watch: Watch | undefined): Promise<Tensor[]> {
    const columns = infos.filter((info) => info instanceof ColumnTensor);
    if (columns.length < infos.length) {
      const out: Tensor[] = [];
      for (const info of infos) out.push(await valueOf(info, { signal })); // a list holds one kind
      return out;
    }
    const fetching = watch === undefined ? this.#fetching : { ...this.#fetching, nameOf: storageNames(this.#archive) };
    const total = watch && ((bytes: number): void => watch.begin("read", bytes));
    return run(readTensors(this.#archive, columns, fetching, limitsOf(this.#options.limits).storages, total), this.#source, { signal, watch });
  }

  /** Lets go of the description, and of the source if it was opened here. What was read lives on. */
  async close(): Promise<void> {
    this.#archive.release();
    this.#views = null; // what was handed out holds its map
    if (this.#owned) await this.#whole.close?.();
  }

  /** As `close`: `await using file = await open(…)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
