// load of a zip without a data.pkl (other_zip.ts): its storages are records that its values ask for.
import { UnsupportedError } from "../core/errors.js";
import type { Steps } from "../io/steps.js";
import type { Value } from "../python/value.js";
import type { Archive } from "./archive.js";
import { limitsOf } from "./limits.js";
import { isWeightsOnly, type Prepared } from "./load.js";
import type { LoadOptions } from "./options.js";
import { readOther } from "./other_zip.js";
import { getSafeGlobals } from "./policy.js";
import { NO_READER, RecordStorages } from "./record_storages.js";

/** The values of a zip without a data.pkl. */
export function* prepareOther(archive: Archive, options: LoadOptions, big: boolean, put: (value: Value) => Value): Steps<Prepared> {
  if (options.mapLocation !== undefined && options.mapLocation !== null) {
    throw new UnsupportedError(`Option mapLocation: the storages of a ${archive.container} archive are read onto the CPU, with the labels that they have`, {
      code: "OPTION",
    });
  }
  const storages = new RecordStorages(archive, limitsOf(options.limits), NO_READER, big);
  const safe = isWeightsOnly(options) ? getSafeGlobals() : undefined;
  const root = yield* readOther(storages, { safe, encoding: options.encoding ?? "utf-8" });
  yield* storages.readAll();
  return { upload: null, build: () => put(root), tensors: null };
}
