// open: the description only. What tensors there are costs no byte of them; each is read when it is asked for, exactly
// its range where that is less than its storage.
import * as FACT from "../../assembly/shared/facts.js";
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import { Watch } from "../io/progress.js";
import { run, type Steps } from "../io/steps.js";
import { runSync } from "../io/steps_sync.js";
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
import { CheckpointFile, type RecordInfo } from "./checkpoint_file.js";
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
import { checkReadOptions, checkSignal, type ReadTensorOptions } from "./read_options.js";
import { readTensor, readTensors } from "./read_tensors.js";
import { valueOf } from "./read_values.js";
import { memberRow, readRecord } from "./record.js";
import { RecordStorages, type Reader } from "./record_storages.js";
import { isSafetensors } from "./safetensors_fault.js";
import { saveOptionsOf } from "./save_options.js";
import { openScript, type Script } from "./script_file.js";
import { oneOrSeveral, type PartList } from "./sharded_kind.js";
import { storageNames } from "./storage_names.js";

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
export async function open(source: SourceLike | PartList, options: OpenOptions = {}): Promise<CheckpointFile> {
  checkOpenOptions(options, "open");
  options.signal?.throwIfAborted();
  return oneOrSeveral(source, (one) => openOne(one, options), async (parts) => (await import("./family_sharded_file.js")).openSharded(parts, options, openOne));
}

/** Opens what is in one file. */
async function openOne(source: SourceLike, options: OpenOptions): Promise<CheckpointFile> {
  const watch = Watch.of(options.onProgress);
  watch?.begin("open");
  const families = lateFamilies();
  const from = options.mmap ? (await families.mapping.fetch()).openMapped(source, options) : await openSource(source, { ...options, arrived: watch && ((bytes) => watch.add(bytes)) });
  const owned = from !== source;
  try {
    const running = { signal: options.signal, watch };
    const whole = await ahead(beginAt(from, options.offset), families, running);
    const part = options.member === undefined ? whole : await (await families.member.fetch()).memberSource(whole, options, families, running);
    const viewing = options.mmap ? families.mapping.module.mappable(part) : undefined;
    const tried = await run(begin(part, undefined, limitsOf(options.limits), families), part, running);
    if (isSafetensors(tried.fault)) {
      tried.archive.release();
      const { openSafetensors } = await import("./family_safetensors_file.js");
      return await openSafetensors({ source: part, whole: from, owned }, options, running);
    }
    const begun = opened(tried);
    letGo(part);
    return await described(new ArchiveFile(begun, from, owned, options, viewing), begun, (steps) => run(steps, begun.source, running));
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

async function described(file: ArchiveFile, begun: Begun, runs: (steps: Steps<void>) => Promise<void>): Promise<CheckpointFile> {
  try {
    await runs(file.describe());
  } catch (cause) {
    begun.archive.release();
    throw cause;
  }
  return file;
}

/**
 * An opened file of torch.save. Tensors that pickle.dump wrote, whose storages stand in bytes of the pickle, are in its `root()` alone:
 * `tensors()` does not list them.
 */
export class ArchiveFile extends CheckpointFile {
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
    super();
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

  override async script(): Promise<Script | null> {
    if (this.container !== "torchscript") return null;
    return this.#script ??= await run(openScript(this.#records(), this.#reading, () => this.root()), this.#source);
  }

  get size(): number {
    return this.#whole.size;
  }

  get end(): number {
    return endOf(this.#archive, this.#source, this.#whole, this.#options.offset);
  }

  tensors(): TensorList {
    const root = this.#otherRoot();
    return (this.#tensors ??= root === undefined ? new ColumnList(this.#archive) : new ValueList(root));
  }

  override get records(): RecordInfo[] {
    const out: RecordInfo[] = [];
    for (let row = 0; row < (this.#archive.hasRecords ? this.#archive.entryCount : 0); row++) {
      const { name, size, method } = this.#archive.entry(row);
      out.push({ name, size, method });
    }
    return out;
  }

  override get globals(): GlobalInfo[] {
    return Array.from({ length: this.#archive.globalCount }, (_, row) => this.#archive.global(row));
  }

  get saveOptions(): SaveOptions {
    if (this.#archive.isOther) return { format: "zip" };
    return saveOptionsOf(this.#archive);
  }

  async readRecord(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<Uint8Array> {
    checkSignal(options, "readRecord");
    return run(readRecord(this.#archive, memberRow(this.#archive, name), limitsOf(this.#options.limits)), this.#source, options);
  }

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

  get(name: string): Tensor | undefined {
    const info = this.#find(name);
    if (info instanceof ValueTensor) return info.tensor;
    return info instanceof ColumnTensor ? this.#build().builder.tensorOf(info.node) : undefined;
  }

  protected found(name: string): TensorInfo {
    const info = this.#find(name);
    if (info !== undefined) return info;
    throw new ArgumentError(`No tensor is named "${String(name)}" among the ${this.tensors().length} of this file`, { code: "NO_TENSOR" });
  }

  #find(name: string): TensorInfo | undefined {
    if (this.#byName === undefined) {
      this.#byName = new Map();
      for (const info of this.tensors()) this.#byName.set(info.name, info);
    }
    const found = this.#byName.get(name);
    if (found !== undefined || !String(name).startsWith("$")) return found;
    for (const info of this.tensors()) if (info.path === name || info.also.includes(name)) return info;
    return undefined;
  }

  async read(name: string, options: ReadTensorOptions = {}): Promise<Tensor> {
    checkReadOptions(options);
    const info = this.found(name);
    const watch = Watch.of(options.onProgress);
    const fetching: FetchOptions = watch === undefined ? this.#fetching
      : { ...this.#fetching, planned: (bytes) => watch.begin("read", bytes), nameOf: () => info.name };
    if (info instanceof ColumnTensor) return run(readTensor(this.#archive, info, fetching, options.slice), this.#source, { signal: options.signal, watch });
    return valueOf(info, options);
  }

  protected async readInfos(infos: readonly TensorInfo[], signal: AbortSignal | undefined, watch: Watch | undefined): Promise<Tensor[]> {
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

  async close(): Promise<void> {
    this.#archive.release();
    this.#views = null; // what was handed out holds its map
    if (this.#owned) await this.#whole.close?.();
  }
}
