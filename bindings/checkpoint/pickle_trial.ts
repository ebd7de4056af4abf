// Pickles of protocols 0 and 1 have no first bytes of their own, so a source is one where all of it is: it decodes, and ends
// at STOP.
import { BrineError } from "../core/errors.js";
import type { Steps } from "../io/steps.js";
import { Archive } from "./archive.js";
import type { Families } from "./families.js";
import type { Limits } from "./limits.js";

/** Why a source is no such pickle; null: it is one. Nothing is refused by policy here, so that a text is no refused pickle. */
export function* whyNoPickle(size: number, head: Uint8Array, families: Families, limits: Limits): Steps<string | null> {
  const trial = new Archive(size, families);
  try {
    yield* trial.openPickle(undefined, limits, head);
    return trial.end === size ? null : `as a pickle it ends at byte ${trial.end}, and more bytes follow`;
  } catch (cause) {
    if (!(cause instanceof BrineError) || cause.code === "LIMIT_DESCRIPTION") throw cause;
    return `as a pickle it breaks${cause.offset === undefined ? "" : ` at byte ${cause.offset}`}: ${cause.message}`;
  } finally {
    trial.release();
  }
}
