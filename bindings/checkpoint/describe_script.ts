// What torch.jit.load finds in a TorchScript archive, as the part `jit` of a document: its parameters and buffers by name.
import { TensorTables } from "./describe_tensors.js";
import type { JsonObject } from "./json.js";
import type { Script } from "./script.js";

/** Describes a module's tensors; with hashes their bytes are read. */
export async function describeScript(script: Script, hashes: boolean): Promise<JsonObject> {
  const tables = new TensorTables();
  for (const [i, { name, tensor, isParameter, record }] of script.tensors.entries()) {
    const row = tables.tensors[tables.tensor(tensor, record === undefined ? name : `tensors[${i}]`)];
    // model.json is told as it stands: which tensors are parameters it says itself.
    if (record === undefined) row.is_parameter = isParameter;
    else row.record = record;
  }
  if (hashes) {
    for (const [storage, entry] of tables.storageRows) tables.hash(storage, entry, await storage.load());
    await tables.readQuantizers();
  }
  // Which memory is shared, the tensors of data.pkl tell.
  const tensors = tables.tensors.map(({ storage: _, ...row }): JsonObject => row);
  const path = (row: JsonObject): string => row.path as string; // every row of the tables has one
  if (script.json !== undefined) return { type: script.type, model_json: script.json, tensors };
  return { type: script.type, tensors: tensors.sort((a, b) => (path(a) < path(b) ? -1 : 1)) };
}
