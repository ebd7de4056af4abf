// Storages that are records of a zip by themselves, named by something other than the archive's data.pkl: a JSON record, or
// another pickle. Each is read when it is asked for, or all of them at once.
import { BrineError, FormatError, LimitError } from "../core/errors.js";
import { swapBytes } from "../core/kernels.js";
import type { Steps } from "../io/steps.js";
import type { DType } from "../torch/dtype.js";
import { Storage } from "../torch/storage.js";
import type { Archive } from "./archive.js";
import type { Limits } from "./limits.js";
import { readRecord } from "./record.js";

/** Runs reads for storages that are asked for later. */
export interface Reader {
  run<T>(steps: Steps<T>): Promise<T>;
  /** Undefined where the source can only be waited for. */
  readonly runSync: (<T>(steps: Steps<T>) => T) | undefined;
}

/** The reader of a load, which calls `readAll` before anybody sees a storage. */
export const NO_READER: Reader = { run: () => Promise.reject(new BrineError("These bytes were not read", { code: "NOT_LOCAL" })), runSync: undefined };

/** What a storage is made with. */
export interface RecordStorage {
  /** Name of its record within the folder. */
  readonly record: string;
  readonly dtype: DType;
  readonly key: string;
  readonly location: string;
  /** What whoever names it claims; undefined: whatever the record has. */
  readonly nbytes?: number;
}

/** The storages of one archive, each record one of them. */
export class RecordStorages {
  readonly archive: Archive;
  readonly limits: Limits;
  readonly reader: Reader;
  readonly #big: boolean;
  readonly #made: Map<number, { readonly storage: Storage; readonly dtype: DType }> = new Map();
  #rows: Map<string, number> | undefined;

  constructor(archive: Archive, limits: Limits, reader: Reader, big: boolean) {
    this.archive = archive;
    this.limits = limits;
    this.reader = reader;
    this.#big = big;
  }

  /** The row of a record within the folder; undefined where there is none. */
  rowOf(record: string): number | undefined {
    if (this.#rows === undefined) {
      this.#rows = new Map();
      for (let row = 0; row < this.archive.entryCount; row++) {
        const { name } = this.archive.entry(row);
        this.#rows.set(name, this.#rows.has(name) ? TWICE : row);
      }
    }
    const { folder } = this.archive;
    const row = this.#rows.get(folder === "" ? record : `${folder}/${record}`);
    if (row !== TWICE) return row;
    throw new FormatError(`Cannot read record "${record}": the archive holds two of that name, and readers disagree on which one counts`, {
      code: "ZIP_DUPLICATE", record,
    });
  }

  /** The storage over a record. */
  storage({ record, dtype, key, location, nbytes }: RecordStorage): Storage {
    const row = this.rowOf(record);
    if (row === undefined) {
      if (nbytes === 0) return new Storage(new Uint8Array(0), { dtype, key, location });
      throw new FormatError(`No record for storage "${key}": file not found in the archive`, { code: "STORAGE_MISSING", record });
    }
    const { size } = this.archive.entry(row);
    if (nbytes !== undefined && nbytes !== size) {
      throw new FormatError(`A storage's record size does not match expected size: ${nbytes} bytes are claimed, the record has ${size}`, {
        code: "STORAGE_SIZE", record,
      });
    }
    const known = this.#made.get(row);
    if (known !== undefined) return known.storage;
    const { runSync } = this.reader;
    const steps = (): Steps<Uint8Array> => this.#read(row, dtype);
    const storage = Storage.deferred({
      dtype, key, location, nbytes: size,
      read: () => this.reader.run(steps()),
      readSync: runSync === undefined ? undefined : () => runSync(steps()),
    });
    this.#made.set(row, { storage, dtype });
    return storage;
  }

  /** Reads every storage that was made. */
  *readAll(): Steps<void> {
    let total = 0;
    for (const { storage } of this.#made.values()) total += storage.nbytes;
    const { storages } = this.limits;
    if (total > storages) {
      throw new LimitError(`The storages have ${total} bytes; limits.storages is ${storages}`, { code: "LIMIT_STORAGES", found: total, limit: storages });
    }
    for (const [row, { storage, dtype }] of this.#made) storage.supply(yield* this.#read(row, dtype));
  }

  *#read(row: number, dtype: DType): Steps<Uint8Array> {
    const bytes = yield* readRecord(this.archive, row, this.limits, Infinity);
    const width = Math.min(8, dtype.isComplex ? dtype.itemsize / 2 : dtype.itemsize);
    if (this.#big && width > 1) {
      const turned = bytes.slice();
      swapBytes(turned, width as 2 | 4 | 8); // itemsizes are powers of two
      return turned;
    }
    return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  }
}

/** The mark of a name that two records have. */
const TWICE = -1;
