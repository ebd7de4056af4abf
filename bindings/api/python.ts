// Python's rarer values, and plain data of any. Whoever makes values has them whole.
import { fillAll } from "../torch/fill_all.js";

fillAll();

export { Counter, DefaultDict } from "../python/counted.js";
export { FrozenSet } from "../python/frozenset.js";
export { Ellipsis, NoneType, NotImplemented } from "../python/singletons.js";
export { toPlain } from "../python/plain.js";
