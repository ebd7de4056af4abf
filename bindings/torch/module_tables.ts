// What makes an object a module of torch's, known without anything of modules.
import { Global } from "../python/object.js";

/** The attributes that make an object's `__dict__` that of a module. */
export const MODULE_TABLES: readonly string[] = ["_parameters", "_buffers", "_modules"];

/** Is it the function by which protocols 0 and 1 make an object of a class? */
export function isReconstructor(callable: unknown): boolean {
  return callable instanceof Global && callable.module === "copyreg" && callable.name === "_reconstructor";
}
