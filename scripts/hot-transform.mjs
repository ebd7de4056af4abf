// A compiler transform that lets the core be small and fast at once. The core is optimised for size, which leaves calls of
// small functions as calls: right for most of it, wrong where one stands in the way of every opcode or tensor. So the calls
// of hot-calls.txt are merged into their callers: each gets a copy of its callee, which the optimiser puts in the one place
// that calls it. The list was counted, not guessed (profile-core.mjs), and is about speed alone: a line that names what is
// no longer there means nothing.
import { readFileSync } from "node:fs";
import { Transform } from "assemblyscript/transform";
import binaryen from "assemblyscript/binaryen";
import { callsIn, functionsOf, targetOf } from "./calls.mjs";

const LARGEST = 400; // expressions; more than any callee of the list

export default class HotTransform extends Transform {
  afterCompile(module) {
    const hot = hotCalls();
    const functions = functionsOf(module);
    let copies = 0;
    const merge = (caller, body) => {
      for (const call of hot.has(caller) ? callsIn(body) : []) {
        const target = targetOf(call);
        if (!hot.get(caller).has(target)) continue;
        const { params, results, vars, original } = functions.get(target);
        const copy = `${target}~${copies++}`;
        const copied = module.copyExpression(original);
        module.addFunction(copy, params, results, vars, copied);
        binaryen.Call.setTarget(call, copy);
        merge(target, copied);
      }
    };
    for (const { name, body } of functions.values()) merge(name, body);
    binaryen.setAlwaysInlineMaxSize(0);
    binaryen.setFlexibleInlineMaxSize(0);
    binaryen.setOneCallerInlineMaxSize(LARGEST);
    binaryen.setAllowInliningFunctionsWithLoops(true);
    module.runPasses(["inlining"]);
  }
}

/** The callees to be merged into each caller. A callee stands behind its callers in no list of its own: nothing goes round. */
function hotCalls() {
  const text = readFileSync(new URL("hot-calls.txt", import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const [caller, callees] = line.split(": ");
    return [`assembly/${caller}`, new Set(callees.split(" ").map((callee) => `assembly/${callee}`))];
  }));
}
