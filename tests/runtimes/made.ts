// Files that are made for the suite, by name: a checkpoint in each of its wrappings, one with tensors that are worth a range
// each, and one in three parts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { OrderedDict, saveSync, Storage, Tensor, tensor, type SaveOptions } from "../../bindings/index.js";
import { projectRoot } from "../support/walk.js";
import { deflated } from "./deflated.js";

/** Every file. */
export function made(): Map<string, Uint8Array> {
  const example = readFileSync(join(projectRoot, "examples", "lstm_state_dict.pt"));
  return new Map<string, Uint8Array>([
    ["lstm_state_dict.pt", example], ["lstm_state_dict.pt.gz", gzipSync(example)], ["deflated.pt", deflated(example)], ["large.pt", large()],
    ...sharded("model.safetensors", "model", "safetensors", { format: "safetensors" }), ...sharded("pytorch_model.bin", "pytorch_model", "bin", {}),
  ]);
}

function large(): Uint8Array {
  const all = new OrderedDict<string, Tensor>();
  for (let i = 0; i < 20; i++) {
    const bytes = new Uint8Array(200_000).map((_, at) => (at * 31 + i * 7) & 0xff);
    all.set(`layer.${i}`, new Tensor(new Storage(bytes, { dtype: "uint8" }), { dtype: "uint8", shape: [200, 1000] }));
  }
  return saveSync(all);
}

/** What is in each part; the index has other things first. */
const PARTS: readonly (readonly string[])[] = [["embed", "layer.0"], ["layer.1"], ["head"]];
const KEYS = ["embed", "layer.1", "layer.0", "head"];

function sharded(index: string, stem: string, ending: string, options: SaveOptions): [name: string, bytes: Uint8Array][] {
  const nameOf = (part: number): string => `${stem}-0000${part + 1}-of-00003.${ending}`;
  const valueOf = (key: string): Tensor => tensor(Array.from({ length: 1000 }, (_, i) => i + key.length), { dtype: "float32" });
  const weightMap = Object.fromEntries(KEYS.map((key) => [key, nameOf(PARTS.findIndex((keys) => keys.includes(key)))]));
  return [
    [`${index}.index.json`, new TextEncoder().encode(JSON.stringify({ metadata: { total_size: 16_000 }, weight_map: weightMap }))],
    ...PARTS.map((keys, i): [string, Uint8Array] => [nameOf(i), saveSync(new OrderedDict(keys.map((key) => [key, valueOf(key)])), undefined, options)]),
  ];
}
