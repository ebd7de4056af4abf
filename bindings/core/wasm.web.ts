// brine.wasm in browsers and wherever nothing else is known: fetched from beside this file, which bundlers follow, and the
// loader with it.
import { notReady, type CoreFile } from "./core_file.js";

export const coreFile: CoreFile = {
  rest: 2000,
  atOnce: false,
  async compile() {
    const [module, { instantiateSync }] = await Promise.all([fetched(), loader()]);
    return { module, instantiateSync };
  },
};

async function fetched(): Promise<WebAssembly.Module> {
  const at = new URL("./brine.wasm", import.meta.url);
  let bytes: ArrayBuffer;
  try {
    const answer = await fetch(at);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    bytes = await answer.arrayBuffer();
  } catch (cause) {
    throw notReady(`Cannot fetch brine.wasm from ${at.href}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  try {
    return await WebAssembly.compile(bytes); // not compileStreaming, which refuses servers that do not know the file's type
  } catch (cause) { // another file in its place, or a page that does not allow it
    const why = cause instanceof Error ? cause.message : String(cause);
    throw notReady(`Cannot compile ${at.href}: ${why}. A Content-Security-Policy has to allow 'wasm-unsafe-eval'`, cause);
  }
}

async function loader(): Promise<typeof import("./loader.js")> {
  try {
    return await import("./loader.js");
  } catch (cause) {
    throw notReady(`Cannot fetch the loader of brine.wasm: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}
