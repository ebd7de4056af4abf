// Zips without a data.pkl.
export { prepareOther } from "./other_load.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
