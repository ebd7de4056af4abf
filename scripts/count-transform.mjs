// A compiler transform that counts calls, for profile-core.mjs: every function is there once for each function that calls it,
// and counts in a global that is exported by the name of both, `callee < caller`.
import { Transform } from "assemblyscript/transform";
import binaryen from "assemblyscript/binaryen";
import { callsIn, functionsOf, targetOf } from "./calls.mjs";

/** By pair: how many calls of the callee stand in the caller. */
export const pairs = new Map();

export default class CountTransform extends Transform {
  afterCompile(module) {
    const functions = functionsOf(module);
    for (const { name: caller, body } of functions.values()) {
      for (const call of callsIn(body)) {
        const callee = targetOf(call);
        const pair = `${callee} < ${caller}`;
        const known = pairs.get(pair);
        if (known) known.sites++;
        else pairs.set(pair, { callee, caller, sites: 1 });
        binaryen.Call.setTarget(call, pair);
      }
    }
    for (const [pair, { callee }] of pairs) {
      const { params, results, vars, original } = functions.get(callee);
      const body = module.copyExpression(original);
      for (const call of callsIn(body)) binaryen.Call.setTarget(call, `${targetOf(call)} < ${callee}`);
      module.addGlobal(pair, binaryen.i32, true, module.i32.const(0));
      module.addGlobalExport(pair, pair);
      const counted = module.i32.add(module.global.get(pair, binaryen.i32), module.i32.const(1));
      module.addFunction(pair, params, results, vars, module.block(null, [module.global.set(pair, counted), body], results));
    }
  }
}
