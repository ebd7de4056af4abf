// brine with its core inside: `brine/inline` is `brine` for places without files, such as a page of one script. Its
// synchronous functions work from the first line on.
import { initSync } from "./core/init_sync.js";
import { base64 } from "./core/wasm_base64.js";

initSync(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));

export * from "./index.js";
