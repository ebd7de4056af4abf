// Which tensor the bytes of a storage belong to, for those who watch: the first one that is listed.
import type { Archive } from "./archive.js";
import { ColumnList } from "./listing.js";

/** The name of the first tensor over the storage of a row; null: none is listed. The list is gone through when it is first asked. */
export function storageNames(archive: Archive): (row: number) => string | null {
  let names: (string | null)[] | undefined;
  return (row) => {
    if (names === undefined) {
      names = new Array<string | null>(archive.storageCount).fill(null);
      for (const { storageIndex, name } of new ColumnList(archive)) {
        const root = archive.viewOf(storageIndex)?.root ?? storageIndex;
        names[root] ??= name;
      }
    }
    return names[row];
  };
}
