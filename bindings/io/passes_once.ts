// What has no offsets to read at: it passes once, from front to back.

/** Is it a stream, or an answer? */
export function passesOnce(from: unknown): from is ReadableStream<Uint8Array> | Response {
  return isStream(from) || isResponse(from);
}

/** Is it a stream? What it gives is looked at as it comes. */
export function isStream(from: unknown): from is ReadableStream<Uint8Array> {
  return typeof ReadableStream === "function" && from instanceof ReadableStream;
}

/** Is it what fetch answers? */
export function isResponse(from: unknown): from is Response {
  return typeof Response === "function" && from instanceof Response;
}
