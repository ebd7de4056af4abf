// One entry and all that it imports as files of one folder, by esbuild, under the conditions of a runtime.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "./stage.js";

/**
 * Bundles a stage's entry.
 *
 * @param condition what package.json's exports and imports are read by
 * @param inlined whether the core is inside: then there is one file, and no brine.wasm
 * @returns the folder, with `entry.js`, its chunks, and brine.wasm
 */
export function bundle(stage: Stage, esbuild: string, condition: "workerd" | "browser", inlined: boolean = false): string {
  const site = join(stage.folder, "site");
  execFileSync(esbuild, [
    stage.entry, "--bundle", ...(inlined ? [] : ["--splitting"]), "--format=esm", "--target=es2022", "--platform=neutral", "--main-fields=module,main", `--conditions=${condition}`,
    "--loader:.wasm=copy", "--asset-names=[name]", "--alias:node:crypto=./dist/tests/portable/node_crypto.js", `--outdir=${site}`, "--log-level=error",
  ], { cwd: stage.folder, stdio: ["ignore", "ignore", "pipe"] });
  if (inlined || readdirSync(site).includes("brine.wasm")) return site;
  cpSync(join(stage.folder, "node_modules", "brine", "dist", "bindings", "core", "brine.wasm"), join(site, "brine.wasm")); // beside it, where a page fetches it
  return site;
}
