// The way back.
export { save, saveSync, type Destination, type SaveControl } from "../checkpoint/save.js";
