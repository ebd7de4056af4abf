// Zips without a data.pkl.
export { prepareOther } from "./prepare_other.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
