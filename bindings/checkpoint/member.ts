// A checkpoint inside a zip: stable-baselines3, torch.export before 2.8 and others put whole files of torch.save into one.
// A stored member is a window of the source; a deflated one is inflated first.
import { MemorySource } from "../io/memory.js";
import type { Source } from "../io/source.js";
import { run, runSync, type RunOptions, type Steps } from "../io/steps.js";
import { WindowSource } from "../io/window.js";
import { Archive } from "./archive.js";
import { limitsOf, type Limits } from "./limits.js";
import { contentOf, memberRow, readRecord } from "./record.js";

/** Which member. */
export interface MemberOptions {
  readonly member?: string;
  readonly limits?: Partial<Limits>;
}

/** The source of the member that the options name, or the source itself where they name none; read ahead where it is far. */
export async function memberSource(source: Source, options: MemberOptions, running: RunOptions): Promise<Source> {
  const whole = await ahead(source, running);
  if (options.member === undefined) return whole;
  return ahead(sourceOf(whole, await run(find(whole.size, options.member, limitsOf(options.limits)), whole, running)), running);
}

/** As `memberSource`, at once. */
export function memberSourceSync(source: Source, options: MemberOptions): Source {
  if (options.member === undefined) return source;
  return sourceOf(source, runSync(find(source.size, options.member, limitsOf(options.limits)), source));
}

/** A source whose reads are dear has the description read ahead; what that takes is fetched for no other. */
async function ahead(source: Source, running: RunOptions): Promise<Source> {
  return source.gap === undefined ? source : (await import("./look_ahead.js")).readAhead(source, running);
}

/** Inflated bytes, or a place in the source. */
type Found = Uint8Array | { readonly from: number; readonly length: number };

function sourceOf(source: Source, found: Found): Source {
  return found instanceof Uint8Array ? new MemorySource(found) : new WindowSource(source, found.from, found.length);
}

function* find(size: number, name: string, limits: Limits): Steps<Found> {
  const archive = new Archive(size);
  try {
    yield* archive.openDirectory(limits);
    const row = memberRow(archive, name);
    const content = yield* contentOf(archive, row);
    return content.deflated ? yield* readRecord(archive, row, limits) : content;
  } finally {
    archive.release();
  }
}
