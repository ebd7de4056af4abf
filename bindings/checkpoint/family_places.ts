// mapLocation.
export { mapStorages } from "./map_location.js";
export { load } from "./load.js"; // what it stands on: families.ts tells why
