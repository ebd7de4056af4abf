// Optimises the binaries of the core once more than asc does: it stops while there is something to gain, and it never puts
// a constant that a function repeats into a local.
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "assemblyscript/binaryen";

for (const name of ["brine.wasm", "brine.scalar.wasm"]) {
  const file = new URL(`../dist/${name}`, import.meta.url);
  writeFileSync(file, smallest(readFileSync(file)));
}

function smallest(bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(binaryen.Features.MVP | binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt | binaryen.Features.SignExt |
    binaryen.Features.NontrappingFPToInt | binaryen.Features.MutableGlobals | binaryen.Features.SIMD128);
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(2);
  binaryen.setDebugInfo(false);
  // What is merged was chosen before: more would make bodies that the JVM does not compile.
  binaryen.setAlwaysInlineMaxSize(0);
  binaryen.setFlexibleInlineMaxSize(0);
  binaryen.setOneCallerInlineMaxSize(0);
  module.optimize();
  module.optimize();
  module.runPasses(["const-hoisting"]);
  const smaller = module.emitBinary();
  module.dispose();
  return smaller.length < bytes.length ? smaller : bytes;
}
