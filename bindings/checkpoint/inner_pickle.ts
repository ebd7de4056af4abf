// A pickle that is a record among others, with storages that are records too: constants.pkl of TorchScript, the pickles of
// torch.package. It is decoded by a core of its own, as a pickle without a container.
import type { Steps } from "../io/steps.js";
import { MemorySource } from "../io/memory.js";
import type { Value } from "../python/value.js";
import { Shelf } from "../torch/shelf.js";
import { dtypeById } from "../torch/dtype.js";
import { Archive } from "./archive.js";
import { Builder } from "./build.js";
import { bringFamilies } from "./needed.js";
import { readRecord } from "./record.js";
import type { RecordStorages } from "./record_storages.js";
import { served } from "./unpacked.js";

/** How to read it. */
export interface InnerOptions {
  /** Names that weights-only loading may see; undefined: refuse nothing. */
  readonly safe: Iterable<string> | undefined;
  readonly encoding: string;
  /** The record of a storage, within the folder, by its key. */
  recordOf(key: string): string;
}

/** How to read an archive of such pickles, which says itself where their storages are. */
export type OtherOptions = Omit<InnerOptions, "recordOf">;

/** The value of the pickle in this row. Its storages are those of `storages`, not read yet. */
export function* readInnerPickle(row: number, storages: RecordStorages, options: InnerOptions): Steps<Value> {
  const { archive, limits } = storages;
  const bytes = yield* readRecord(archive, row, limits);
  const inner = new Archive(bytes.length, archive.families);
  inner.pickleName = archive.entry(row).name;
  try {
    yield* served(inner.openPickle(options.safe, limits), new MemorySource(bytes));
    yield* bringFamilies(inner);
    const made = Array.from({ length: inner.storageCount }, (_, storage) => {
      const { key, location, dtype, nbytes } = inner.storage(storage);
      return storages.storage({ record: options.recordOf(key), dtype: dtypeById(dtype), key, location, nbytes });
    });
    return new Builder(inner, new Shelf(made.length, (storage) => made[storage]), options.encoding).root();
  } finally {
    inner.release();
  }
}
