// The first five minutes: `npm start`. Saves two tensors and loads them, then takes a state dict that PyTorch wrote, lists
// it, saves it again, and shows that the two files are the same, byte for byte.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect, load, open, save, tensor, type Dict, type OrderedDict, type Tensor } from "../bindings/index.js";

const folder = mkdtempSync(join(tmpdir(), "brine-"));

async function tensors(): Promise<void> {
  console.log("1. Save two tensors, and load them\n");
  const x = tensor([1, 2, 3, 4, 5]);
  const y = tensor([
    [0.4821, -1.2043, 0.0573, 1.6329],
    [-0.7714, 0.2908, -0.0641, 0.9152],
    [1.1187, -0.3362, 0.5496, -2.0215],
  ]);
  const path = join(folder, "tensors.pth");
  await save({ x, y }, path);

  const loaded = await load<Dict<string, Tensor>>(path);
  console.log("load(\"tensors.pth\") =", String(loaded));
  console.log("x =", String(loaded.get("x")));
  console.log("y =", String(loaded.get("y")));
}

async function stateDict(): Promise<void> {
  console.log("\n2. A state dict that PyTorch 2.15 wrote\n");
  // This file runs as dist/examples/seed.js.
  const path = fileURLToPath(new URL("../../examples/lstm_state_dict.pt", import.meta.url));
  const file = await open(path);
  for (const { name, dtype, shape } of file.tensors()) console.log(`  ${name.padEnd(26)} ${dtype.padEnd(8)} [${shape.join(", ")}]`);
  await file.close();

  const sd = await load<OrderedDict<string, Tensor>>(path);
  console.log("\nsd.keys() =", String(sd.keys()));

  const { saveOptions } = await inspect(path);
  const copy = join(folder, "copy.pt");
  await save(sd, copy, saveOptions ?? {});
  const [before, after] = [readFileSync(path), readFileSync(copy)];
  const same = Buffer.compare(before, after) === 0;
  console.log(`\nSaved again: ${after.length} bytes, ${same ? "the same as PyTorch's, byte for byte" : "which differ from PyTorch's"}`);
  if (!same) process.exitCode = 1;
}

try {
  await tensors();
  await stateDict();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
