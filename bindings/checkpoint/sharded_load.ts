// load of a checkpoint in several files: each is opened once, two at a time, and they are joined to one dict.
import { ArgumentError, FormatError, SourceError } from "../core/errors.js";
import { shown } from "../core/shown.js";
import { Watch } from "../io/progress.js";
import { run } from "../io/steps.js";
import { runSync } from "../io/steps_sync.js";
import { sourceNow } from "../io/source_now.js";
import { openSource, type SourceLike, type SyncSourceLike } from "../io/to_source.js";
import type { Value } from "../python/value.js";
import type { Storage } from "../torch/storage.js";
import { Tensor } from "../torch/tensor.js";
import { limitsOf } from "./limits.js";
import type { LoadOptions, OpenOptions } from "./options.js";
import { readIndex, type ShardIndex } from "./sharded_index.js";
import { inPart, joinParts, type Part } from "./sharded_join.js";
import type { PartList } from "./sharded_kind.js";
import { SharedProgress } from "./sharded_progress.js";
import { findShards, type Shard, type Shards } from "./shards.js";

/** Files that are read at one time; each has several reads under way. */
const AT_ONCE = 2;

/** The files of a checkpoint, and the index that says what is in which. */
export interface FoundShards {
  readonly index: ShardIndex | null;
  readonly shards: readonly Shard[];
}

/** Finds the files, and reads their index. A folder may hold a single checkpoint: then that source is answered. */
export async function resolveShards(source: PartList | string | URL, options: OpenOptions): Promise<FoundShards | { readonly one: SourceLike }> {
  const found = checked(findShards(source), options);
  if (found.kind === "one") return { one: found.source };
  if (found.kind === "parts") return { index: null, shards: found.shards };
  const { fetch, headers, signal } = options;
  const from = await openSource(found.source, { fetch, headers, signal });
  try {
    const index = await run(readIndex(from.size, found.name, limitsOf(options.limits)), from, { signal });
    return { index, shards: index.files.map(found.shardOf) };
  } finally {
    if (from !== found.source) await from.close?.();
  }
}

/** As `resolveShards`, at once. */
export function resolveShardsSync(source: PartList | string | URL, options: OpenOptions): FoundShards | { readonly one: SourceLike } {
  const found = checked(findShards(source), options);
  if (found.kind === "one") return { one: found.source };
  if (found.kind === "parts") return { index: null, shards: found.shards };
  const from = sourceNow(found.source);
  try {
    const index = runSync(readIndex(from.size, found.name, limitsOf(options.limits)), from);
    return { index, shards: index.files.map(found.shardOf) };
  } finally {
    if (from !== found.source) void from.close?.();
  }
}

/** Options that say where in one source a checkpoint is are none of several. */
function checked(found: Shards, { offset, member }: OpenOptions): Shards {
  if (offset !== undefined && offset !== 0 || member !== undefined) {
    throw new ArgumentError("Options offset and member are for one source: this checkpoint is in several files, each of them whole", { code: "OPTION" });
  }
  return found;
}

/** Loads a checkpoint in several files; `loadOne` loads one of them. */
export async function loadSharded(
  source: PartList | string | URL, options: LoadOptions, loadOne: (source: SourceLike, options: LoadOptions) => Promise<Value>,
): Promise<Value> {
  const found = await resolveShards(source, options);
  if ("one" in found) return loadOne(found.one, options);
  const { shards, index } = found;
  // A limit on the bytes of all storages is spent by one after the other.
  const { storages } = options.limits ?? {};
  let left = storages;
  const progress = options.onProgress && new SharedProgress(options.onProgress, shards.length);
  const values = await forEach(shards, storages === undefined ? AT_ONCE : 1, options, index, async (shard, signal, i) => {
    const value = await loadOne(shard.source, { ...options, signal, onProgress: progress?.of(i), ...(left === undefined ? {} : { limits: { ...options.limits, storages: left } }) });
    if (left !== undefined) left -= bytesOf(value);
    return value;
  });
  const watch = Watch.of(options.onProgress);
  watch?.begin("build", shards.length);
  const joined = joinParts(shards.map(({ name }, i): Part => ({ name, value: values[i] })), index);
  watch?.finish();
  return joined;
}

/** Bytes of the storages of a state dict. */
function bytesOf(value: Value): number {
  const storages = new Set<Storage>();
  if (value instanceof Map) for (const item of value.values()) if (item instanceof Tensor) storages.add(item.storage);
  let sum = 0;
  for (const { nbytes } of storages) sum += nbytes;
  return sum;
}

/** As `loadSharded`, at once. */
export function loadShardedSync(source: PartList | string | URL, options: LoadOptions, loadOne: (source: SyncSourceLike, options: LoadOptions) => Value): Value {
  const found = resolveShardsSync(source, options);
  if ("one" in found) return loadOne(found.one as SyncSourceLike, options); // a path
  let left = options.limits?.storages;
  const parts = found.shards.map(({ name, source: from }): Part => {
    try {
      const value = loadOne(from as SyncSourceLike, left === undefined ? options : { ...options, limits: { ...options.limits, storages: left } }); // what cannot be read at once says so
      if (left !== undefined) left -= bytesOf(value);
      return { name, value };
    } catch (cause) {
      throw shardError(name, found.index, cause);
    }
  });
  return joinParts(parts, found.index);
}

/** Does the work for each shard, a few at a time. The first that fails stops the others. */
export async function forEach<T>(
  shards: readonly Shard[], atOnce: number, { signal }: { readonly signal?: AbortSignal }, index: ShardIndex | null, work: (shard: Shard, signal: AbortSignal, at: number) => Promise<T>,
): Promise<T[]> {
  const stop = new AbortController();
  const forward = (): void => stop.abort(signal?.reason);
  if (signal?.aborted === true) forward();
  signal?.addEventListener("abort", forward, { once: true });
  const results = new Array<T>(shards.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < shards.length) {
      const i = next++;
      try {
        results[i] = await work(shards[i], stop.signal, i);
      } catch (cause) {
        next = shards.length;
        if (stop.signal.aborted) throw stop.signal.reason;
        const error = shardError(shards[i].name, index, cause);
        stop.abort(error);
        throw error;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, shards.length) }, worker));
    return results;
  } finally {
    signal?.removeEventListener("abort", forward);
  }
}

/** What to say of a file that could not be read. */
export function shardError(name: string, index: ShardIndex | null, cause: unknown): unknown {
  if (isMissing(cause)) {
    const who = index === null ? "The list" : "The index";
    return new FormatError(`${who} names "${shown(name)}", which is not there: ${cause.message}`, { code: "SHARD_MISSING", record: name, cause });
  }
  return inPart(name, cause);
}

/** Is that why a file could not be read: it is not there? */
export function isMissing(error: unknown): error is SourceError {
  if (!(error instanceof SourceError)) return false;
  const { code, cause } = error;
  const gone = typeof cause === "object" && cause !== null && "status" in cause && (cause.status === 404 || cause.status === 410);
  return code === "ENOENT" || code === "HTTP_STATUS" && gone;
}
