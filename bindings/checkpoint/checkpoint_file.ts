// What `open` gives, whatever the file is.
import { Watch } from "../io/progress.js";
import type { Value } from "../python/value.js";
import type { Tensor } from "../torch/tensor.js";
import type { Container } from "./archive.js";
import type { TensorInfo, TensorList } from "./listing.js";
import type { SaveOptions } from "./options.js";
import { checkReadAllOptions, checkSignal, freeName, inBatches, READ_AHEAD, type ReadAllOptions, type ReadTensorOptions } from "./read_options.js";
import type { GlobalInfo } from "./rows.js";
import type { Script } from "./script_file.js";

/** A record of the archive. */
export interface RecordInfo {
  /** With the archive's folder in front, as in the file. */
  readonly name: string;
  /** Bytes of its content. */
  readonly size: number;
  /** 0: stored; 8: deflated. */
  readonly method: number;
}

/** An opened checkpoint: its tensors are listed, and each is read when it is asked for. */
export abstract class CheckpointFile {
  /** What kind of container it is. */
  abstract readonly container: Container;
  /** Bytes of the source. */
  abstract readonly size: number;
  /**
   * The byte of the source behind this checkpoint: behind the last storage of the stream format, behind a plain pickle. Other
   * containers, and gzip files, go on to the end of the source. Several saves in one file are walked with it:
   * `open(file, { offset: last.end })`.
   */
  abstract readonly end: number;
  /** How this file was written: `save(value, to, saveOptions)` writes it again. */
  abstract readonly saveOptions: SaveOptions;

  /** The records of the archive, in the order of its directory; other containers have none. */
  get records(): RecordInfo[] {
    return [];
  }

  /** Every class and function that the pickle names, in the order in which it does. */
  get globals(): GlobalInfo[] {
    return [];
  }

  /** Texts that a safetensors file keeps beside its tensors; null where there is no place for any. */
  get metadata(): ReadonlyMap<string, string> | null {
    return null;
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
    return null;
  }

  /**
   * The content of a record, inflated where it is deflated, and held against its CRC-32.
   *
   * @param name with the archive's folder in front, as in `records`, or without it
   * @throws ArgumentError `NO_MEMBER` where there is none of that name
   */
  abstract readRecord(name: string, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;

  /**
   * Opens what is not open yet: files of a checkpoint in several, which behind addresses are opened one by one as `read` needs
   * them. `tensors`, `get` and `root` answer at once, and so want all of them. Other checkpoints are open from the beginning.
   */
  async openAll(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    checkSignal(options, "openAll");
  }

  /** Every tensor once, in the order of the file. No bytes are read. */
  abstract tensors(): TensorList;

  /** The saved value; its tensors are not read: `await tensor.to("cpu")` reads one. */
  abstract root(): Value;

  /** A tensor by its name or path, not read. Undefined where there is none. */
  abstract get(name: string): Tensor | undefined;

  /**
   * Reads one tensor: its range of the file and no more. Its storage is its own, even where the file shares it.
   *
   * With a slice only the bytes between its first and its last element are read: `[start, stop]` of the first dimension, or
   * an array of such for the first dimensions, null for all of one. Negative numbers count from the end, as Python's.
   *
   * A storage that is read whole is held against its CRC-32, where the file has one. A part of one has none: only its place is
   * checked.
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
  abstract read(name: string, options?: ReadTensorOptions): Promise<Tensor>;

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
    if (keys !== undefined) for (const key of keys) chosen.push([key, this.found(key)]);
    else for (const info of this.tensors()) if (filter === undefined || filter(info)) chosen.push([info.name, info]);
    const watch = Watch.of(options.onProgress);
    const tensors = await this.readInfos(chosen.map(([, info]) => info), signal, watch);
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
      const read = this.readInfos(infos, stop.signal, undefined);
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

  /** The tensor of a name or path. Throws an ArgumentError `NO_TENSOR` where there is none. */
  protected abstract found(name: string): TensorInfo;

  /** Reads tensors of `tensors()` by one plan; the watch is told how many bytes there will be. */
  protected abstract readInfos(infos: readonly TensorInfo[], signal: AbortSignal | undefined, watch: Watch | undefined): Promise<Tensor[]>;

  /** Lets go of the description, and of the source if it was opened here. What was read lives on. */
  abstract close(): Promise<void>;

  /** As `close`: `await using file = await open(…)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
