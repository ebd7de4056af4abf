// The files that the jobs read: written by PyTorch where it is there, by brine where it is not. They are kept between
// runs, under names that say who wrote them.
//
//   small   100,000 float32 tensors of [4, 4], each with a storage of its own: layers.0.weight, layers.0.bias, …
//   large   32 float32 tensors of [4096, 4096]: 2 GiB
import { execFileSync } from "node:child_process";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type Input = "small" | "large";

/** The path of an input, which is made if it is not there. */
export function makeInput(
  input: Input, dir: string, torch: { readonly python: string; readonly script: string } | null, say: (text: string) => void,
): string {
  const file = join(dir, `${input}.${torch === null ? "brine" : "torch"}.pt`);
  if (existsSync(file)) return file;
  say(`  making ${file}`);
  const half = `${file}.half`;
  if (torch !== null) execFileSync(torch.python, [torch.script, "make", input, half], { stdio: "inherit" });
  else execFileSync(process.execPath, [fileURLToPath(new URL("./make.js", import.meta.url)), input, half], { stdio: "inherit" });
  renameSync(half, file);
  return file;
}
