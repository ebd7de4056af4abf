// The document of a file as `brine inspect --json --hashes` prints it, without a process of its own.
import { documentPieces } from "../../bindings/checkpoint/json.js";
import { documentOf } from "../../bindings/cli/inspect.js";

/** The text of a file's document, with hashes. */
export async function documentText(path: string | Uint8Array, encoding?: string, offset: number = 0): Promise<string> {
  return [...documentPieces(await documentOf(path, true, { encoding, offset }), new Set(["tensors", "storages"]))].join("");
}
