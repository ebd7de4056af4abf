// Python 2's names.
export { python3Name } from "./names.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
