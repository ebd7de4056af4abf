// open: the description only. What tensors there are costs no byte of them; each is read when it is asked for, exactly
// its range where that is less than its storage.
import * as C from "../../assembly/shared/columns.js";
import * as FACT from "../../assembly/shared/facts.js";
import { NONE } from "../../assembly/shared/status.js";
import { ArgumentError, UnsupportedError } from "../core/errors.js";
import { run, runSync, type Steps } from "../io/steps.js";
import { openSource, type SourceLike } from "../io/to_source.js";
import type { Source } from "../io/source.js";
import { FileSource } from "#io/file";
import { Tensor } from "../torch/tensor.js";
import type { Value } from "../python/value.js";
import { dtypeById } from "../torch/dtype.js";
import { Size } from "../torch/size.js";
import { Shelf } from "../torch/shelf.js";
import { Storage } from "../torch/storage.js";
import { type Archive, type Container } from "./archive.js";
import type { GlobalInfo } from "./rows.js";
import { Builder } from "./build.js";
import { begin, beginAt, endOf, type Begun } from "./begin.js";
import { fetchRange, fetchStorage, type FetchOptions } from "./fetch.js";
import { lateFamilies } from "./families.js";
import { ColumnList, ColumnTensor, type TensorInfo, type TensorList } from "./listing.js";
import { ValueList, ValueTensor } from "./listing_values.js";
import type { MappedStorages, Viewing } from "./mmap.js";
import { bringFamilies } from "./needed.js";
import { checkOpenOptions, type OpenOptions, type SaveOptions } from "./options.js";
import { limitsOf } from "./limits.js";
import { readOther } from "./other_zip.js";
import { memberRow, readRecord } from "./record.js";
import { RecordStorages, type Reader } from "./record_storages.js";
import { saveOptionsOf } from "./save_options.js";
import { openScript, type Script } from "./script_file.js";

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
  const families = lateFamilies();
  const from = options.mmap === true ? (await families.mapping.fetch()).openMmap(source) : await openSource(source, options);
  const owned = from !== source;
  try {
    const whole = beginAt(from, options.offset);
    const part = options.member === undefined ? whole : await (await families.member.fetch()).memberSource(whole, options, families);
    const viewing = options.mmap === true ? families.mapping.module.mappable(part) : undefined;
    const begun = opened(await run(begin(part, undefined, limitsOf(options.limits), families), part, options));
    return await described(new CheckpointFile(begun, from, owned, options, viewing), begun, (steps) => run(steps, begun.source, options));
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
    return { checkCrc32: true, big: this.#archive.fact(FACT.FACT_BYTEORDER) === 2 };
  }

  /** The storages as views, where the file is mapped. */
  get #mapped(): MappedStorages | null {
    if (this.#views === undefined) this.#views = this.#viewing?.(this.#archive, "some") ?? null;
    return this.#views;
  }

  /** The bytes of one storage: of the map, or read. */
  *#storage(row: number): Steps<Uint8Array> {
    return this.#mapped?.bytes(row) ?? (yield* fetchStorage(this.#archive, row, this.#fetching));
  }

  #deferred(row: number): Storage {
    const steps = (): Steps<Uint8Array> => this.#storage(row);
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
   * @param name its name or path
   * @throws ArgumentError `NO_TENSOR` where there is none of that name
   */
  async read(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<Tensor> {
    const info = this.#find(name);
    if (info === undefined) {
      throw new ArgumentError(`No tensor is named "${name}" among the ${this.tensors().length} of this file`, { code: "NO_TENSOR" });
    }
    if (info instanceof ColumnTensor) return run(this.#readSteps(info), this.#source, options);
    const { tensor } = info as ValueTensor; // there are no others
    await tensor.storage.load();
    return tensor;
  }

  *#readSteps(info: ColumnTensor): Steps<Tensor> {
    const row = info.storageIndex;
    const { nbytes, entry, view } = this.#archive.storage(row);
    const type = dtypeById(this.#archive.columns.tensors[info.index * C.T_WORDS + C.T_DTYPE]);
    const { shape, stride, storageOffset } = info;
    let span = info.numel === 0 ? 0 : 1;
    if (span > 0) for (let i = 0; i < shape.length; i++) span += (shape[i] - 1) * stride[i];
    const from = storageOffset * type.itemsize;
    const to = from + span * type.itemsize;
    const whole = this.#mapped !== null || view === null && entry === NONE || from === 0 && to === nbytes || span === 0;
    const bytes = whole
      ? yield* this.#storage(row)
      : yield* fetchRange(this.#archive, row, from, to, this.#fetching);
    const storage = new Storage(bytes, this.#archive.storageOptions(row));
    const flags = this.#archive.columns.tensors[info.index * C.T_WORDS + C.T_FLAGS] & 7;
    return Tensor.unchecked(storage, type, new Size(shape), stride, whole ? storageOffset : 0, flags);
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
