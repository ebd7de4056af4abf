// brine.wasm on workerd, which compiles nothing while it runs: the module is imported. Its timers end with the request that
// set them, and outside of one there are none, so no instance rests.
import { instantiateSync } from "@assemblyscript/loader";
import module from "./brine.wasm";
import type { CoreFile } from "./core_file.js";

export const coreFile: CoreFile = { rest: 0, atOnce: true, compile: () => ({ module, instantiateSync }) };
