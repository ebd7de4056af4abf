// The name by which weights-only loading judges a class or function: Python 3's, whatever the file calls it.
import { PYTHON2_MODULES, PYTHON2_PAIRS } from "../../assembly/shared/python2_names.js";

const pairs: ReadonlyMap<string, string> = new Map(PYTHON2_PAIRS.split("\n").map((line) => {
  const [module, name, newModule, newName] = line.split(" ");
  return [`${module} ${name}`, `${newModule}.${newName}`];
}));
const modules: ReadonlyMap<string, string> = new Map(PYTHON2_MODULES.split("\n").map((line) => {
  const [module, newModule] = line.split(" ");
  return [module, newModule];
}));

/** `module.name` in Python 3's spelling, as `addSafeGlobals` takes it. */
export function python3Name(module: string, name: string): string {
  return pairs.get(`${module} ${name}`) ?? `${modules.get(module) ?? module}.${name}`;
}
