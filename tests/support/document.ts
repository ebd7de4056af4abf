// The document of a file as `brine inspect --json --hashes` prints it, without a process of its own.
import { describe } from "../../bindings/checkpoint/describe.js";
import { documentPieces } from "../../bindings/checkpoint/json.js";
import { open } from "../../bindings/checkpoint/open.js";

/** The text of a file's document, with hashes. */
export async function documentText(path: string): Promise<string> {
  const file = await open(path);
  try {
    const description = describe({ root: file.root(), globals: file.globals, records: file.records });
    await description.hash();
    return [...documentPieces(description.document, new Set(["tensors", "storages"]))].join("");
  } finally {
    await file.close();
  }
}
