// Which tensor the bytes of a storage belong to, for those who watch: the first one that is listed.
import type { Watch } from "../io/progress.js";
import type { Archive } from "./archive.js";
import type { FetchOptions } from "./fetch.js";
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

/** What fetching tells of itself to those who watch. */
export function watching(archive: Archive, watch: Watch): Pick<FetchOptions, "planned" | "nameOf"> {
  return { planned: (bytes) => watch.begin("read", bytes), nameOf: storageNames(archive) };
}
