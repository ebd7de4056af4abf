// nn.Module.
export { Module } from "../torch/module.js";
export { load } from "./family_values.js"; // what it stands on: families.ts tells why
