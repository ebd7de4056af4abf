// Safetensors files.
export { loadSafetensors } from "./safetensors_load.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
