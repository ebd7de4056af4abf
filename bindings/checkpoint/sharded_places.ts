// Which file holds which key: what the index says is held against what the files hold.
import { missingKey, twice } from "./sharded_join.js";

/** As much of a listed tensor as is asked here. */
interface Named {
  readonly name: string;
  readonly also: readonly string[];
}

/** The keys of a dict at the root under which a tensor stands, besides the name that it is listed by. */
export function keysOf(info: Named): string[] {
  const keys = [info.name];
  for (const path of info.also) if (/^\$\["(?:[^"\\]|\\.)*"\]$/.test(path)) keys.push(JSON.parse(path.slice(2, -1)) as string); // a JSON text
  return keys;
}

/**
 * Are the keys where the index says, and none in two files without it saying which?
 *
 * @throws FormatError `SHARD_KEY`, `SHARD_DUPLICATE`
 */
export function checkPlaces(shards: Iterable<readonly [name: string, tensors: Iterable<Named>]>, weightMap: ReadonlyMap<string, string> | undefined): void {
  const places = new Map<string, string>();
  for (const [name, tensors] of shards) {
    for (const info of tensors) {
      for (const key of keysOf(info)) {
        if (weightMap?.has(key) === true && weightMap.get(key) !== name) continue;
        const other = places.get(key);
        if (other !== undefined && other !== name) throw twice(JSON.stringify(key), other, name);
        places.set(key, name);
      }
    }
  }
  for (const [key, file] of weightMap ?? []) if (!places.has(key)) throw missingKey(key, file);
}
