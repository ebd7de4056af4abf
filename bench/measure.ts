// One job in a process of its own, started by index.ts: node --expose-gc measure.js JOB FILE. Prints its times as JSON.
import { rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { Bench } from "tinybench";
import { load, open, save, type OrderedDict, type Tensor } from "../bindings/index.js";

/** Milliseconds, and bytes. torch_times.py prints the same. */
export interface Times {
  readonly cold: number;
  readonly best: number;
  readonly all: readonly number[];
  /** The process's largest resident set up to the end of the cold run. */
  readonly peak: number;
  readonly version?: string;
}

const RUNS = 5;

/** Opens a file and looks at every tensor as a person who lists it would; answers a number, so that nothing is left out. */
async function list(file: string): Promise<number> {
  const checkpoint = await open(file);
  let seen = 0;
  for (const tensor of checkpoint.tensors()) seen += tensor.name.length + tensor.dtype.length + tensor.shape.length;
  await checkpoint.close();
  return seen;
}

/** Elements of float32 in a page of memory. */
const PAGE = 1024;

/** Looks at every page of a tensor; answers a number, so that nothing is left out. */
function touch({ data }: Tensor): number {
  let seen = 0;
  for (let i = 0; i < data.length; i += PAGE) seen += Number(data[i]);
  return seen;
}

/** Maps a file and looks at every page of its first tensor. */
async function mapFirst(file: string): Promise<number> {
  const checkpoint = await open(file, { mmap: true });
  const [first] = checkpoint.tensors();
  const seen = touch(await checkpoint.read(first.name));
  await checkpoint.close();
  return seen;
}

/** Maps a file, as a value whole, and does this to its tensors. */
async function map(file: string, each: (tensor: Tensor) => unknown, most: number = Infinity): Promise<unknown> {
  const state = await load<OrderedDict<string, Tensor>>(file, { mmap: true });
  return [...state.values()].slice(0, most).map(each);
}

async function jobOf(name: string, file: string): Promise<() => Promise<unknown>> {
  if (name.startsWith("mmap")) createRequire(import.meta.url)("koffi"); // as torch is imported before its clock runs
  if (name === "load") return () => load(file);
  if (name === "open") return () => list(file);
  if (name === "mmap first") return () => mapFirst(file);
  if (name === "mmap all, first") return () => map(file, touch, 1);
  if (name === "mmap all") return () => map(file, touch);
  if (name === "mmap clone") return () => map(file, (tensor) => tensor.clone());
  const value = await load(file);
  return () => save(value, `${file}.out`);
}

async function measure(name: string, file: string): Promise<Times> {
  const job = await jobOf(name, file);
  const collect = (globalThis as { gc?: () => void }).gc ?? ((): void => undefined);
  collect();
  const started = performance.now();
  await job();
  const cold = performance.now() - started;
  const peak = process.resourceUsage().maxRSS * 1024;
  // Garbage of one run must not be collected in the time of the next: 2 GiB of buffers are a lot to wait for, and they
  // are given back by threads in the background (PyTorch gives its own back at once, before the clock runs).
  const settle = async (): Promise<void> => {
    collect();
    if (statSync(file).size > 268_435_456) await new Promise((resolve) => setTimeout(resolve, 500));
  };
  const bench = new Bench({ iterations: RUNS, time: 0, warmup: false, retainSamples: true, throws: true });
  bench.add(name, async () => { await job(); }, { async: true, beforeEach: settle });
  const [task] = await bench.run();
  const result = task?.result;
  if (result === undefined || !("latency" in result)) throw new Error(`The job "${name}" gave no times`);
  rmSync(`${file}.out`, { force: true });
  return { cold, best: result.latency.min, all: [...(result.latency.samples ?? [])], peak };
}

const [name, file] = process.argv.slice(2);
if (name === undefined || file === undefined) throw new Error("Wanted: measure.js JOB FILE");
console.log(JSON.stringify(await measure(name, file)));
