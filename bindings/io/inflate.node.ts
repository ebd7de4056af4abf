// Deflate on Node, Deno and Bun: node:zlib, at once, and it stops where more comes out than is allowed.
import { constants } from "node:buffer";
import { gunzipSync, inflateRawSync } from "node:zlib";

/**
 * Inflates at once; undefined where the runtime cannot. gzip is taken as gzip takes it: members one behind the other.
 * Throws a RangeError where more than `most` bytes would come out, and other errors for data that is damaged.
 */
export const inflateNow: ((bytes: Uint8Array, format: "deflate-raw" | "gzip", most: number) => Uint8Array) | undefined = (bytes, format, most) => {
  const options = { maxOutputLength: Math.max(1, Math.min(most, constants.MAX_LENGTH)), info: true };
  const answer: unknown = (format === "gzip" ? gunzipSync : inflateRawSync)(bytes, options);
  const { buffer, engine } = answer as { buffer: Uint8Array; engine: { bytesWritten: number } }; // what `info` answers
  if (format !== "gzip" && engine.bytesWritten !== bytes.length) {
    throw new Error(`the data ends after ${engine.bytesWritten} of its ${bytes.length} bytes`);
  }
  return buffer;
};

/** Inflates as a stream, where `inflateNow` is not there. */
export async function inflateLater(_bytes: Uint8Array, _format: "deflate-raw" | "gzip", _most: number, _signal?: AbortSignal): Promise<Uint8Array> {
  throw new Error("inflateNow is here");
}
