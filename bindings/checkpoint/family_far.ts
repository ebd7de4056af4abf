// Sources whose every read is dear: those behind a network.
export { readAhead } from "./look_ahead.js";
export { planFar } from "./plan_far.js";
export { fetchFar } from "./fetch_far.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
