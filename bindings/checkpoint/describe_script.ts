// The `jit` of a description: the parameters and buffers that torch.jit.load finds, sorted by their paths. For archives with
// a model.json, which newer builds of PyTorch refuse, the tensors of that.
import type { Tensor } from "../torch/tensor.js";
import { byCodePoint } from "./describe_paths.js";
import { TensorTables } from "./describe_tensors.js";
import { sha256 } from "./hash.node.js";
import type { Json, JsonObject } from "./json.js";
import type { Script } from "./script_file.js";

/** Describes a script; with hashes, its tensors are read. */
export async function describeScript(script: Script, hashes: boolean): Promise<JsonObject> {
  const tables = new TensorTables(sha256);
  const rows: JsonObject[] = [];
  const add = (tensor: Tensor, path: string): JsonObject => {
    const row = tables.tensors[tables.tensor(tensor, path)];
    rows.push(row);
    return row;
  };
  const { modelJson } = script;
  if (modelJson === null) {
    const found = [...Array.from(script.parameters, (pair) => [...pair, true] as const), ...Array.from(script.buffers, (pair) => [...pair, false] as const)];
    for (const [path, tensor, isParameter] of found.sort(([a], [b]) => byCodePoint(a, b))) add(tensor, path)["is_parameter"] = isParameter;
  } else modelJson.tensors.forEach(({ tensor, record }, i) => (add(tensor, `tensors[${i}]`)["record"] = record));
  if (hashes) {
    for (const [storage, entry] of tables.storageRows) tables.hash(storage, entry, await storage.load());
    await tables.readQuantizers();
  }
  for (const row of rows) delete row["storage"];
  const head = modelJson === null ? { type: script.type } : { type: script.type, model_json: modelJson.json as { readonly [key: string]: Json } }; // a parsed JSON text
  return { ...head, tensors: rows };
}
