// brine.wasm on Node, Deno and Bun: the file beside this one, read when it is first used.
import { instantiateSync } from "@assemblyscript/loader";
import { readFileSync } from "node:fs";
import { notReady, type CoreFile } from "./core_file.js";

export const coreFile: CoreFile = {
  rest: 2000,
  atOnce: true,
  compile() {
    const at = new URL("./brine.wasm", import.meta.url);
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = readFileSync(at);
    } catch (cause) { // a bundle that left it behind, or Deno without leave to read there
      throw notReady(`Cannot read brine.wasm at ${at.href}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    }
    return { module: new WebAssembly.Module(bytes), instantiateSync };
  },
};
