// What brine takes of the loader: bundlers leave the rest of it out.
export { instantiateSync } from "@assemblyscript/loader";
