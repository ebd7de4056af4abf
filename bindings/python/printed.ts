// What prints Python's values: fills the slot of printing.ts.
export { complexText, floatText } from "./digits.js";
export { globalText, objectLayout } from "./print_names.js";
export { quoteBytes, quoteText } from "./quote.js";
export { reprOf } from "./repr.js";
