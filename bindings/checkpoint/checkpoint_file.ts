// What `open` gives, whatever the file is.
import type { Value } from "../python/value.js";
import type { Tensor } from "../torch/tensor.js";
import type { Container } from "./archive.js";
import type { TensorList } from "./listing.js";
import type { SaveOptions } from "./options.js";
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
  async openAll(_options: { readonly signal?: AbortSignal } = {}): Promise<void> {}

  /** Every tensor once, in the order of the file. No bytes are read. */
  abstract tensors(): TensorList;

  /** The saved value; its tensors are not read: `await tensor.to("cpu")` reads one. */
  abstract root(): Value;

  /** A tensor by its name or path, not read. Undefined where there is none. */
  abstract get(name: string): Tensor | undefined;

  /**
   * Reads one tensor: its range of the file and no more. Its storage is its own, even where the file shares it.
   *
   * @param name its name or path
   * @throws ArgumentError `NO_TENSOR` where there is none of that name
   */
  abstract read(name: string, options?: { readonly signal?: AbortSignal }): Promise<Tensor>;

  /** Lets go of the description, and of the source if it was opened here. What was read lives on. */
  abstract close(): Promise<void>;

  /** As `close`: `await using file = await open(…)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
