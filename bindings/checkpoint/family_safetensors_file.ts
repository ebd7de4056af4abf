// Safetensors files that are opened or inspected.
export { openSafetensors } from "./safetensors_file.js";
export { inspectSafetensors } from "./safetensors_inspect.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
