// save: reduce, encode, write. The core decides every byte; this side hands it the graph, and the bytes of each storage
// when their turn has come.
import type { Storage } from "../torch/storage.js";
import { LAYOUT_1_9, LAYOUT_2_1, LAYOUT_2_7, WITHOUT_CRC, WITH_BYTEORDER, WITH_LATE_BYTEORDER } from "../../assembly/shared/layouts.js";
import { DONE, FAULT } from "../../assembly/shared/status.js";
import type { CoreExports } from "../core/abi.js";
import { ArgumentError, LimitError, PicklingError, UnsupportedError } from "../core/errors.js";
import { readFault } from "../core/fault_record.js";
import { faultError } from "../core/faults.js";
import { coreInstance, ready, releaseCore } from "../core/instance.js";
import { crc32 } from "../core/kernels.js";
import { CoreMemory } from "../core/memory.js";
import { utf8Bytes } from "../core/text.js";
import { FileSink, pathOf } from "#io/file";
import { Watch, type Progress } from "../io/progress.js";
import { MemorySink, type Sink } from "../io/sink.js";
import { orAborted } from "../io/or_aborted.js";
import { checkSaveOptions, type SaveOptions } from "./options.js";
import { LARGE } from "./plan.js";
import { reduce, type Reduced } from "./reduce.js";
import { saveSafetensorsSync } from "./safetensors_save.js";

/** The out window is drained when it holds this much. */
const WINDOW = 4 * 1024 * 1024;
/** Bytes of pickle encoded, or of file written, between two looks at the clock. */
const BUDGET = 1024 * 1024;
const BREATH = 64 * 1024 * 1024;

/** How a save goes about it. */
export interface SaveControl {
  /** Aborts; the promise rejects with its reason and leaves no file behind. */
  readonly signal?: AbortSignal;
  /** Told now and then how many bytes of the storages have been written: `{ phase: "write", loaded, total, tensor: null }`. */
  readonly onProgress?: Progress;
}

/** A destination: a path or `file:` URL. */
export type Destination = string | URL;

/**
 * Saves a value as torch.save does: the file is, byte for byte, what PyTorch would write.
 *
 * @param value tensors, parameters, dicts, lists and whatever else Python knows
 * @param to a path; the file appears when it is whole. Without one the bytes are returned
 * @param options torch's own, in camelCase; what `inspect(src).saveOptions` tells gives that file back
 * @returns the bytes, or undefined where a path was given
 * @throws PicklingError for a value that Python could not hold
 * @throws SourceError where the destination cannot be written
 * @throws UnsupportedError for options that brine does not write yet
 *
 * @example Save two tensors
 * ```ts
 * await save({ x: tensor([1, 2, 3]), y: tensor([[0.5]]) }, "tensors.pth");
 * ```
 */
export function save(value: unknown, to?: undefined, options?: SaveOptions & SaveControl): Promise<Uint8Array<ArrayBuffer>>;
export function save(value: unknown, to: Destination, options?: SaveOptions & SaveControl): Promise<undefined>;
export async function save(value: unknown, to?: Destination, options: SaveOptions & SaveControl = {}): Promise<Uint8Array<ArrayBuffer> | undefined> {
  checkSaveOptions(options, "save");
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  await ready();
  if (options.format === "safetensors") return (await import("./family_safetensors_save.js")).saveSafetensors(value, sinkOf(to), options);
  const watch = Watch.of(onProgress);
  const job = prepare(value, to, options);
  for (const storage of job.reduced.storages) {
    if (storage.isLocal) continue;
    if (storage.device === "cpu") await orAborted(storage.load(), signal);
    else job.copies.set(storage, await orAborted(storage.download(), signal)); // it stays where it is
  }
  watch?.begin("write", job.reduced.storages.reduce((sum, { nbytes }) => sum + nbytes, 0));
  const sink = job.sink();
  try {
    let told = 0;
    for (const stored of write(job, sink)) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
      watch?.add(stored - told);
      told = stored;
    }
    return sink.close();
  } catch (cause) {
    sink.abort();
    throw cause;
  }
}

/** As `save`, at once. */
export function saveSync(value: unknown, to?: undefined, options?: SaveOptions): Uint8Array<ArrayBuffer>;
export function saveSync(value: unknown, to: Destination, options?: SaveOptions): undefined;
export function saveSync(value: unknown, to?: Destination, options: SaveOptions = {}): Uint8Array<ArrayBuffer> | undefined {
  checkSaveOptions(options, "saveSync");
  if (options.format === "safetensors") return saveSafetensorsSync(value, sinkOf(to), options);
  const job = prepare(value, to, options);
  return writeInto(job, job.sink());
}

/** As `saveSync`, into a sink: large storages come to it as they are, everything else in windows. */
export function saveInto(value: unknown, sink: Sink, options: SaveOptions = {}): Uint8Array<ArrayBuffer> | undefined {
  checkSaveOptions(options, "saveSync");
  return writeInto(prepare(value, undefined, options), sink);
}

function writeInto(job: Job, sink: Sink): Uint8Array<ArrayBuffer> | undefined {
  try {
    for (const _ of write(job, sink));
    return sink.close();
  } catch (cause) {
    sink.abort();
    throw cause;
  }
}

interface Job {
  readonly reduced: Reduced;
  readonly folder: string;
  readonly layout: number;
  readonly alignment: number;
  /** Bytes of storages on other devices. */
  readonly copies: Map<Storage, Uint8Array>;
  sink(): Sink;
}

/** The path of a destination; undefined: the bytes are returned. */
function pathTo(to: Destination | undefined): string | undefined {
  const path = to instanceof URL ? pathOf(to) : to;
  if (typeof path === "string" && /^https?:\/\//i.test(path)) {
    throw new ArgumentError(`Cannot save to "${path}": an address is only read. Save to a path, or without one, and send the bytes`, { code: "DESTINATION" });
  }
  if (path === undefined || typeof path === "string") return path;
  throw new ArgumentError(`Cannot save to a value of type ${typeof path}: expected a path, a file: URL, or nothing for bytes`, { code: "DESTINATION" });
}

/** Makes what the bytes of a file go to. */
function sinkOf(to: Destination | undefined): () => Sink {
  const path = pathTo(to);
  return () => (path === undefined ? new MemorySink() : new FileSink(path));
}

function prepare(value: unknown, to: Destination | undefined, options: SaveOptions): Job {
  return {
    reduced: reduce(value, versionOf(options), options.pickleModule),
    folder: options.folder ?? folderOf(pathTo(to)),
    layout: layoutOf(options),
    alignment: options.storageAlignment ?? 64,
    copies: new Map(),
    sink: sinkOf(to),
  };
}

/** torch takes the folder from the file's name, less its last ending; "archive" for buffers and names that are not ASCII. */
function folderOf(path: string | undefined): string {
  if (path === undefined || !/^[\x00-\x7f]*$/.test(path)) return "archive";
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const dot = name.lastIndexOf(".");
  const folder = dot < 0 ? name : name.slice(0, dot);
  if (folder === "") {
    throw new ArgumentError(`Cannot save to "${path}": invalid file name, nothing stands before its ending`, { code: "FOLDER" });
  }
  return folder;
}

/** The release to write as, 2.7 being 2007; without one, later than any. */
function versionOf({ torchVersion }: SaveOptions): number {
  if (torchVersion === undefined) return Infinity;
  const version = /^(\d+)\.(\d+)/.exec(torchVersion);
  if (version === null) throw new ArgumentError(`torchVersion "${torchVersion}" is no version such as "2.7"`, { code: "OPTION" });
  return Number(version[1]) * 1000 + Number(version[2]);
}

function layoutOf(options: SaveOptions): number {
  let layout = LAYOUT_2_7;
  if (options.torchVersion !== undefined) {
    const number = versionOf(options);
    if (number < 1009) {
      throw new UnsupportedError(`Cannot write the layout of torch ${options.torchVersion} yet: layouts from torch 1.9 on are written`, { code: "LAYOUT" });
    }
    layout = number < 2001 ? LAYOUT_1_9 : number < 2007 ? LAYOUT_2_1 : LAYOUT_2_7;
  }
  if (options.byteorderRecord === "last" && (layout & WITH_BYTEORDER) !== 0) layout += WITH_LATE_BYTEORDER - WITH_BYTEORDER;
  return options.computeCrc32 === false ? layout + WITHOUT_CRC : layout;
}

/** Writes the file, yielding the bytes of storages written so far whenever a while has passed. */
function* write(job: Job, sink: Sink): Generator<number> {
  const core = coreInstance();
  try {
    yield* writeWith(core, job, sink);
  } finally {
    releaseCore(core);
  }
}

function* writeWith(core: CoreExports, job: Job, sink: Sink): Generator<number> {
  const memory = new CoreMemory(core);
  const { graph, root, storages } = job.reduced;
  graph.moveInto(core, memory);
  check(core, core.encodeBegin(root, 2));
  for (let status = core.encode(BUDGET); status !== DONE; status = core.encode(BUDGET)) check(core, status);
  const folder = utf8Bytes(job.folder);
  const at = core.alloc(Math.max(1, folder.length)) >>> 0;
  memory.bytes(at, folder.length).set(folder);
  check(core, core.saveBegin(at, folder.length, job.layout, job.alignment, 0));
  let stored = 0;
  let told = 0;
  const flush = (): void => {
    const length = core.outLength();
    if (length > 0) sink.write(memory.bytes(core.outAt(), length));
    core.outClear();
  };
  for (let row = core.saveNext(); row !== -1; row = core.saveNext()) {
    if (row < 0) throw faultError(readFault(core));
    const bytes = job.copies.get(storages[row]) ?? storages[row].bytes;
    if (bytes.length !== storages[row].nbytes) {
      throw new PicklingError(`A storage of ${storages[row].nbytes} bytes holds ${bytes.length}`, { code: "STORAGE_SIZE" });
    }
    if (bytes.length < LARGE) put(core, memory, bytes);
    else {
      flush();
      for (let from = 0; from < bytes.length; from += BREATH) {
        sink.write(bytes.subarray(from, from + BREATH));
        if (bytes.length > BREATH) yield stored + Math.min(bytes.length, from + BREATH);
      }
      const crc = (job.layout & WITHOUT_CRC) !== 0 ? 0 : crc32(bytes);
      check(core, core.saveSkip(crc, firstWord(bytes)));
    }
    stored += bytes.length;
    if (core.outLength() >= WINDOW) flush();
    if (stored - told >= BREATH) yield (told = stored);
  }
  flush();
  yield stored;
}

/** A small record goes through the core's window: it computes the CRC on the way. */
function put(core: CoreExports, memory: CoreMemory, bytes: Uint8Array): void {
  const room = core.saveRoom() >>> 0;
  if (room === 0) throw new LimitError(`WebAssembly memory could not grow by ${bytes.length} bytes`, { code: "MEMORY", found: bytes.length, limit: 4294967296 });
  memory.u8.set(bytes, room);
  check(core, core.savePut());
}

/** The first eight bytes of a record, which the serialization id can depend on. */
function firstWord(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
}

function check(core: CoreExports, status: number): void {
  if (status === FAULT) throw faultError(readFault(core));
}
