// torch.package archives: pickles among sources and texts. reference §1.9.
//
//   .data/extern_modules │ .data/N.storage │ <package>/<resource>.pkl │ <module>.py
//         extern_modules │ data/N                                         in torch 1.8
//
// A pickle names its storages as one of torch.save does; their bytes are in .data. The sources are never run, so the classes
// that they define are inert.
import { UnpicklingError, UnsupportedError } from "../core/errors.js";
import type { Steps } from "../io/steps.js";
import { Dict } from "../python/dict.js";
import type { Value } from "../python/value.js";
import { readInnerPickle } from "./inner_pickle.js";
import type { OtherOptions } from "./inner_pickle.js";
import { namesOf } from "./record.js";
import type { RecordStorages } from "./record_storages.js";

/** The value of every pickle, by the name of its record. */
export function* readPackage(storages: RecordStorages, options: OtherOptions): Steps<Value> {
  const { archive } = storages;
  const out = new Dict<Value, Value>();
  const inFolder = archive.folder.length + 1;
  const old = storages.rowOf(".data/extern_modules") === undefined;
  const recordOf = (key: string): string => (old ? `data/${key}` : `.data/${key}.storage`);
  for (const [row, full] of namesOf(archive).entries()) {
    const name = full.slice(inFolder);
    if (!name.endsWith(".pkl") || name.startsWith(".data/")) continue;
    try {
      out.set(name, yield* readInnerPickle(row, storages, { ...options, recordOf }));
    } catch (cause) {
      if (!(cause instanceof UnpicklingError) || cause.code !== "PERSISTENT_ID") throw cause;
      // ("reduce_package", function, arguments): how FX graphs and TorchScript are put into packages.
      throw new UnsupportedError(
        `Cannot load "${name}" of this torch.package archive: a reducer of its own made an object in it, which only running the package ` +
          "makes again. Its records are listed by inspect",
        { code: "PACKAGE", record: full, ...(cause.offset === undefined ? {} : { offset: cause.offset }), cause },
      );
    }
  }
  if (out.size > 0) return out;
  throw new UnsupportedError("Cannot load this torch.package archive: it holds no record named .pkl. Its records are listed by inspect", { code: "PACKAGE" });
}
