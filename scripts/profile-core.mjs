// Writes hot-calls.txt: which calls in the core are worth the bytes that it takes to merge them into their callers.
//
//   node scripts/profile-core.mjs MANY.pt        a zip checkpoint of very many small tensors, where the core's own time shows
//
// The core is compiled so that it counts its calls, then opens the checkpoint, lists it, writes it again and runs the kernels.
// A call is worth the more the more often it is made, and the less the more it takes to copy what it calls.
import { readFileSync, writeFileSync } from "node:fs";
import { main } from "assemblyscript/asc";
import binaryen from "assemblyscript/binaryen";
import { Transform } from "assemblyscript/transform";
import { checkCore } from "./check-core.mjs";
import CountTransform, { pairs } from "./count-transform.mjs";
import PackTransform from "./pack-transform.mjs";
import ResetTransform from "./reset-transform.mjs";

const BUDGET = 4350; // bytes, about
const RARE = 8000; // calls
const CALL = 4; // bytes

const HEAD = `# The calls that hot-transform.mjs merges into their callers, as profile-core.mjs counted them.
# caller: callees
`;

/** Leaves every function a function of its own. */
class ApartTransform extends Transform {
  afterCompile(module) {
    binaryen.setPassArgument("no-inline", "*");
    module.runPasses(["no-inline"]);
  }
}

async function compile(transform, ...flags) {
  const outFile = "core.wasm";
  let binary;
  const { error } = await main(
    ["assembly/index.ts", "--runtime", "stub", "--use", "abort=", "--noAssert", "--enable", "simd", "--outFile", outFile, ...flags],
    {
      transforms: [ResetTransform, PackTransform, transform],
      writeFile: (name, contents) => { if (name === outFile) binary = contents; },
    },
  );
  if (error) throw error;
  return binary;
}

/** Bytes of each function's body by its name, as small as it gets. */
async function sizesOfBodies() {
  const { functions } = checkCore(await compile(ApartTransform, "-Oz", "--debug"), { simd: true });
  return new Map(functions.map(({ name, bytes }) => [name.split('"')[1], bytes]));
}

/** Opens a checkpoint and lists it. */
function open(core, file) {
  core.openSource(BigInt(file.length), 0);
  for (let status; (status = core.step(262144)) !== 0;) {
    if (status === 1) continue;
    if (status !== 2) throw new Error("The core refuses the checkpoint");
    const from = Number(core.needFrom());
    const n = Number(core.needSize());
    new Uint8Array(core.memory.buffer, core.feed() >>> 0, n).set(file.subarray(from, from + n));
    core.fed(n);
  }
}

/** Writes it again; the contents of its storages do not matter. */
function save(core) {
  const [root] = new Uint32Array(core.memory.buffer, core.facts(), 1);
  core.encodeBegin(root, 2);
  while (core.encode(1 << 20) === 1);
  const folder = core.alloc(16);
  new Uint8Array(core.memory.buffer, folder, 1).fill(97);
  core.saveBegin(folder, 1, 23, 64, 0);
  while (core.saveNext() >= 0) {
    core.saveRoom();
    core.savePut();
    if (core.outLength() >>> 0 > 1 << 20) core.outClear();
  }
}

function kernels(core) {
  const n = 1 << 19;
  const from = core.alloc(n);
  const to = core.alloc(4 * n);
  const dims = core.alloc(32);
  const gather = (itemSize, ...numbers) => {
    new BigInt64Array(core.memory.buffer, dims, 4).set(numbers.map(BigInt));
    core.gather(from, to, itemSize, 2, dims);
  };
  for (const kernel of ["swap16", "swap32", "swap64"]) core[kernel](from, n);
  for (const kernel of ["widenF16", "widenBf16"]) core[kernel](from, to, n / 2);
  for (const itemSize of [1, 2, 4, 8]) gather(itemSize, 256, 256, 1, 256);
  gather(16, 128, 128, 1, 128);
  gather(4, 256, 256, 0, 1);
}

const sizes = await sizesOfBodies();
const module = new WebAssembly.Module(await compile(CountTransform));
const cores = [1, 2, 3].map(() => new WebAssembly.Instance(module, {}).exports);
for (const core of cores) open(core, readFileSync(process.argv[2])); // files are read more often than they are written
const [core] = cores;
save(core);
for (let i = 0; i < 200; i++) kernels(core); // as many bytes as large tensors have
const found = [...pairs.entries()].map(([pair, { callee, caller, sites }]) => {
  const bytes = sites * Math.max(1, (sizes.get(callee) ?? RARE) - CALL);
  return { callee, caller, bytes, calls: cores.reduce((sum, core) => sum + (core[pair].value >>> 0), 0) };
}).filter(({ calls }) => calls > RARE).sort((a, b) => b.calls / b.bytes - a.calls / a.bytes);
const callees = new Map();
let spent = 0;
for (const { callee, caller, bytes } of found) {
  if ((spent += bytes) > BUDGET) break;
  callees.set(caller, [...callees.get(caller) ?? [], callee]);
}
const short = (name) => name.replace(/^assembly\//, "");
const lines = [...callees].map(([caller, list]) => `${short(caller)}: ${list.map(short).sort().join(" ")}`).sort();
writeFileSync(new URL("hot-calls.txt", import.meta.url), `${HEAD}${lines.join("\n")}\n`);
