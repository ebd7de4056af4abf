// What is deflated, inflated by the platform (`#io/inflate`), and held against what was declared: so that a small record
// cannot become a large one, and nothing is left over unseen.
import * as platform from "#io/inflate";
import { FormatError, LimitError, UnsupportedError } from "../core/errors.js";

/** What is packed, and how much may come of it. */
export type Packed =
  | { readonly format: "deflate-raw"; /** Bytes that it declares: neither more nor fewer. */ readonly size: number }
  | { readonly format: "gzip"; /** Bytes that it may have. */ readonly most: number };

/** The content, at once. */
export function inflateSync(bytes: Uint8Array, packed: Packed): Uint8Array {
  if (platform.inflateNow === undefined) {
    throw new UnsupportedError(`Cannot inflate ${packed.format === "gzip" ? "gzip" : "a deflated record"} synchronously: this runtime inflates only streams; use load or open`, {
      code: "NOT_SYNC",
    });
  }
  try {
    return checked(platform.inflateNow(bytes, packed.format, mostOf(packed)), packed);
  } catch (cause) {
    throw refusal(cause, packed);
  }
}

/** The content, once it is there. Rejects with the signal's reason when aborted. */
export async function inflate(bytes: Uint8Array, packed: Packed, signal?: AbortSignal): Promise<Uint8Array> {
  if (platform.inflateNow !== undefined) return inflateSync(bytes, packed);
  try {
    return checked(await platform.inflateLater(bytes, packed.format, mostOf(packed), signal), packed);
  } catch (cause) {
    signal?.throwIfAborted();
    throw refusal(cause, packed);
  }
}

function mostOf(packed: Packed): number {
  return packed.format === "gzip" ? Math.min(packed.most, Number.MAX_SAFE_INTEGER) : packed.size;
}

function checked(bytes: Uint8Array, packed: Packed): Uint8Array {
  if (packed.format === "gzip" || bytes.length === packed.size) return bytes;
  throw new FormatError(`Cannot inflate a record: it declares ${packed.size} bytes, its data has ${bytes.length}`, { code: "INFLATE" });
}

function refusal(cause: unknown, packed: Packed): unknown {
  if (cause instanceof FormatError) return cause;
  if (packed.format === "deflate-raw") {
    return new FormatError(
      `Cannot inflate a record: its deflated data is damaged, or longer than the ${packed.size} bytes that it declares, or has bytes behind its end`,
      { code: "INFLATE", cause },
    );
  }
  if (cause instanceof RangeError) {
    return new LimitError(`The gzip file holds more than ${packed.most} bytes; limits.inflated is ${packed.most}`, {
      code: "LIMIT_INFLATED", found: packed.most + 1, limit: packed.most, cause,
    });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FormatError(`Cannot read gzip file: its data is damaged or cut short (${why}). Fetch it again, or unpack it`, { code: "GZIP", offset: 0, cause });
}
