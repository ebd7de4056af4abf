// nn.Module.
export { Module } from "../torch/module.js";
export { load } from "./load.js"; // what it stands on: families.ts tells why
