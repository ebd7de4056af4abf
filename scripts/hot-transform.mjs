// A compiler transform that lets the core be small and fast at once. The core is optimised for size, which leaves calls of
// small functions as calls: right for most of it, wrong where a call would stand in the way of every tensor or opcode. So a
// function whose comment says `@hot` has what it calls merged into it, at every place where it calls something small:
// each such call gets a copy of its callee, which the optimiser merges into the only place that calls it.
import { Transform } from "assemblyscript/transform";
import { NodeKind } from "assemblyscript";
import binaryen from "assemblyscript/binaryen";

const SMALL = 40; // expressions of a callee that is worth a copy

export default class HotTransform extends Transform {
  #hot = new Set();

  afterParse(parser) {
    for (const { internalPath, text, statements } of parser.sources) {
      if (!internalPath.startsWith("assembly/")) continue;
      let end = 0; // of the statement before: between the two stands the comment
      for (const { kind, name, range } of statements) {
        if (kind === NodeKind.FunctionDeclaration && text.slice(end, range.start).includes("@hot")) {
          this.#hot.add(`${internalPath}/${name.text}`);
        }
        end = range.end;
      }
    }
  }

  afterCompile(module) {
    const sizes = new Map(); // of functions that are small, before anything is merged
    for (let i = 0; i < module.getNumFunctions(); i++) {
      const { name, body } = binaryen.getFunctionInfo(module.getFunctionByIndex(i));
      sizes.set(name, sizeOf(body));
    }
    let copies = 0;
    const merge = (body, within) => {
      walk(body, (call) => {
        const { target } = binaryen.getExpressionInfo(call);
        if (sizes.get(target) > SMALL || within.includes(target)) return;
        const { params, results, vars, body: callee } = binaryen.getFunctionInfo(module.getFunction(target));
        const copy = `${target}~${copies++}`;
        const copied = module.copyExpression(callee);
        module.addFunction(copy, params, results, vars, copied);
        binaryen.Call.setTarget(call, copy);
        merge(copied, [...within, target]);
      });
    };
    for (const name of this.#hot) {
      const hot = module.getFunction(name);
      if (!hot) throw new Error(`Function ${name} is said to be hot, and is not there`);
      merge(binaryen.getFunctionInfo(hot).body, [name]);
    }
    binaryen.setAlwaysInlineMaxSize(0);
    binaryen.setFlexibleInlineMaxSize(0);
    binaryen.setOneCallerInlineMaxSize(10 * SMALL);
    binaryen.setAllowInliningFunctionsWithLoops(false);
    module.runPasses(["inlining"]);
  }
}

const { Call, Const, MemoryCopy, MemoryFill, Nop, Unreachable } = binaryen.ExpressionIds;
const WITHOUT_PARTS = new Set([Const, Nop, Unreachable]);

/** What holds an expression's parts, whichever kind it is of. */
const PARTS = [
  "children", "condition", "ifTrue", "ifFalse", "body", "value", "left", "right", "ptr", "operands", "delta", "dest", "source",
  "vec", "shift", "a", "b", "c",
];

function partsOf(expression) {
  const id = binaryen.getExpressionId(expression);
  if (WITHOUT_PARTS.has(id)) return [];
  const info = binaryen.getExpressionInfo(expression);
  const parts = PARTS.flatMap((part) => info[part] ?? []);
  if (id === MemoryCopy || id === MemoryFill) parts.push(info.size); // elsewhere a size is a number of bytes
  return parts.filter((part) => part !== 0);
}

function sizeOf(expression) {
  return partsOf(expression).reduce((sum, part) => sum + sizeOf(part), 1);
}

function walk(expression, onCall) {
  for (const part of partsOf(expression)) walk(part, onCall);
  if (binaryen.getExpressionId(expression) === Call) onCall(expression);
}
