// torch.nn.Module as data. Whoever makes values has them whole.
import { fillAll } from "../torch/fill_all.js";

fillAll();

export { Module, type MemberOptions, type ModuleInit, type Named } from "../torch/module.js";
export { IncompatibleKeys, type LoadStateDictOptions, type StateDictLike } from "../torch/load_state_dict.js";
export type { StateDictOptions } from "../torch/state_dict.js";
