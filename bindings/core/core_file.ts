// What a runtime knows of brine.wasm. `#core/wasm` is the file of the runtime at hand, chosen by package.json's imports:
//
//   wasm.node.ts        Node, Deno, Bun         read from the package's folder, at once
//   wasm.workerd.ts     workerd                 imported as a module, compiled beforehand
//   wasm.edge_light.ts  Vercel's edge           the same, as its bundler spells it
//   wasm.web.ts         browsers, all others    fetched, which has to be awaited
import type { instantiateSync } from "@assemblyscript/loader";
import { UnsupportedError } from "./errors.js";

interface AnyCoreFile {
  /** How long an instance that was let go of is kept for the next one, in milliseconds; 0 where timers belong to a request. */
  readonly rest: number;
}

/** The compiled core, and the loader that makes instances of it. Where the core is awaited, the loader comes with it. */
export interface Compiled {
  readonly module: WebAssembly.Module;
  readonly instantiateSync: typeof instantiateSync;
}

/** Where the compiled core comes from: at once, or awaited. */
export type CoreFile =
  | AnyCoreFile & { readonly atOnce: true; compile(): Compiled }
  | AnyCoreFile & { readonly atOnce: false; compile(): Promise<Compiled> };

/** The error of a core that is not there, and what brings it. */
export function notReady(what: string, cause?: unknown): UnsupportedError {
  return new UnsupportedError(`${what}. Give it yourself, initSync(bytes or module of "brine/brine.wasm"), or import from "brine/inline"`, {
    code: "NOT_READY", cause,
  });
}
