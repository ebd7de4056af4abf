// The index of a checkpoint in several files, as transformers writes it beside them:
//
//   { "metadata": { "total_size": 26966712320 }, "weight_map": { "model.embed.weight": "model-00001-of-00003.safetensors", … } }
//
// It decides which files are opened, so it is read strictly: no key twice, and no name that leads out of its folder.
import { FormatError, LimitError } from "../core/errors.js";
import { shown } from "../core/shown.js";
import type { Steps } from "../io/steps.js";
import { JsonScanner } from "../safetensors/json_scanner.js";
import type { Limits } from "./limits.js";
import { isIndexName } from "./sharded_names.js";

/** Bytes of an index: as much as the header of a safetensors file may have. */
const MAX_INDEX = 100_000_000;
/** Files of one checkpoint. The largest that people publish have a few hundred. */
export const MAX_SHARDS = 10_000;

/** Which file holds which tensor. */
export interface ShardIndex {
  /** By key, in the order of the index. */
  readonly weightMap: ReadonlyMap<string, string>;
  /** The files that it names, each once, in the order in which it does. */
  readonly files: readonly string[];
}

/** Reads an index that is a whole source; `name` is what errors call it. */
export function* readIndex(size: number, name: string, limits: Limits): Steps<ShardIndex> {
  const most = Math.min(MAX_INDEX, limits.description);
  if (size > most) throw new LimitError(`The index "${shown(name)}" has ${size} bytes; the limit is ${most}`, { code: "LIMIT_DESCRIPTION", found: size, limit: most });
  const [bytes] = yield [{ offset: 0, length: size }];
  return parseIndex(bytes, name);
}

/** Reads the text of an index. */
export function parseIndex(bytes: Uint8Array, name: string): ShardIndex {
  const scanner = new JsonScanner(bytes, `index "${shown(name)}"`);
  let weightMap: Map<string, string> | null = null;
  const files = new Set<string>();
  scanner.open("{");
  while (scanner.next("}")) {
    const key = scanner.key();
    if (key !== "weight_map") {
      scanner.skip(); // metadata: sizes, and whatever else a writer finds worth telling
      continue;
    }
    if (weightMap !== null) throw scanner.error("JSON_DUPLICATE", "the key \"weight_map\" stands twice, and readers disagree on which one counts");
    weightMap = weightMapOf(scanner, files);
  }
  scanner.end();
  if (weightMap === null) throw new FormatError(`Cannot read index "${shown(name)}": it has no weight_map`, { code: "JSON_FORM", offset: 0 });
  return { weightMap, files: [...files] };
}

function weightMapOf(scanner: JsonScanner, files: Set<string>): Map<string, string> {
  const map = new Map<string, string>();
  scanner.open("{");
  while (scanner.next("}")) {
    const key = scanner.key();
    if (map.has(key)) throw scanner.error("JSON_DUPLICATE", `the key "${shown(key)}" stands twice, and readers disagree on which one counts`);
    const file = scanner.text("the name of a file");
    if (!files.has(file)) {
      if (!isPlainName(file)) {
        throw scanner.error("SHARD_NAME", `"${shown(key)}" is in "${shown(file)}", which is no plain name of a checkpoint in the folder of the index. Treat it as hostile`);
      }
      files.add(file);
      if (files.size > MAX_SHARDS) throw tooMany(files.size);
    }
    map.set(key, file);
  }
  return map;
}

/** Too many files for one checkpoint. */
export function tooMany(found: number): LimitError {
  return new LimitError(`The checkpoint has ${found} files or more; the limit is ${MAX_SHARDS}`, { code: "LIMIT_SHARDS", found, limit: MAX_SHARDS });
}

/**
 * Does a name stay in its folder, or in one below it, on every system? No absolute path, no drive, no address, no step up
 * (dots and spaces alone are one on Windows), no backslash; and no index, which would name others in turn.
 */
function isPlainName(name: string): boolean {
  if (name.length > 1024 || /[\\:\u0000-\u001f\u007f]/.test(name) || isIndexName(name)) return false;
  return name.split("/").every((part) => !/^[. ]*$/.test(part));
}
