// mapLocation.
export { mapStorages } from "./map_location.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
