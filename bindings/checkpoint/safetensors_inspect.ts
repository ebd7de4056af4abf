// inspect of a safetensors file: what its header says, or why it cannot be believed. There is nothing in it that could run.
import { BrineError, SourceError } from "../core/errors.js";
import { run, type RunOptions } from "../io/steps.js";
import type { Source } from "../io/source.js";
import type { SafeHeader } from "../safetensors/header.js";
import type { InspectedTensor, Inspection } from "./inspect.js";
import { faultOf, fileVerdict } from "./inspected.js";
import type { Limits } from "./limits.js";
import { readSafeHeader } from "./safetensors.js";
import { saveOptionsOf } from "./safetensors_file.js";
import { SafeList } from "./safetensors_listing.js";

/** Tells what a safetensors file holds; `size` is that of the source it stands in. */
export async function inspectSafetensors(source: Source, size: number, limits: Limits, running: RunOptions): Promise<Inspection> {
  let header: SafeHeader | null = null;
  let fault: BrineError | null = null;
  try {
    header = await run(readSafeHeader(source.size, limits), source, running);
  } catch (cause) {
    if (!(cause instanceof BrineError) || cause instanceof SourceError) throw cause;
    fault = cause;
  }
  const found = fault === null ? null : faultOf(fault);
  const tensors = header === null ? [] : Array.from(new SafeList(header));
  return {
    container: "safetensors",
    size,
    end: header === null ? null : size,
    records: [],
    globals: [],
    tensors: tensors.map((tensor) => tensor.toJSON() as InspectedTensor), // toJSON gives these
    storages: tensors.map(({ storageKey, location, nbytes }) => ({ key: storageKey, location, nbytes })),
    saveOptions: header === null ? null : saveOptionsOf(header),
    fault: found,
    members: [],
    warnings: [],
    shards: [],
    verdict: fileVerdict([], found, [], []),
  };
}
