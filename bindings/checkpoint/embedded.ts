// Checkpoints in bytes of a pickle: torch writes a storage so, a whole stream in itself, where pickle.dump is used instead
// of torch.save. They are read as any other, in an archive of their own; nothing of them is run either.
import { LimitError } from "../core/errors.js";
import { MemorySource } from "../io/memory.js";
import { runSync, type Steps } from "../io/steps.js";
import type { Source } from "../io/source.js";
import type { Value } from "../python/value.js";

/** Such bytes may hold others of the kind, and no honest file goes on so. */
const MAX_DEPTH = 4;

/** Makes the value of a checkpoint that stands in bytes. */
export type Embedded = (bytes: Uint8Array) => Value;

/**
 * What reads the checkpoints in bytes of one that has `size` bytes: all of them together cannot have more.
 *
 * @param depth how deep that one stands itself; 0: in no other
 * @param load loads a checkpoint that stands so deep
 */
export function embeddedReader(size: number, depth: number, load: (source: Source, depth: number) => Steps<Value>): Embedded {
  let read = 0;
  return (bytes) => {
    if (depth === MAX_DEPTH) throw tooMuch(depth + 1, "checkpoints inside each other", MAX_DEPTH);
    read += bytes.length;
    if (read > size) throw tooMuch(read, "bytes of checkpoints inside a pickle", size);
    const source = new MemorySource(bytes);
    return runSync(load(source, depth + 1), source);
  };
}

function tooMuch(found: number, what: string, limit: number): LimitError {
  return new LimitError(`Found ${found} ${what}; the limit is ${limit}`, { code: "LIMIT_EMBEDDED", found, limit });
}
