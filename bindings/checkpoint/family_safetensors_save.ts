// Safetensors files that are written.
export { saveSafetensors } from "./safetensors_save.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
