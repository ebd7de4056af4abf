// Objects of the user's own classes.
export { makeObjects } from "./make_objects.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
