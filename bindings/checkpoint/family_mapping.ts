// mmap.
export { mappable, openMmap } from "./mmap.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
