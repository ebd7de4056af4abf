// inspect of a checkpoint in several files: what each of them holds, what all of them hold together, and whether they belong
// together. A file that is not there is a fault of the checkpoint, as a record that is not there is one of a zip.
import { BrineError, FormatError, LimitError } from "../core/errors.js";
import { shown } from "../core/shown.js";
import type { SourceLike } from "../io/to_source.js";
import type { InspectedShard, Inspection } from "./inspect.js";
import { faultOf, fileVerdict, type InspectedFault, type InspectedGlobal } from "./inspected.js";
import type { OpenOptions } from "./options.js";
import type { PartList } from "./sharded_kind.js";
import { forEach, isMissing, resolveShards, shardError, type FoundShards } from "./sharded_load.js";
import { checkPlaces } from "./sharded_places.js";
import { SharedProgress } from "./sharded_progress.js";
import type { Shard } from "./shards.js";

/** Files that are looked at at one time. */
const AT_ONCE = 4;

/** Tells what a checkpoint in several files holds; `inspectOne` tells it of one of them. */
export async function inspectSharded(
  source: PartList | string | URL, options: OpenOptions, inspectOne: (source: SourceLike, options: OpenOptions) => Promise<Inspection>,
): Promise<Inspection> {
  let found: FoundShards | { readonly one: SourceLike };
  try {
    found = await resolveShards(source, options);
  } catch (cause) {
    if (!(cause instanceof FormatError || cause instanceof LimitError)) throw cause;
    return together([], faultOf(cause)); // an index that cannot be believed, a part that its own name tells of
  }
  if ("one" in found) return inspectOne(found.one, options);
  const { shards, index } = found;
  const progress = options.onProgress && new SharedProgress(options.onProgress, shards.length);
  const inspected = await forEach(shards, AT_ONCE, options, index, async (shard: Shard, signal, i): Promise<InspectedShard> => {
    try {
      return { name: shard.name, inspection: await inspectOne(shard.source, { ...options, signal, onProgress: progress?.of(i) }) };
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
      return { name: shard.name, inspection: together([], faultOf(shardError(shard.name, index, cause) as BrineError)) }; // it makes one of that
    }
  });
  return together(inspected, faultIn(inspected) ?? faultBetween(inspected, found));
}

/** The first fault in a file. */
function faultIn(shards: readonly InspectedShard[]): InspectedFault | null {
  for (const { name, inspection: { fault } } of shards) {
    if (fault !== null) return fault.code === "SHARD_MISSING" ? fault : { ...fault, message: `In "${shown(name)}": ${fault.message}` };
  }
  return null;
}

/** What is wrong though each file is whole: it belongs to no checkpoint, or its keys are not those that the index tells. */
function faultBetween(shards: readonly InspectedShard[], { index }: FoundShards): InspectedFault | null {
  try {
    checkPlaces(shards.map(({ name, inspection }) => [name, inspection.tensors]), index?.weightMap);
    return null;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    return faultOf(cause);
  }
}

/** All of it as one checkpoint. Records are called by their file first. */
function together(shards: readonly InspectedShard[], fault: InspectedFault | null): Inspection {
  const in_ = <T extends { readonly record: string | null }>(name: string, { record, ...rest }: T): T => ({ ...rest, record: record === null ? name : `${name}/${record}` }) as T; // only the record is another
  // A name that two files use alike stands once, where it was met first; one may be inert in one file and dangerous in the other.
  const globals = new Map<string, InspectedGlobal>();
  for (const global of shards.flatMap(({ inspection }) => inspection.globals)) {
    const { module, name, verdict } = global;
    const key = `${module}.${name} ${verdict}`;
    if (!globals.has(key)) globals.set(key, global);
  }
  const members = shards.flatMap(({ name, inspection }) => inspection.members.map((member) => in_(name, member)));
  const warnings = shards.flatMap(({ name, inspection }) => inspection.warnings.map((warning) => in_(name, warning)));
  const all = [...globals.values()];
  const size = shards.reduce((sum, { inspection }) => sum + inspection.size, 0);
  return {
    container: "sharded",
    size,
    end: fault === null ? size : null,
    records: [],
    globals: all,
    tensors: shards.flatMap(({ inspection }) => inspection.tensors),
    storages: shards.flatMap(({ inspection }) => inspection.storages),
    saveOptions: null,
    fault,
    members,
    warnings,
    shards,
    verdict: fileVerdict(all, fault, members, warnings),
  };
}
