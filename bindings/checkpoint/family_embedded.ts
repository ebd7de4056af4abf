// Checkpoints in bytes of a pickle.
export { embeddedReader } from "./embedded.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
