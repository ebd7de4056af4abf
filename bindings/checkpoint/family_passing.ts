// Checkpoints that are loaded as they pass.
export { loadPassing } from "./load_passing.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
