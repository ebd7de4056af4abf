// What has no offsets to read at: a stream, and the body of an answer that is here already. Taken into memory whole.
import { LimitError, SourceError } from "../core/errors.js";
import { MemorySource } from "./memory.js";
import type { Source } from "./source.js";

/** Takes a stream into memory, up to `most` bytes. */
export async function streamSource(stream: ReadableStream<Uint8Array>, most: number, signal: AbortSignal | undefined): Promise<Source> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  const stop = (): void => void reader.cancel(signal?.reason);
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
    await reader.cancel(cause).catch(() => undefined); // it is let go of, whatever it says to that
    throw cause;
  } finally {
    signal?.removeEventListener("abort", stop);
    reader.releaseLock();
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return new MemorySource(bytes);
}

/** The body of an answer that can be read. */
export interface Body {
  readonly name: string;
  /** null: it has none, not even an empty one. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** Bytes that were announced. */
  readonly stated: number | undefined;
}

/** The body of an answer, which has to be a whole file that nobody has read yet. */
export function bodyOf(answer: Response): Body {
  const name = answer.url === "" ? "this response" : answer.url;
  if (!answer.ok) throw new SourceError(`Cannot read ${name}: its status is ${answer.status} ${answer.statusText}`.trimEnd(), { code: "HTTP_STATUS" });
  if (answer.status === 206) throw new SourceError(`Cannot read ${name}: it is one range (206) and no whole file`, { code: "HTTP_RANGE" });
  if (answer.bodyUsed) throw new SourceError(`Cannot read ${name}: its body was read already`, { code: "STREAM_KIND" });
  const length = answer.headers.get("content-length");
  const plain = (answer.headers.get("content-encoding") ?? "identity") === "identity";
  return { name, body: answer.body, stated: length !== null && plain ? Number(length) : undefined };
}

/** Takes the body of an answer into memory. */
export async function responseSource(answer: Response, most: number, signal: AbortSignal | undefined): Promise<Source> {
  const { name, body, stated } = bodyOf(answer);
  if (body === null) return new MemorySource(new Uint8Array(0));
  const source = await streamSource(body, most, signal);
  if (stated !== undefined && stated !== source.size) {
    throw new SourceError(`Cannot read ${name}: a body of ${stated} bytes was announced, ${source.size} came`, { code: "HTTP_LENGTH" });
  }
  return source;
}
