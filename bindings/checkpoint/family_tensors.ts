// Tensors that are no view of one storage, or not only that.
export { rebuildTensors, subclassOf } from "./rebuild_classes.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
