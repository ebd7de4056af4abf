// brine.wasm in browsers and wherever nothing else is known: fetched from beside this file, which bundlers follow.
import { notReady, type CoreFile } from "./core_file.js";

export const coreFile: CoreFile = {
  rest: 2000,
  atOnce: false,
  async compile() {
    const at = new URL("./brine.wasm", import.meta.url);
    try {
      const answer = await fetch(at);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      // Not compileStreaming, which refuses servers that do not know the file's type.
      return await WebAssembly.compile(await answer.arrayBuffer());
    } catch (cause) {
      throw notReady(`Cannot fetch brine.wasm from ${at.href}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    }
  },
};
