// What has no offsets to read at: a stream, and the body of an answer that is here already. Taken into memory whole.
import { LimitError, SourceError } from "../core/errors.js";
import { bodyOf, brokenOff } from "./body.js";
import { joined } from "./joined.js";
import { MemorySource } from "./memory.js";
import type { Source } from "./source.js";

/** Takes a stream into memory, up to `most` bytes. */
export async function streamSource(stream: ReadableStream<Uint8Array>, most: number, signal: AbortSignal | undefined): Promise<Source> {
  const parts: Uint8Array[] = [];
  let length = 0;
  if (stream.locked) throw new SourceError("Cannot read this stream: somebody else reads it", { code: "STREAM_KIND" });
  const reader = stream.getReader();
  const letGo = (reason: unknown): void => void reader.cancel(reason).catch(() => undefined); // whatever it says to that, nobody waits for it
  const stop = (): void => letGo(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) break;
      if (!(value instanceof Uint8Array)) throw new SourceError("Cannot read this stream: it gives something other than bytes", { code: "STREAM_KIND" });
      length += value.length;
      if (length > most) {
        throw new LimitError(`A stream has more bytes than maxBuffered, ${most}: save it to a file, or open it by its address`, {
          code: "LIMIT_BUFFERED", found: length, limit: most,
        });
      }
      parts.push(value);
    }
  } catch (cause) {
    letGo(cause);
    throw cause;
  } finally {
    signal?.removeEventListener("abort", stop);
    reader.releaseLock();
  }
  return new MemorySource(joined(parts, length));
}

/** Takes the body of an answer into memory. */
export async function responseSource(answer: Response, most: number, signal: AbortSignal | undefined): Promise<Source> {
  const { name, body, stated } = bodyOf(answer);
  if (body === null) return new MemorySource(new Uint8Array(0));
  const source = await streamSource(body, most, signal).catch((cause: unknown) => { throw brokenOff(name, cause); });
  if (stated !== undefined && stated !== source.size) {
    throw new SourceError(`Cannot read ${name}: a body of ${stated} bytes was announced, ${source.size} came`, { code: "HTTP_LENGTH" });
  }
  return source;
}
