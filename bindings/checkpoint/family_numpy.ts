// NumPy's values.
export { Early } from "./early.js";
export { isNumpy, rebuildNumpy } from "./rebuild_numpy.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
