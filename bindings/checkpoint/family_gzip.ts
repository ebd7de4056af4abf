// Checkpoints inside gzip.
export { beginUnpacked, served } from "./unpacked.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
