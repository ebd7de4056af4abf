// Checkpoints that are members of a zip.
export { memberSource } from "./member.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
