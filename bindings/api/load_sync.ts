// load at once.
export { loadSync } from "../checkpoint/load_sync.js";
