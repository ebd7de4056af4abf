// Python's rarer values, and plain data of any.
export { Counter, DefaultDict } from "../python/counted.js";
export { FrozenSet } from "../python/frozenset.js";
export { Ellipsis, NoneType, NotImplemented } from "../python/singletons.js";
export { toPlain } from "../python/plain.js";
