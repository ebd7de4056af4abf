// What prints the values that few files have: objects of classes that brine knows, and text beyond ASCII. Fills the second
// slot of printing.ts.
export { isPrintable } from "./printable.js";
export { knownLayout } from "./print_object.js";
