// Instances of the core. One instance serves one open checkpoint or one save, because memory is given back only with the
// instance; the compiled module is shared by all of them. The last one that was let go of rests for a moment, its memory
// still warm: what a new instance costs is, more than anything, the page faults of its memory.
import { coreFile } from "#core/wasm";
import type { CoreExports } from "./abi.js";
import { notReady, type Compiled } from "./core_file.js";

/** An instance with more memory than this does not rest: it would be missed elsewhere. */
const MOST = 256 * 1024 * 1024;

// What outlives a call: the module, compiled at first use; the first bytes of a new instance's memory, where its static
// data is; and the resting instance, of which nothing of its last use is left.
let compiled: Compiled | undefined;
let coming: Promise<Compiled> | undefined;
let pristine: Uint8Array | undefined;
let resting: CoreExports | undefined;
let goes: ReturnType<typeof setTimeout> | undefined;

/**
 * Makes the core ready, where that takes a promise: in a browser. Whatever else of brine is awaited does so too; after it,
 * the functions that answer at once (`saveSync`, `tensor.to("float32")`) work as well.
 *
 * @throws UnsupportedError `NOT_READY` where brine.wasm cannot be had
 *
 * @example Before the first synchronous call in a page
 * ```ts
 * await ready();
 * const bytes = saveSync({ x: tensor([1, 2, 3]) });
 * ```
 */
export async function ready(): Promise<void> {
  if (compiled !== undefined) return;
  if (coreFile.atOnce) {
    compiled = coreFile.compile();
    return;
  }
  coming ??= coreFile.compile().finally(() => (coming = undefined));
  const come = await coming;
  compiled ??= come;
}

/** Takes a core that was compiled elsewhere, unless one is here. */
export function takeCompiled(make: () => Compiled): void {
  compiled ??= make();
}

function compiledNow(): Compiled {
  if (compiled === undefined) {
    if (!coreFile.atOnce) throw notReady("Cannot use brine.wasm before it is here: first await ready(), or any other promise of brine's");
    compiled = coreFile.compile();
  }
  return compiled;
}

/** An instance of the core that nobody else uses. */
export function coreInstance(): CoreExports {
  const rested = resting;
  resting = undefined;
  return rested ?? newInstance();
}

function newInstance(): CoreExports {
  // The loader wraps every export (15 to 32 ns a call against 3), so its wrapped `exports` are passed over for the raw ones.
  const { module, instantiateSync } = compiledNow();
  const { instance } = instantiateSync<Record<string, unknown>>(module, {});
  const core = instance.exports as unknown as CoreExports; // what assembly/index.ts exports; tests/core-build.test.ts compares
  pristine ??= new Uint8Array(core.memory.buffer.slice(0));
  return core;
}

/** Lets go of an instance. Whoever did so must not use it, or a view of its memory, again. */
export function releaseCore(core: CoreExports): void {
  if (coreFile.rest === 0 || resting !== undefined || pristine === undefined || core.memory.buffer.byteLength > MOST) return;
  core.reset();
  new Uint8Array(core.memory.buffer).set(pristine);
  resting = core;
  clearTimeout(goes);
  goes = setTimeout(() => {
    resting = undefined;
  }, coreFile.rest);
  // A timer must not keep a program alive; browsers' timers are numbers, and do not.
  if (typeof goes === "object") goes.unref();
}
