// Zips without a data.pkl.
export { readOther } from "./other_zip.js";
export { NO_READER, RecordStorages } from "./record_storages.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
