// The body of what fetch answered.
import { SourceError } from "../core/errors.js";

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

/** What a body throws that breaks off: fetch tells of lost connections by TypeErrors. Anything else is somebody's own, such as the reason of an abort. */
export function brokenOff(name: string, cause: unknown): unknown {
  return cause instanceof TypeError ? new SourceError(`Cannot read ${name}: ${reasonOf(cause)}`, { code: "HTTP_LOST", cause }) : cause;
}

/** What fetch throws says little: the reason is behind it. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}
