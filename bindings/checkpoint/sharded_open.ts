// open of a checkpoint in several files. Those at hand are opened at once; behind addresses each is opened when the first of
// its tensors is asked for, since the index tells in which file a tensor is.
import { BrineError } from "../core/errors.js";
import type { SourceLike, SyncSourceLike } from "../io/to_source.js";
import type { CheckpointFile } from "./checkpoint_file.js";
import type { OpenOptions } from "./options.js";
import { ShardedFile } from "./sharded_file.js";
import type { PartList } from "./sharded_kind.js";
import { isAddress } from "./sharded_names.js";
import { resolveShards, resolveShardsSync, shardError } from "./sharded_load.js";
import { SharedProgress } from "./sharded_progress.js";

/** Opens one file. */
type OpenOne = (source: SourceLike, options: OpenOptions) => Promise<CheckpointFile>;

/** Opens a checkpoint in several files; `openOne` opens one of them. */
export async function openSharded(source: PartList | string | URL, options: OpenOptions, openOne: OpenOne): Promise<CheckpointFile> {
  const found = await resolveShards(source, options);
  if ("one" in found) return openOne(found.one, options);
  const progress = options.onProgress && new SharedProgress(options.onProgress, found.shards.length);
  const file = new ShardedFile(found, (shard, signal) => openOne(shard.source, { ...options, signal, onProgress: progress?.of(found.shards.indexOf(shard)) }));
  try {
    if (found.index === null || !found.shards.some(({ source: from }) => isFar(from))) await file.openAll({ signal: options.signal });
    return file;
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

/** As `openSharded`, at once. */
export function openShardedSync(
  source: PartList | string | URL, options: OpenOptions, openOne: (source: SyncSourceLike, options: OpenOptions) => CheckpointFile,
): CheckpointFile {
  const found = resolveShardsSync(source, options);
  if ("one" in found) return openOne(found.one as SyncSourceLike, options); // a path
  const opened = new Map<string, CheckpointFile>();
  try {
    for (const { name, source: from } of found.shards) {
      try {
        opened.set(name, openOne(from as SyncSourceLike, options)); // what cannot be opened at once says so
      } catch (cause) {
        throw shardError(name, found.index, cause);
      }
    }
    return new ShardedFile(found, () => Promise.reject(new BrineError("It is open already", { code: "ORDER" })), opened);
  } catch (cause) {
    for (const file of opened.values()) void file.close();
    throw cause;
  }
}

function isFar(source: SourceLike): boolean {
  return (source instanceof URL || typeof source === "string" && isAddress(source)) && !/^file:/i.test(String(source));
}
