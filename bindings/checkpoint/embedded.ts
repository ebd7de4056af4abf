// Checkpoints in bytes of a pickle, as `pickle.dumps` of a tensor writes them. They are met while values are built, which
// does not wait: whatever such a checkpoint may need is here.
import { runSync } from "../io/steps_sync.js";
import { LimitError } from "../core/errors.js";
import { MemorySource } from "../io/memory.js";
import type { Value } from "../python/value.js";
import { allFamilies } from "./families_all.js";
import { isWeightsOnly, prepareIn } from "./load.js";
import type { LoadOptions } from "./options.js";

/** Checkpoints stand in bytes of a plain pickle, those perhaps of another, and no honest file goes on so. */
const MAX_DEPTH = 4;

/** Reads checkpoints inside bytes of one that has `size` bytes: all of them together cannot have more. */
export function embeddedReader(size: number, options: LoadOptions, depth: number = 0): (bytes: Uint8Array) => Value {
  let left = size;
  return (bytes) => {
    left -= bytes.length;
    if (depth === MAX_DEPTH || left < 0) {
      const [what, limit] = depth === MAX_DEPTH ? ["checkpoints inside each other", MAX_DEPTH] : ["bytes of checkpoints inside a pickle", size];
      const found = depth === MAX_DEPTH ? depth + 1 : size - left;
      throw new LimitError(`Found ${found} ${what}; the limit is ${limit}`, { code: "LIMIT_EMBEDDED", found, limit });
    }
    const source = new MemorySource(bytes);
    // Its own place: none of the options that say where the outer one is.
    const { encoding, limits, checkCrc32 } = options;
    const weightsOnly = isWeightsOnly(options);
    const prepared = runSync(prepareIn(source, { encoding, limits, weightsOnly, checkCrc32 }, allFamilies(), depth + 1), source);
    try {
      return prepared.build(); // without mapLocation nothing goes to a device
    } finally {
      prepared.release();
    }
  };
}
