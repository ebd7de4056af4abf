// The core, given by the caller, who may not wait: the loader is imported with this.
import { instantiateSync } from "@assemblyscript/loader";
import { ArgumentError } from "./errors.js";
import { takeCompiled } from "./instance.js";

/**
 * Makes the core ready at once, with a file of the caller's: for places that load brine.wasm in a way of their own. Where
 * the core is ready already, nothing changes.
 *
 * @param core the content of `brine/brine.wasm` of this version, or the module compiled of it
 * @throws ArgumentError `WASM` where it is something else
 *
 * @example From an address of your own
 * ```ts
 * initSync(await (await fetch("/static/brine.wasm")).arrayBuffer());
 * ```
 */
export function initSync(core: WebAssembly.Module | BufferSource): void {
  takeCompiled(() => ({ module: moduleOf(core), instantiateSync }));
}

function moduleOf(core: WebAssembly.Module | BufferSource): WebAssembly.Module {
  let module: WebAssembly.Module;
  try {
    module = core instanceof WebAssembly.Module ? core : new WebAssembly.Module(core);
  } catch (cause) {
    throw new ArgumentError(`Cannot compile what initSync was given: ${cause instanceof Error ? cause.message : String(cause)}`, { code: "WASM", cause });
  }
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === "openSource")) {
    throw new ArgumentError('Cannot use what initSync was given: it is another WebAssembly module, expected "brine/brine.wasm"', { code: "WASM" });
  }
  return module;
}
