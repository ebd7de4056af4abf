// Progress: the names of what is read.
export { watching } from "./storage_names.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
