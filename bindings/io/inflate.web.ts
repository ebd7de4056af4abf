// Deflate where there is no node:zlib: the platform's DecompressionStream. It refuses bytes behind the end by itself. How much
// comes out is counted here, and it is fed in small pieces, since all that comes of one piece is made before it is asked for.
import { joined } from "./joined.js";

/** A byte becomes at most 1,032: no piece becomes more than 17 MB. */
const PIECE = 16384;

/** Inflates at once; undefined where the runtime cannot. */
export const inflateNow: ((bytes: Uint8Array, format: "deflate-raw" | "gzip", most: number) => Uint8Array) | undefined = undefined;

/**
 * Inflates as a stream, where `inflateNow` is not there.
 * Rejects with a RangeError where more than `most` bytes would come out, and with other errors for data that is damaged.
 */
export async function inflateLater(bytes: Uint8Array, format: "deflate-raw" | "gzip", most: number, signal?: AbortSignal): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream(format);
  const writer = writable.getWriter();
  const reader: ReadableStreamDefaultReader<Uint8Array> = readable.getReader();
  const feeding = feed(writer, bytes);
  feeding.catch(() => undefined); // it is awaited below, or what went wrong is known already
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      signal?.throwIfAborted();
      length += part.value.length;
      if (length > most) throw new RangeError(`more than ${most} bytes come out`);
      parts.push(part.value);
    }
    await feeding;
  } catch (cause) {
    await Promise.allSettled([reader.cancel(cause), writer.abort(cause)]);
    throw cause;
  }
  return joined(parts, length);
}

async function feed(writer: WritableStreamDefaultWriter<BufferSource>, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE) await writer.write(new Uint8Array(bytes.slice(at, at + PIECE))); // a copy: streams take no shared memory
  await writer.close();
}
