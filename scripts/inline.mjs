// Writes dist/bindings/core/wasm_base64.js: the bytes of dist/brine.wasm as a text, for `brine/inline`. Run by the build,
// after the core; its types stand in bindings/core/wasm_base64.d.ts.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const base64 = readFileSync(new URL("dist/brine.wasm", root)).toString("base64");
writeFileSync(new URL("dist/bindings/core/wasm_base64.js", root), `export const base64 = "${base64}";\n`);
copyFileSync(new URL("bindings/core/wasm_base64.d.ts", root), new URL("dist/bindings/core/wasm_base64.d.ts", root));
