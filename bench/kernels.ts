// The kernels alone: GB/s of input, in the SIMD build, in the scalar build, and in plain JavaScript over typed arrays,
// each over 1 MiB that stays in the cache; and through the window, as the bindings run them, over 64 MiB.
import { readFileSync } from "node:fs";
import { Bench } from "tinybench";
import type { CoreExports } from "../bindings/core/abi.js";
import { gatherContiguous, widen } from "../bindings/core/element_kernels.js";
import { crc32, crc32OfCore, swapBytes } from "../bindings/core/kernels.js";

/** GB/s; null where there is nothing of the kind to compare. */
export interface KernelTimes {
  readonly label: string;
  readonly simd: number | null;
  readonly scalar: number | null;
  readonly script: number | null;
  readonly bindings: number | null;
}

const HELD = 1048576;
const LARGE = 67108864;
const SIDE = 512; // a square of singles in HELD bytes
const LARGE_SIDE = 4096;

type Run = () => void;

/** One kernel over a block of memory, over typed arrays, and through the bindings. */
interface Case {
  readonly label: string;
  readonly core: ((core: CoreExports, from: number, to: number, dims: number) => void) | null;
  readonly script: Run | null;
  readonly bindings: Run | null;
}

function instanceOf(file: string): CoreExports {
  const module = new WebAssembly.Module(readFileSync(new URL(`../${file}`, import.meta.url)));
  return new WebAssembly.Instance(module, {}).exports as unknown as CoreExports; // tests/core-build.test.ts compares
}

function cases(): Case[] {
  const bytes = new Uint8Array(HELD).map((_, i) => i * 31);
  const words = new Uint32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  const out = new Uint32Array(HELD / 2);
  const large = new Uint8Array(LARGE).map((_, i) => i * 31);
  return [
    { label: "swap16", core: (c, from) => c.swap16(from, HELD), bindings: () => swapBytes(large, 2), script: () => {
      for (let i = 0; i < halves.length; i++) halves[i] = (halves[i] << 8) | (halves[i] >>> 8);
    } },
    { label: "swap32", core: (c, from) => c.swap32(from, HELD), bindings: () => swapBytes(large, 4), script: () => {
      for (let i = 0; i < words.length; i++) {
        const v = words[i];
        words[i] = (v << 24) | ((v << 8) & 0xff0000) | ((v >>> 8) & 0xff00) | (v >>> 24);
      }
    } },
    { label: "swap64", core: (c, from) => c.swap64(from, HELD), bindings: () => swapBytes(large, 8), script: null },
    { label: "float16 → float32", core: (c, from, to) => c.widenF16(from, to, HELD / 2),
      bindings: () => void widen(large, "float16"), script: () => {
        for (let i = 0; i < halves.length; i++) {
          const h = halves[i];
          const sign = (h & 0x8000) << 16;
          const size = h & 0x7fff;
          if (size >= 0x7c00) out[i] = sign | 0x7f800000 | (size << 13);
          else if (size >= 0x400) out[i] = sign | ((size << 13) + 0x38000000);
          else out[i] = sign; // what a subnormal takes is left out, in the loop's favour
        }
      } },
    { label: "bfloat16 → float32", core: (c, from, to) => c.widenBf16(from, to, HELD / 2),
      bindings: () => void widen(large, "bfloat16"), script: () => {
        for (let i = 0; i < halves.length; i++) out[i] = halves[i] << 16;
      } },
    { label: "gather, transposed", core: (c, from, to, dims) => c.gather(from, to, 4, 2, setDims(c, dims, 1n, BigInt(SIDE))),
      bindings: () => void gatherContiguous(large, 4, [LARGE_SIDE, LARGE_SIDE], [1, LARGE_SIDE], 0), script: () => {
        for (let r = 0, at = 0; r < SIDE; r++) for (let c = 0; c < SIDE; c++) out[at++] = words[c * SIDE + r];
      } },
    { label: "gather, one row repeated", core: (c, from, to, dims) => c.gather(from, to, 4, 2, setDims(c, dims, 0n, 1n)),
      bindings: null, script: () => {
        for (let r = 0, at = 0; r < SIDE; r++) for (let c = 0; c < SIDE; c++) out[at++] = words[c];
      } },
    { label: "crc32", core: (c, from) => void c.crc32(from, HELD, 0), bindings: () => void crc32OfCore(large), script: null },
    { label: "crc32 of the platform", core: null, bindings: () => void crc32(large), script: null },
  ];
}

function setDims(core: CoreExports, at: number, row: bigint, column: bigint): number {
  new BigInt64Array(core.memory.buffer, at, 4).set([BigInt(SIDE), BigInt(SIDE), row, column]);
  return at;
}

/** Runs every kernel in every form. */
export async function benchKernels(): Promise<readonly KernelTimes[]> {
  const bench = new Bench({ time: 200, warmupTime: 100, throws: true });
  const all = cases();
  for (const file of ["brine.wasm", "brine.scalar.wasm"]) {
    const core = instanceOf(file);
    const from = core.alloc(HELD) >>> 0;
    const to = core.alloc(HELD * 2) >>> 0;
    const dims = core.alloc(64) >>> 0;
    for (const { label, core: kernel } of all) if (kernel !== null) bench.add(`${label} ${file}`, () => kernel(core, from, to, dims));
  }
  for (const { label, script, bindings } of all) {
    if (script !== null) bench.add(`${label} script`, script);
    if (bindings !== null) bench.add(`${label} bindings`, bindings);
  }
  await bench.run();
  const speed = (name: string, bytes: number): number | null => {
    const result = bench.getTask(name)?.result;
    return result !== undefined && "latency" in result ? bytes / result.latency.min / 1e6 : null;
  };
  return all.map(({ label }) => ({
    label,
    simd: speed(`${label} brine.wasm`, HELD),
    scalar: speed(`${label} brine.scalar.wasm`, HELD),
    script: speed(`${label} script`, HELD),
    bindings: speed(`${label} bindings`, LARGE),
  }));
}
