// Checks of the options that few loads have.
export { checkLoadOptions } from "./options.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
