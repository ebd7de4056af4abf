// inspect of checkpoints in several files.
export { inspectSharded } from "./sharded_inspect.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
