// Memory that a load would take, counted before anything is allocated.
import { LimitError } from "../core/errors.js";
import type { Archive } from "./archive.js";
import type { Limits } from "./limits.js";

/** One typed array ends here on Node 20; a larger storage is read by slices. */
const LARGEST_ARRAY = 4294967296;

/** Throws a LimitError where the storages pass the limit, or one of them what the engine can hold. */
export function checkTotal(archive: Archive, limits: Limits): void {
  checkSizes(archive.ownRows(), (row) => archive.storageBytes(row), (row) => archive.storage(row).key, limits);
}

/** As `checkTotal`, of storages that are told by these functions. */
export function checkSizes(rows: Iterable<number>, nbytesOf: (row: number) => number, keyOf: (row: number) => string, limits: Limits): void {
  let total = 0;
  for (const row of rows) {
    const nbytes = nbytesOf(row);
    total += nbytes;
    if (nbytes > LARGEST_ARRAY) {
      throw new LimitError(`Storage "${keyOf(row)}" has ${nbytes} bytes; one buffer holds ${LARGEST_ARRAY} here. Open the file and read its parts`, {
        code: "LIMIT_BUFFER", found: nbytes, limit: LARGEST_ARRAY,
      });
    }
  }
  if (total > limits.storages) {
    throw new LimitError(`The storages have ${total} bytes; limits.storages is ${limits.storages}`, {
      code: "LIMIT_STORAGES", found: total, limit: limits.storages,
    });
  }
}
