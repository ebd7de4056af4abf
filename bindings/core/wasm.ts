// Where the bytes of brine.wasm come from on Node, Deno and Bun: the file beside the compiled package.
import { readFileSync } from "node:fs";

/** The compiled core. Throws where the artifact is missing. */
export function compileCore(): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL("../../brine.wasm", import.meta.url)));
}
