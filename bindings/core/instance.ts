// Instances of the core. One instance serves one open checkpoint or one save, because memory is given back only with the
// instance; the compiled module is shared by all of them.
import { instantiateSync } from "@assemblyscript/loader";
import type { CoreExports } from "./abi.js";
import { compileCore } from "./wasm.js";

/** Compiled at first use and never changed: the one thing of this package that outlives a call. */
let compiled: WebAssembly.Module | undefined;

/** A new instance of the core, with a memory of its own. */
export function coreInstance(): CoreExports {
  compiled ??= compileCore();
  // The loader wraps every export (15 to 32 ns a call against 3), so its wrapped `exports` are passed over for the raw ones.
  const { instance } = instantiateSync<Record<string, unknown>>(compiled, {});
  return instance.exports as unknown as CoreExports; // what assembly/index.ts exports; tests/core-build.test.ts compares
}
