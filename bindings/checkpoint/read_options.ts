// What reads of an opened file are told: which tensors, which part, and who watches.
import { ArgumentError } from "../core/errors.js";
import { CALL, checkOptions, SIGNAL, type Kinds } from "../core/option_kinds.js";
import type { Progress } from "../io/progress.js";
import type { TensorInfo } from "./listing.js";
import type { TensorSlice } from "./slice.js";

/** Options of `file.read`. */
export interface ReadTensorOptions {
  /** Which part: `[start, stop]` of the first dimension, or an array of such. Default: all. */
  readonly slice?: TensorSlice;
  /** Aborts; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told how much has come. */
  readonly onProgress?: Progress;
}

/** Options of `file.readAll`; `keys` or `filter`, not both. */
export interface ReadAllOptions {
  /** Names or paths. Default: all. */
  readonly keys?: Iterable<string>;
  /** Asked for each tensor, none of which is read yet. */
  readonly filter?: (tensor: TensorInfo) => boolean;
  /** Aborts; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told how much has come. */
  readonly onProgress?: Progress;
}

/** Bytes that an iteration reads at once, and ahead. */
export const READ_AHEAD = 8 * 1024 * 1024;
/** Tensors that it reads at once. */
const MOST_AT_ONCE = 4096;

const RUN: Kinds = { signal: SIGNAL, onProgress: CALL };
const READ: Kinds = {
  slice: ["a slice", (value) => {
    Array.isArray(value); // throws of what nobody can look at; of all else slice.ts says more
    return true;
  }],
  ...RUN,
};
const READ_ALL: Kinds = {
  keys: ["an array of names, or another iterable of them", (value) => typeof value === "object" && typeof (value as Iterable<string>)[Symbol.iterator] === "function"], // or whatever it is
  filter: ["a function of a tensor's description", CALL[1]],
  ...RUN,
};

/** Throws where an option of `read` is none, or is of another kind. */
export function checkReadOptions(options: ReadTensorOptions): void {
  checkOptions(options, READ, "read");
}

/** As `checkReadOptions`, for `readAll`, and where both ways to choose are given. */
export function checkReadAllOptions(options: ReadAllOptions): void {
  checkOptions(options, READ_ALL, "readAll");
  if (options.keys !== undefined && options.filter !== undefined) throw new ArgumentError("Options keys and filter both choose tensors: give one of them", { code: "OPTION" });
}

/** As `checkReadOptions`, for what can only be aborted. */
export function checkSignal(options: { readonly signal?: AbortSignal }, where: string): void {
  checkOptions(options, { signal: SIGNAL }, where);
}

/** The name, or one like it that is not taken. */
export function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name}#${n}`;
  return free;
}

/** Tensors that are read together: as many as have `bytes` bytes, one at least. */
export function* inBatches(tensors: Iterable<TensorInfo>, bytes: number): Generator<readonly TensorInfo[], void, undefined> {
  let batch: TensorInfo[] = [];
  let sum = 0;
  for (const info of tensors) {
    if (batch.length > 0 && (sum + info.nbytes > bytes || batch.length === MOST_AT_ONCE)) {
      yield batch;
      batch = [];
      sum = 0;
    }
    batch.push(info);
    sum += info.nbytes;
  }
  if (batch.length > 0) yield batch;
}
