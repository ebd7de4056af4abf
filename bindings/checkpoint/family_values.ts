// How values print, and what is done with their elements: every load needs it, though not among its first bytes.
export { fillValues } from "../torch/fill.js";
export { load } from "./load.js"; // what it stands on: families.ts tells why
