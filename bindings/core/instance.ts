// Instances of the core. One instance serves one open checkpoint or one save, because memory is given back only with the
// instance; the compiled module is shared by all of them. The last one that was let go of rests for a moment, its memory
// still warm: what a new instance costs is, more than anything, the page faults of its memory.
import { instantiateSync } from "@assemblyscript/loader";
import type { CoreExports } from "./abi.js";
import { compileCore } from "./wasm.js";

/** The resting instance goes after this long, in milliseconds. */
const REST = 2000;
/** An instance with more memory than this does not rest: it would be missed elsewhere. */
const MOST = 256 * 1024 * 1024;

// What outlives a call: the module, compiled at first use; the first bytes of a new instance's memory, where its static
// data is; and the resting instance, of which nothing of its last use is left.
let compiled: WebAssembly.Module | undefined;
let pristine: Uint8Array | undefined;
let resting: CoreExports | undefined;
let goes: ReturnType<typeof setTimeout> | undefined;

/** An instance of the core that nobody else uses. */
export function coreInstance(): CoreExports {
  const rested = resting;
  resting = undefined;
  return rested ?? newInstance();
}

function newInstance(): CoreExports {
  compiled ??= compileCore();
  // The loader wraps every export (15 to 32 ns a call against 3), so its wrapped `exports` are passed over for the raw ones.
  const { instance } = instantiateSync<Record<string, unknown>>(compiled, {});
  const core = instance.exports as unknown as CoreExports; // what assembly/index.ts exports; tests/core-build.test.ts compares
  pristine ??= new Uint8Array(core.memory.buffer.slice(0));
  return core;
}

/** Lets go of an instance. Whoever did so must not use it, or a view of its memory, again. */
export function releaseCore(core: CoreExports): void {
  if (resting !== undefined || pristine === undefined || core.memory.buffer.byteLength > MOST) return;
  core.reset();
  new Uint8Array(core.memory.buffer).set(pristine);
  resting = core;
  clearTimeout(goes);
  goes = setTimeout(() => {
    resting = undefined;
  }, REST);
  // A timer must not keep a program alive; browsers' timers are numbers, and do not.
  if (typeof goes === "object") goes.unref();
}
