// npm run bench [-- small large kernels] [--dir FOLDER] [--json]
//
// Times brine, and PyTorch over the same files in the same run where BRINE_TORCH_PYTHON names a Python that has it.
// Every job runs in a process of its own: its first run is the cold one, the best of the five that follow the warm one,
// and its peak of memory is that of the whole process after the cold run, so that garbage of earlier runs is not in it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeInput, type Input } from "./inputs.js";
import { benchKernels, type KernelTimes } from "./kernels.js";
import type { Times } from "./measure.js";
import { table } from "./table.js";

/** A file that is mapped, and what is looked at then: every page of its first tensor, or of all; or all is copied. */
type Mmap = "mmap first" | "mmap all, first" | "mmap all" | "mmap clone";

/** One line of the report: a job of brine's, and what PyTorch does for the same end. */
interface Job {
  readonly input: Input;
  readonly brine: "load" | "open" | "save" | Mmap;
  readonly torch: "load" | "save" | Mmap;
  readonly label: string;
}

const JOBS: readonly Job[] = [
  { input: "small", brine: "load", torch: "load", label: "load 100,000 tensors" },
  { input: "small", brine: "open", torch: "load", label: "open and list 100,000 tensors" },
  { input: "small", brine: "save", torch: "save", label: "save 100,000 tensors" },
  { input: "large", brine: "load", torch: "load", label: "load 2 GiB in 32 tensors" },
  { input: "large", brine: "mmap first", torch: "mmap first", label: "open 2 GiB mapped, look at one tensor" },
  { input: "large", brine: "mmap all, first", torch: "mmap first", label: "map 2 GiB, look at one tensor" },
  { input: "large", brine: "mmap all", torch: "mmap all", label: "map 2 GiB, look at all" },
  { input: "large", brine: "mmap clone", torch: "mmap clone", label: "map 2 GiB, copy all" },
];

interface Result {
  readonly label: string;
  readonly brine: Times;
  readonly torch: Times | null;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const script = here("../../bench/torch_times.py");

function timesOf(program: string, parameters: readonly string[]): Times {
  const env = { ...process.env, NODE_PATH: here("../../tests/runtimes/node_modules") }; // koffi's, which maps files
  const output = execFileSync(program, parameters, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], env });
  return JSON.parse(output) as Times; // what measure.ts and torch_times.py print
}

const milliseconds = (ms: number): string =>
  ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms >= 100 ? 0 : 1)} ms`;
const megabytes = (bytes: number): string => `${Math.round(bytes / 1048576)} MiB`;
const ratio = (torch: number, brine: number): string => {
  const times = torch / brine;
  return `${times.toFixed(times >= 10 ? 0 : 2)} ×`;
};

function report(results: readonly Result[]): string {
  const rows = results.map(({ label, brine, torch }) => [
    label, milliseconds(brine.best), milliseconds(brine.cold), megabytes(brine.peak),
    ...(torch === null ? ["", "", "", "", ""] : [
      milliseconds(torch.best), milliseconds(torch.cold), megabytes(torch.peak),
      ratio(torch.best, brine.best), ratio(torch.cold, brine.cold),
    ]),
  ]);
  const head = ["", "brine", "cold", "peak", "torch", "cold", "peak", "faster", "cold"];
  return table(results.some(({ torch }) => torch !== null) ? [head, ...rows] : [head, ...rows].map((row) => row.slice(0, 4)));
}

function kernelReport(kernels: readonly KernelTimes[]): string {
  const speed = (n: number | null): string => (n === null ? "" : n.toFixed(2));
  const rows = kernels.map((k) => [k.label, speed(k.simd), speed(k.scalar), speed(k.script), speed(k.bindings)]);
  return table([["GB/s of input", "SIMD", "scalar", "JavaScript", "through the window"], ...rows]);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dir: { type: "string" }, json: { type: "boolean", default: false } },
});
const known = ["small", "large", "kernels"];
const wanted = positionals.length === 0 ? known : positionals;
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`Unknown benchmark "${unknown}": wanted ${known.join(", ")}`);
  process.exit(2);
}
const python = process.env["BRINE_TORCH_PYTHON"] ?? null;
const dir = values.dir ?? join(tmpdir(), "brine-bench");
mkdirSync(dir, { recursive: true });
const say = (text: string): void => {
  if (!values.json) console.log(text);
};

const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, ` +
  `${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
say(machine);

const results: Result[] = [];
let torchVersion: string | null = null;
for (const { input, brine, torch, label } of JOBS) {
  if (!wanted.includes(input)) continue;
  if (brine.startsWith("mmap") && !existsSync(here("../../tests/runtimes/node_modules/koffi"))) {
    say(`  ${label}: not measured, no koffi (npm install --prefix tests/runtimes)`);
    continue;
  }
  const file = makeInput(input, dir, python === null ? null : { python, script }, say);
  const mine = timesOf(process.execPath, ["--expose-gc", here("./measure.js"), brine, file]);
  const theirs = python === null ? null : timesOf(python, [script, torch, file]);
  torchVersion = theirs?.version ?? torchVersion;
  results.push({ label, brine: mine, torch: theirs });
  say(`  ${label}: ${milliseconds(mine.best)}${theirs === null ? "" : `, torch ${milliseconds(theirs.best)}`}`);
}
const kernels = wanted.includes("kernels") ? await benchKernels() : [];

if (values.json) console.log(JSON.stringify({ machine, torch: torchVersion, results, kernels }, null, 2));
else {
  if (results.length > 0) {
    const note = python === null ? "; BRINE_TORCH_PYTHON names no Python with PyTorch to compare with" : `; torch ${torchVersion ?? ""}`;
    console.log(`\nBest of five in a warm process, and the first run of a fresh one${note}\n\n${report(results)}`);
  }
  if (kernels.length > 0) console.log(`\n${kernelReport(kernels)}`);
}
