// Writes an input of the benchmark with brine itself: node make.js small|large FILE. The same content as torch_times.py.
import { OrderedDict, Storage, Tensor, save } from "../bindings/index.js";

function tensorOf(elements: Float32Array<ArrayBuffer>, shape: readonly [number, number]): Tensor {
  const storage = new Storage(elements.buffer, { dtype: "float32", location: "cpu" });
  return new Tensor(storage, { dtype: "float32", shape, stride: [shape[1], 1], storageOffset: 0 });
}

function stateDict(input: string): OrderedDict<string, Tensor> {
  const entries: [string, Tensor][] = [];
  if (input === "small") {
    for (let i = 0; i < 100_000; i++) {
      const name = `layers.${i >> 1}.${i & 1 ? "bias" : "weight"}`;
      entries.push([name, tensorOf(Float32Array.from({ length: 16 }, (_, k) => i + k), [4, 4])]);
    }
  } else {
    for (let i = 0; i < 32; i++) {
      const elements = new Float32Array(4096 * 4096);
      for (let k = 0; k < elements.length; k++) elements[k] = (k & 0xffff) + i;
      entries.push([`blocks.${i}.weight`, tensorOf(elements, [4096, 4096])]);
    }
  }
  return new OrderedDict(entries);
}

const [input, file] = process.argv.slice(2);
if ((input !== "small" && input !== "large") || file === undefined) throw new Error("Wanted: make.js small|large FILE");
await save(stateDict(input), file);
