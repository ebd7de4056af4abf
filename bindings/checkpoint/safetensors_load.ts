// load of a safetensors file: the header, the places of the storages, all bytes in merged reads, the dict.
import { UnsupportedError } from "../core/errors.js";
import type { Watch } from "../io/progress.js";
import { run, type RunOptions, type Steps } from "../io/steps.js";
import { runSync } from "../io/steps_sync.js";
import type { Source } from "../io/source.js";
import type { Dict } from "../python/dict.js";
import type { SafeHeader } from "../safetensors/header.js";
import { onDevice, type Accelerator } from "../torch/accelerator.js";
import { Storage } from "../torch/storage.js";
import type { Tensor } from "../torch/tensor.js";
import { limitsOf } from "./limits.js";
import { mapper, type Mapped } from "./map_location.js";
import type { LoadOptions } from "./options.js";
import { bytesIn, dictOf, planTensors, readSafeHeader, storageOptionsOf, tensorOver, torchDType } from "./safetensors.js";
import { checkSizes } from "./totals.js";

/** Loads a safetensors file as a dict of its tensors, in the order of their data. */
export async function loadSafetensors(source: Source, options: LoadOptions, running: RunOptions): Promise<Dict<string, Tensor>> {
  const { signal, watch } = running;
  const loaded = await run(prepare(source, options, watch), source, running);
  await loaded.upload(signal);
  watch?.finish();
  watch?.begin("build", loaded.count);
  signal?.throwIfAborted();
  const dict = loaded.dict();
  watch?.finish();
  return dict;
}

/** As `loadSafetensors`, at once. */
export function loadSafetensorsSync(source: Source, options: LoadOptions): Dict<string, Tensor> {
  const loaded = runSync(prepare(source, options), source);
  if (loaded.isLeaving) throw new UnsupportedError("Cannot put storages on a device synchronously: use load", { code: "NOT_SYNC" });
  return loaded.dict();
}

function* prepare({ size, gap }: Source, options: LoadOptions, watch?: Watch): Steps<LoadedTensors> {
  const limits = limitsOf(options.limits);
  const header = yield* readSafeHeader(size, limits);
  const rows = Array.from(header.names.keys());
  for (const row of rows) torchDType(header, row); // all of them, before any is read
  checkSizes(rows, (row) => header.nbytes(row), (row) => header.names[row], limits);
  const loaded = new LoadedTensors(header, options);
  const wanted = rows.filter((row) => loaded.isRead(row) && header.nbytes(row) > 0);
  const reads = planTensors(header, wanted, (row, bytes, from) => loaded.take(row, bytes, from), gap);
  watch?.begin("read", bytesIn(reads));
  if (reads.length > 0) yield reads;
  return loaded;
}

/** The tensors of a load: where each goes, and its storage once the bytes are there. */
class LoadedTensors {
  readonly #header: SafeHeader;
  /** By row; undefined: all stay on the CPU. */
  readonly #places: readonly Mapped[] | undefined;
  readonly #storages: (Storage | undefined)[];

  constructor(header: SafeHeader, { mapLocation, devices }: LoadOptions) {
    this.#header = header;
    const mapped = mapper(mapLocation, devices ?? []);
    this.#places = mapped && header.names.map((key, row) => {
      const { dtype, location } = storageOptionsOf(header, row);
      return mapped(location, () => ({ dtype, location, key, nbytes: header.nbytes(row) }));
    });
    this.#storages = header.names.map((_, row) => (this.isRead(row) && header.nbytes(row) > 0 ? undefined : this.#without(row)));
  }

  /** How many there are. */
  get count(): number {
    return this.#header.length;
  }

  /** Do its bytes come here? On "meta" there are none. */
  isRead(row: number): boolean {
    return this.#places?.[row].place !== "meta";
  }

  /** The storage of what has no bytes, or none that are wanted. */
  #without(row: number): Storage {
    if (this.isRead(row)) return new Storage(new Uint8Array(0), this.#options(row));
    return Storage.remote({ ...this.#options(row), nbytes: this.#header.nbytes(row), device: "meta" });
  }

  #options(row: number): ReturnType<typeof storageOptionsOf> {
    const options = storageOptionsOf(this.#header, row);
    const label = this.#places?.[row].label ?? null;
    return label === null ? options : { ...options, location: label };
  }

  /** Takes the bytes of a tensor. */
  take(row: number, bytes: Uint8Array, from: number): void {
    this.#storages[row] = Storage.within(bytes.buffer, bytes.byteOffset + from, this.#header.nbytes(row), this.#options(row));
  }

  /** Is there something to be put on another device? */
  get isLeaving(): boolean {
    return this.#places?.some(({ place }) => typeof place !== "string") ?? false;
  }

  /** Puts on other devices what goes there. */
  async upload(signal: AbortSignal | undefined): Promise<void> {
    const leaving = new Map<Accelerator, number[]>();
    for (const [row, { place }] of this.#places?.entries() ?? []) {
      if (typeof place === "string") continue;
      const rows = leaving.get(place);
      if (rows === undefined) leaving.set(place, [row]);
      else rows.push(row);
    }
    for (const [device, rows] of leaving) {
      const storages = rows.map((row) => this.#storages[row] as Storage); // taken: all reads are done
      const handles = await device.upload(storages, { signal });
      signal?.throwIfAborted();
      for (const [i, row] of rows.entries()) this.#storages[row] = Storage.remote(onDevice(device, handles[i], storages[i]));
    }
  }

  dict(): Dict<string, Tensor> {
    return dictOf(this.#header, (row) => tensorOver(this.#header, row, this.#storages[row] as Storage)); // as above
  }
}
