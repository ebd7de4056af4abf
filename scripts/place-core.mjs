// Puts dist/brine.wasm where the package's code reads it, dist/bindings/core/: as the file itself, and for `brine/inline` as
// a module with its bytes as a text, whose types stand in bindings/core/wasm_base64.d.ts. Every build ends with this.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const core = new URL("dist/bindings/core/", root);
const file = new URL("dist/brine.wasm", root);

mkdirSync(core, { recursive: true });
copyFileSync(file, new URL("brine.wasm", core));
writeFileSync(new URL("wasm_base64.js", core), `export const base64 = "${readFileSync(file, "base64")}";\n`);
copyFileSync(new URL("bindings/core/wasm_base64.d.ts", root), new URL("wasm_base64.d.ts", core));
