// What a mapped file has to do in every runtime that maps files. Run as a program by tests/mmap.test.ts: mmap_child.js FILE,
// in Node, Deno and Bun alike. FILE is written by that test; what was seen is printed as JSON.
import { readFileSync } from "node:fs";
import { load, loadSync, open, openSync, type OrderedDict, type Tensor } from "../../bindings/index.js";
import { equalValues } from "./equal.js";

type State = OrderedDict<string, Tensor>;

/** What the test asserts on. */
export interface Seen {
  /** Mapped and read values are equal: of load, loadSync, open and openSync. */
  readonly equal: readonly boolean[];
  /** What was written into a tensor is there, and not in the file. */
  readonly written: number;
  readonly sameFile: boolean;
  /** Another map of the file does not see it. */
  readonly others: number;
  /** What a tensor gives after its file was closed. */
  readonly closed: number;
  /** What becomes of a tensor's buffer that somebody tries to take away: it stays, or what takes it owns it. */
  readonly transferred: "refused" | "copied" | "moved";
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("Wanted: mmap_child.js FILE");
const before = readFileSync(file);

const read = await load<State>(file);
const mapped = await load<State>(file, { mmap: true });
const opened = await open(file, { mmap: true });
const openedSync = openSync(file, { mmap: true });
const equal = [
  equalValues(mapped, read),
  equalValues(loadSync<State>(file, { mmap: true }), read),
  equalValues((await opened.read("x")).data, read.get("x")!.data), // the test's file has it
  equalValues((await openedSync.read("x")).data, read.get("x")!.data),
];

const x = mapped.get("x")!;
(x.data as Float32Array)[0] = 42; // x is of float32
const written = Number(x.data[0]);
const others = Number(loadSync<State>(file, { mmap: true }).get("x")!.data[0]);

const last = await opened.read("x");
await opened.close();
await openedSync.close();

const buffer = x.data.buffer as ArrayBuffer; // never shared memory
let transferred: Seen["transferred"] = "refused";
try {
  structuredClone(0, { transfer: [buffer] });
  transferred = buffer.byteLength === 0 ? "moved" : "copied";
} catch {
  // refused
}

const seen: Seen = { equal, written, sameFile: before.equals(readFileSync(file)), others, closed: Number(last.data[1]), transferred };
console.log(JSON.stringify(seen));
