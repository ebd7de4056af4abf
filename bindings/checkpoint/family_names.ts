// What only old pickles have: protocols that no first bytes tell, and Python 2's names.
export { python3Name } from "./names.js";
export { whyNoPickle } from "./pickle_trial.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
