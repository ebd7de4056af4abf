// Checkpoints in several files.
export { loadSharded } from "./sharded_load.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
