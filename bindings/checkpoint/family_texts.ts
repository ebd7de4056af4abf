// How rare values print: objects of known classes, and text beyond ASCII.
export { fillAll } from "../torch/fill_all.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
