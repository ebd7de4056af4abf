// Why a file cannot be opened.
export { detectOther, kindOfZip } from "./detect.js";
export { archiveFault, packedTar, safetensorsFault, scriptRefused, withoutBytes } from "./refused.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
