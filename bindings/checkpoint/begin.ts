// Where a checkpoint begins: at an offset of what the user gave, and perhaps inside gzip. Everything behind this sees a
// source that is the checkpoint from its first byte on.
import { ArgumentError, BrineError } from "../core/errors.js";
import { MemorySource } from "../io/memory.js";
import type { RunOptions, Steps } from "../io/steps.js";
import type { Source } from "../io/source.js";
import { WindowSource } from "../io/window.js";
import { Archive } from "./archive.js";
import type { Families } from "./families.js";
import type { Limits } from "./limits.js";

/** The source from byte `offset` on. */
export function beginAt(source: Source, offset: number | undefined): Source {
  if (offset === undefined || offset === 0) return source;
  if (offset > source.size) {
    throw new ArgumentError(`Option offset: ${offset} lies behind the ${source.size} bytes of ${source.name ?? "the source"}`, { code: "OPTION" });
  }
  return new WindowSource(source, offset, source.size - offset);
}

/** The source, which where its reads are dear keeps the description that it was looked ahead for. */
export async function ahead(source: Source, families: Families, running: RunOptions): Promise<Source> {
  return source.gap === undefined ? source : (await families.far.fetch()).readAhead(source, running);
}

/** An archive that was opened, or tried to be. */
export interface Begun {
  readonly archive: Archive;
  /** What its reads go to: the source itself, or the content of its gzip. */
  readonly source: Source;
  /** Why it could not be opened. */
  readonly fault: BrineError | null;
}

/**
 * Opens what a source holds. The archive is the caller's to release, also where it could not be opened.
 *
 * @param safe as `Archive.open` takes it
 */
export function* begin(source: Source, safe: Iterable<string> | undefined, limits: Limits, families: Families): Steps<Begun> {
  const names = safe === undefined ? undefined : [...safe];
  const whole = new Archive(source.size, families, "", source.gap);
  try {
    if (!(yield* whole.open(names, limits))) return { archive: whole, source, fault: null };
    return yield* (yield* families.gzip.get()).beginUnpacked(whole, source, names, limits);
  } catch (cause) {
    return { archive: whole, source, fault: faultOf(whole, cause) };
  }
}

/** What a file did is told; everything else, such as an abort, goes on its way. */
export function faultOf(archive: Archive, cause: unknown): BrineError {
  if (cause instanceof BrineError) return cause;
  archive.release();
  throw cause;
}

/** Steps of what was begun on `source`, to be run on that. */
export function within<T>(begun: Begun, source: Source, steps: Steps<T>): Steps<T> {
  return begun.source === source ? steps : begun.archive.families.gzip.module.served(steps, begun.source);
}

/** The byte of `whole` behind an archive that was begun at byte `offset` of it. */
export function endOf(archive: Archive, source: Source, whole: Source, offset: number = 0): number {
  const isPart = source === whole || !(source instanceof MemorySource); // and not the content of a gzip file
  return isPart ? offset + archive.end : whole.size;
}
