// What torch.jit.load finds in a TorchScript archive, as the part `jit` of a document: its parameters and buffers by name.
import { TensorTables } from "./describe_tensors.js";
import type { JsonObject } from "./json.js";
import type { Script } from "./script.js";

/** Describes a module's tensors; with hashes their bytes are read. */
export async function describeScript(script: Script, hashes: boolean): Promise<JsonObject> {
  const tables = new TensorTables();
  for (const { name, tensor, isParameter } of script.tensors) tables.tensors[tables.tensor(tensor, name)].is_parameter = isParameter;
  if (hashes) {
    for (const [storage, entry] of tables.storageRows) tables.hash(storage, entry, await storage.load());
    await tables.readQuantizers();
  }
  // Which memory is shared, the tensors of data.pkl tell.
  const tensors = tables.tensors.map(({ storage: _, ...row }): JsonObject => row);
  const path = (row: JsonObject): string => row.path as string; // every row of the tables has one
  return { type: script.type, tensors: tensors.sort((a, b) => (path(a) < path(b) ? -1 : 1)) };
}
