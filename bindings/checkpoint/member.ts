// A checkpoint inside a zip: stable-baselines3, torch.export before 2.8 and others put whole files of torch.save into one.
// A stored member is a window of the source; a deflated one is inflated first.
import { MemorySource } from "../io/memory.js";
import type { Source } from "../io/source.js";
import { run, type RunOptions, type Steps } from "../io/steps.js";
import { runSync } from "../io/steps_sync.js";
import { WindowSource } from "../io/window.js";
import { Archive } from "./archive.js";
import { ahead } from "./begin.js";
import type { Families } from "./families.js";
import { limitsOf, type Limits } from "./limits.js";
import { contentOf, memberRow, readRecord } from "./record.js";

/** Which member. */
export interface MemberOptions {
  readonly member?: string;
  readonly limits?: Partial<Limits>;
}

/** The source of the member that the options name, or the source itself where they name none; read ahead where it is far. */
export async function memberSource(source: Source, options: MemberOptions, families: Families, running: RunOptions): Promise<Source> {
  if (options.member === undefined) return source;
  const found = await run(find(source.size, options.member, limitsOf(options.limits), families), source, running);
  return ahead(sourceOf(source, found), families, running);
}

/** As `memberSource`, at once. */
export function memberSourceSync(source: Source, options: MemberOptions, families: Families): Source {
  if (options.member === undefined) return source;
  return sourceOf(source, runSync(find(source.size, options.member, limitsOf(options.limits), families), source));
}

/** Inflated bytes, or a place in the source. */
type Found = Uint8Array | { readonly from: number; readonly length: number };

function sourceOf(source: Source, found: Found): Source {
  return found instanceof Uint8Array ? new MemorySource(found) : new WindowSource(source, found.from, found.length);
}

function* find(size: number, name: string, limits: Limits, families: Families): Steps<Found> {
  const archive = new Archive(size, families);
  try {
    yield* archive.openDirectory(limits);
    const row = memberRow(archive, name);
    const content = yield* contentOf(archive, row);
    return content.deflated ? yield* readRecord(archive, row, limits) : content;
  } finally {
    archive.release();
  }
}
