// Checkpoints in several files that are opened.
export { openSharded } from "./sharded_open.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
