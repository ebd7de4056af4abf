// Checkpoints inside gzip: the file is unpacked as a whole, and its content is read from memory.
import { LimitError } from "../core/errors.js";
import { MemorySource } from "../io/memory.js";
import type { Source } from "../io/source.js";
import { answer, hand, packedOf, type Steps } from "../io/steps.js";
import { Archive } from "./archive.js";
import { faultOf, type Begun } from "./begin.js";
import type { Limits } from "./limits.js";

/**
 * Opens the content of a gzip file. What is wrong with the gzip itself is thrown.
 *
 * @param whole the archive that the file was taken for, which is let go of where it could be unpacked
 */
export function* beginUnpacked(whole: Archive, source: Source, names: readonly string[] | undefined, limits: Limits): Steps<Begun> {
  const content = new MemorySource(yield* unpacked(source.size, limits));
  whole.release();
  const archive = new Archive(content.size, whole.families, "gzip");
  try {
    yield* served(archive.open(names, limits), content);
  } catch (cause) {
    return { archive, source: content, fault: faultOf(archive, cause) };
  }
  return { archive, source: content, fault: null };
}

/** The content of a source that is a gzip file, all of which is read. */
function* unpacked(size: number, limits: Limits): Steps<Uint8Array> {
  if (size > limits.inflated) { // gzip makes nothing larger by more than a trifle
    throw new LimitError(`The gzip file has ${size} bytes; limits.inflated is ${limits.inflated}`, {
      code: "LIMIT_INFLATED", found: size, limit: limits.inflated,
    });
  }
  const [content] = yield [{ offset: 0, length: size, gunzipped: limits.inflated }];
  return content;
}

/** Steps whose reads a source in memory answers. What is deflated goes on, with its bytes: inflating may take a promise. */
export function* served<T>(steps: Steps<T>, source: Source): Steps<T> {
  let result = steps.next();
  while (result.done !== true) {
    const reads = result.value;
    if (reads instanceof Promise) {
      try {
        yield reads;
      } catch (cause) {
        result = steps.throw(cause);
        continue;
      }
      result = steps.next([]);
      continue;
    }
    if (reads.length > 0 && reads.every((read) => packedOf(read) === undefined)) {
      result = steps.next(reads.map((read) => hand(read, answer(read, source))));
      continue;
    }
    let bytes: readonly Uint8Array[];
    try {
      bytes = yield reads.map((read) => ({ ...read, held: answer({ offset: read.offset, length: read.length }, source) }));
    } catch (cause) {
      result = steps.throw(cause);
      continue;
    }
    result = steps.next(bytes);
  }
  return result.value;
}
