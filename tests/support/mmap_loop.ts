// Maps a file again and again and lets go of it: mmap_loop.js FILE ROUNDS MARK. Prints the most maps of files whose path has MARK
// that the process had at one time, and how many are left once garbage is collected.
import { readFileSync } from "node:fs";
import { loadSync } from "../../bindings/index.js";

const [file, rounds, mark] = process.argv.slice(2);
if (file === undefined || rounds === undefined || mark === undefined) throw new Error("Wanted: mmap_loop.js FILE ROUNDS MARK");

function maps(): number {
  return readFileSync("/proc/self/maps", "utf8").split("\n").filter((line) => line.includes(mark as string)).length; // checked above
}

function round(): void {
  loadSync(file as string, { mmap: true }); // checked above
}

let most = 0;
for (let i = 0; i < Number(rounds); i++) {
  round();
  if (i % 20 === 0) most = Math.max(most, maps());
}
const collect = (globalThis as { readonly gc?: () => void }).gc; // --expose-gc
if (collect === undefined) throw new Error("Wanted: --expose-gc");
for (let i = 0; i < 100 && maps() > 0; i++) {
  collect();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log(JSON.stringify({ most, left: maps() }));
