// What the transforms of the core ask of binaryen's expressions: the calls in them.
import binaryen from "assemblyscript/binaryen";

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

/** The calls in it, innermost first. */
export function callsIn(expression) {
  const calls = partsOf(expression).flatMap(callsIn);
  if (binaryen.getExpressionId(expression) === Call) calls.push(expression);
  return calls;
}

export function targetOf(call) {
  return binaryen.getExpressionInfo(call).target;
}

/** What each function of the module is, by name, with a body that stays as it is now. */
export function functionsOf(module) {
  const functions = new Map();
  for (let i = 0; i < module.getNumFunctions(); i++) {
    const info = binaryen.getFunctionInfo(module.getFunctionByIndex(i));
    functions.set(info.name, { ...info, original: module.copyExpression(info.body) });
  }
  return functions;
}
