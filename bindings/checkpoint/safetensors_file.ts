// open of a safetensors file: its header says where everything is, so that a tensor costs its own bytes and no more.
import { FileSource } from "#io/file";
import { ArgumentError, BrineError } from "../core/errors.js";
import { letGo } from "../io/kept.js";
import { Watch } from "../io/progress.js";
import type { Source } from "../io/source.js";
import { run, type Read, type RunOptions, type Steps } from "../io/steps.js";
import { runSync } from "../io/steps_sync.js";
import type { Value } from "../python/value.js";
import type { SafeHeader } from "../safetensors/header.js";
import { contiguousStride } from "../torch/geometry.js";
import { Size } from "../torch/size.js";
import { Storage } from "../torch/storage.js";
import { Tensor } from "../torch/tensor.js";
import { CheckpointFile } from "./checkpoint_file.js";
import { DEFAULT_LIMITS, limitsOf, type Limits } from "./limits.js";
import type { TensorInfo } from "./listing.js";
import type { OpenOptions, SaveOptions } from "./options.js";
import { checkReadOptions, type ReadTensorOptions } from "./read_options.js";
import { bytesIn, dictOf, planTensors, readSafeHeader, storageOptionsOf, tensorOver, torchDType, torchShape } from "./safetensors.js";
import { SafeList, SafeTensorInfo } from "./safetensors_listing.js";
import { keptOf, sliced, spanOf, type Seen } from "./slice.js";
import { checkSizes } from "./totals.js";

/** Where an opened file is. */
interface Place {
  /** The file itself. */
  readonly source: Source;
  /** What the user gave, of which the file may be a part. */
  readonly whole: Source;
  /** Was that opened here? Then it is closed here. */
  readonly owned: boolean;
}

/** Opens a safetensors file. */
export async function openSafetensors(place: Place, options: OpenOptions, running: RunOptions): Promise<SafetensorsFile> {
  const { source } = place;
  const limits = limitsOf(options.limits);
  const header = await run(readSafeHeader(source.size, limits), source, running);
  letGo(source);
  return new SafetensorsFile(header, place, limits);
}

/** As `openSafetensors`, at once. */
export function openSafetensorsSync(place: Place, options: OpenOptions): SafetensorsFile {
  const { source } = place;
  const limits = limitsOf(options.limits);
  return new SafetensorsFile(runSync(readSafeHeader(source.size, limits), source), place, limits);
}

/** An opened safetensors file. */
export class SafetensorsFile extends CheckpointFile {
  readonly container = "safetensors";
  readonly #header: SafeHeader;
  readonly #place: Place;
  readonly #limits: Limits;
  #root: Value | undefined;
  #closed = false;
  readonly #tensors: Map<number, Tensor> = new Map();

  constructor(header: SafeHeader, place: Place, limits: Limits) {
    super();
    this.#limits = limits;
    this.#header = header;
    this.#place = place;
  }

  get size(): number {
    return this.#place.whole.size;
  }

  get end(): number {
    return this.#place.whole.size;
  }

  get saveOptions(): SaveOptions {
    return saveOptionsOf(this.#header);
  }

  override get metadata(): ReadonlyMap<string, string> | null {
    return this.#header.metadata;
  }

  async readRecord(name: string): Promise<Uint8Array> {
    throw new ArgumentError(`No record is named "${name}": a safetensors file has none, it is one header and the tensors`, { code: "NO_MEMBER" });
  }

  tensors(): SafeList {
    return new SafeList(this.#header);
  }

  root(): Value {
    return (this.#root ??= dictOf(this.#header, (row) => this.#tensor(row)));
  }

  get(name: string): Tensor | undefined {
    const row = this.#find(name);
    return row === undefined ? undefined : this.#tensor(row);
  }

  async read(name: string, options: ReadTensorOptions = {}): Promise<Tensor> {
    checkReadOptions(options);
    const header = this.#header;
    const { index: row } = this.found(name);
    const type = torchDType(header, row);
    const shape = torchShape(header, row);
    const all: Seen = { shape, stride: contiguousStride(shape), offset: 0 };
    const seen = options.slice === undefined ? all : sliced(all, type, options.slice);
    const [from, to] = [seen.offset * type.itemsize, (seen.offset + spanOf(seen)) * type.itemsize];
    const watch = Watch.of(options.onProgress);
    watch?.begin("read", to - from);
    const bytes = await run(bytesOf(header, row, from, to), this.#source, { signal: options.signal, watch });
    watch?.finish();
    const kept = keptOf(bytes, type, seen);
    return Tensor.unchecked(new Storage(kept.bytes, storageOptionsOf(header, row)), type, new Size(seen.shape), kept.stride, 0, 0);
  }

  protected found(name: string): SafeTensorInfo {
    const row = this.#find(name);
    if (row !== undefined) return new SafeTensorInfo(this.#header, row);
    throw new ArgumentError(`No tensor is named "${String(name)}" among the ${this.#header.length} of this file`, { code: "NO_TENSOR" });
  }

  protected async readInfos(infos: readonly TensorInfo[], signal: AbortSignal | undefined, watch: Watch | undefined): Promise<Tensor[]> {
    const header = this.#header;
    const rows = [...new Set(infos.map(({ index }) => index))].sort((a, b) => a - b);
    for (const row of rows) torchDType(header, row);
    checkSizes(rows, (row) => header.nbytes(row), (row) => header.names[row], this.#limits);
    const storages = new Map<number, Storage>();
    const source = this.#source;
    const reads = planTensors(header, rows.filter((row) => header.nbytes(row) > 0), (row, bytes, from) => {
      storages.set(row, Storage.within(bytes.buffer, bytes.byteOffset + from, header.nbytes(row), storageOptionsOf(header, row)));
    }, source.gap);
    watch?.begin("read", bytesIn(reads));
    await run(all(reads), source, { signal, watch });
    return infos.map(({ index: row }) => tensorOver(header, row, storages.get(row) ?? new Storage(new Uint8Array(0), storageOptionsOf(header, row))));
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#place.owned) await this.#place.whole.close?.();
  }

  /** What bytes are read from, until it is closed. */
  get #source(): Source {
    if (!this.#closed) return this.#place.source;
    throw new BrineError("Cannot read: this checkpoint was closed", { code: "CLOSED" });
  }

  /** The number of a tensor, by its name or path. */
  #find(name: string): number | undefined {
    const row = this.#header.rowOf(name);
    if (row !== undefined || !/^\$\[".*"\]$/s.test(String(name))) return row;
    try {
      return this.#header.rowOf(JSON.parse(name.slice(2, -1)) as string); // a text in quotes, or no JSON
    } catch {
      return undefined;
    }
  }

  /** A tensor whose bytes are read when somebody wants them. */
  #tensor(row: number): Tensor {
    let tensor = this.#tensors.get(row);
    if (tensor === undefined) {
      tensor = tensorOver(this.#header, row, this.#deferred(row));
      this.#tensors.set(row, tensor);
    }
    return tensor;
  }

  #deferred(row: number): Storage {
    const { source, whole } = this.#place;
    const header = this.#header;
    const isSync = source.view !== undefined || whole instanceof FileSource;
    return Storage.deferred({
      ...storageOptionsOf(header, row),
      nbytes: header.nbytes(row),
      read: async () => run(bytesOf(header, row), this.#source),
      readSync: isSync ? () => runSync(bytesOf(header, row), this.#source) : undefined,
      readRange: async (from, to) => run(bytesOf(header, row, from, to), this.#source),
    });
  }
}

/** How such a file is written again. */
export function saveOptionsOf({ metadata }: SafeHeader): SaveOptions {
  return { format: "safetensors", ...(metadata === null ? {} : { metadata: Object.fromEntries(metadata) }) };
}

/** The bytes of a tensor from `from` up to `to`, aligned for any elements; no other byte is read. */
function* bytesOf(header: SafeHeader, row: number, from: number = 0, to: number = header.nbytes(row)): Steps<Uint8Array> {
  if (from === to) return new Uint8Array(0);
  checkSizes([row], () => to - from, () => header.names[row], DEFAULT_LIMITS);
  const [bytes] = yield [{ offset: header.from(row) + from, length: to - from }];
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}

/** One batch of reads. */
function* all(reads: readonly Read[]): Steps<void> {
  if (reads.length > 0) yield reads;
}
