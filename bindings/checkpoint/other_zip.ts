// The values of zips without a data.pkl: torch.export (.pt2), torch.package, and TorchScript of torch 1.0 to 1.2. Each is
// told apart by its records (detect.ts) and read by a file of its own.
import type { Steps } from "../io/steps.js";
import type { Value } from "../python/value.js";
import type { OtherOptions } from "./inner_pickle.js";
import { readModelJson } from "./model_json.js";
import { readPackage } from "./package.js";
import { readPt2 } from "./pt2.js";
import type { RecordStorages } from "./record_storages.js";

/** What such a zip holds, its storages not read. */
export function* readOther(storages: RecordStorages, options: OtherOptions): Steps<Value> {
  switch (storages.archive.container) {
    case "pt2": return yield* readPt2(storages);
    case "package": return yield* readPackage(storages, options);
    default: return (yield* readModelJson(storages, options)).root;
  }
}
