// mmap.
export { mappable, openMapped } from "./mmap.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
