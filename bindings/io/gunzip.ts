// gzip by the platform: node:zlib, which checks lengths and CRCs, takes members one behind the other as gzip does, and stops
// at the bytes that it is allowed, however much more the data would give.
import { gunzipSync } from "node:zlib";
import { FormatError, LimitError } from "../core/errors.js";

/** The content of a gzip file, of at most so many bytes. */
export function gunzip(packed: Uint8Array, most: number): Uint8Array {
  try {
    return gunzipSync(packed, { maxOutputLength: Math.max(1, Math.min(most, Number.MAX_SAFE_INTEGER)) });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE") {
      throw new LimitError(`The gzip file holds more than ${most} bytes; limits.inflated is ${most}`, {
        code: "LIMIT_INFLATED", found: most + 1, limit: most, cause,
      });
    }
    throw new FormatError(
      `Cannot read gzip file: its data is damaged or cut short (${cause instanceof Error ? cause.message : String(cause)}). Fetch it again`,
      { code: "GZIP", offset: 0, cause },
    );
  }
}
