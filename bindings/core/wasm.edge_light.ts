// brine.wasm on Vercel's edge, as on workerd; its bundler makes a module of the file only where `?module` asks for it.
import { instantiateSync } from "@assemblyscript/loader";
import module from "./brine.wasm?module";
import type { CoreFile } from "./core_file.js";

export const coreFile: CoreFile = { rest: 0, atOnce: true, compile: () => ({ module, instantiateSync }) };
