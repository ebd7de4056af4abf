// Python's rarer values.
export { frozenSet, namedValue, rebuildPython } from "./rebuild_python.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
