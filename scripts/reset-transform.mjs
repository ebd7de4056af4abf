// A compiler transform that gives the core its export `reset`: every global back to what it was in a new instance, and the
// start function run again. It is made from the module's own list of globals, so that no room can forget one of its own.
// The host restores static memory, of which it keeps a copy (bindings/core/instance.ts).
import { Transform } from "assemblyscript/transform";
import binaryen from "assemblyscript/binaryen";

export default class ResetTransform extends Transform {
  afterCompile(module) {
    const again = [];
    for (let i = 0; i < module.getNumGlobals(); i++) {
      const { name, mutable, module: imported, init } = binaryen.getGlobalInfo(module.getGlobalByIndex(i));
      if (!mutable || imported) continue;
      const { id, type, value } = binaryen.getExpressionInfo(init);
      if (id !== binaryen.ExpressionIds.Const) throw new Error(`Global ${name} begins with something else than a constant`);
      again.push(module.global.set(name, constant(module, type, value)));
    }
    const start = module.getStart();
    if (start) again.push(module.call(binaryen.getFunctionInfo(start).name, [], binaryen.none));
    module.addFunction("reset", binaryen.none, binaryen.none, [], module.block(null, again));
    module.addFunctionExport("reset", "reset");
  }
}

function constant(module, type, value) {
  switch (type) {
    case binaryen.i32: return module.i32.const(value);
    case binaryen.i64: return module.i64.const(typeof value === "bigint" ? value : (BigInt(value.high) << 32n) | BigInt(value.low >>> 0));
    case binaryen.f32: return module.f32.const(value);
    case binaryen.f64: return module.f64.const(value);
    default: throw new Error(`No constant of type ${type}`);
  }
}
