// Loads a file to be mapped later again and again, and never looks at it: mmap_held.js FILE ROUNDS ["waits"]. Prints how often the
// process had it open at most, and how often once garbage is collected.
import { readdirSync, readlinkSync } from "node:fs";
import { load, loadSync } from "../../bindings/index.js";

const [file, rounds, waits] = process.argv.slice(2);
if (file === undefined || rounds === undefined) throw new Error("Wanted: mmap_held.js FILE ROUNDS");
const collect = (globalThis as { readonly gc?: () => void }).gc; // --expose-gc
if (collect === undefined) throw new Error("Wanted: --expose-gc");

function open(): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false; // the folder's own
    }
  }).length;
}

let most = 0;
for (let i = 0; i < Number(rounds); i++) {
  if (waits === "waits") {
    await load(file, { mmap: true });
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  } else loadSync(file, { mmap: true });
  if (i % 20 === 0) most = Math.max(most, open());
}
for (let i = 0; i < 10 && open() > 0; i++) {
  collect();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log(JSON.stringify({ most, left: open() }));
