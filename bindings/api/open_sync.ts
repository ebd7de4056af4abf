// open at once.
export { openSync } from "../checkpoint/open_sync.js";
