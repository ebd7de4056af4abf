// Files inside gzip.
export { gunzip } from "../io/gunzip.js";
export { load } from "./load.js"; // what it stands on: families.ts tells why
