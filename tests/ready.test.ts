// The core where it has to be waited for, as in a page: each program runs in a Node of its own under the condition `browser`,
// where `fetch` gives the package's file, and counts how often it is asked.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { initSync, loadSync, ready, saveSync } from "../bindings/index.js";
import { projectRoot } from "./support/walk.js";

const PAGE = `import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { inspect, initSync, load, loadSync, open, ready, reprOf, save, saveSync, tensor } from "brine";
const wasm = readFileSync(new URL(import.meta.resolve("brine/brine.wasm")));
const file = readFileSync("examples/lstm_state_dict.pt");
let asked = 0;
let status = 200;
globalThis.fetch = async () => (asked++, new Response(wasm, { status }));
const code = async (work) => {
  try {
    await work();
    return "ok";
  } catch (error) {
    return error.name + " " + error.code + (/^[A-Z].*[^.]$/s.test(error.message) ? "" : ": " + error.message);
  }
};
const half = () => tensor([1, 2, 3], { dtype: "float16" }).to("float32").toArray().join();
const say = (...what) => console.log(what.join("; "));
`;

/** What a program prints, line by line. */
function page(program: string): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--conditions=browser", "--input-type=module", "--eval", PAGE + program], {
    cwd: projectRoot, encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split("\n");
}

test("a synchronous call before anything was awaited is NOT_READY, and fetches nothing", () => {
  assert.deepEqual(page(`
    for (const work of [() => loadSync(file), () => saveSync([1]), half]) say(await code(work), asked);
  `), Array(3).fill("UnsupportedError NOT_READY; 0"));
});

test("ready, load, open, inspect and save each make the core ready, and it is fetched once", () => {
  for (const first of ["ready()", "load(file)", "open(file)", "inspect(file)", "save([1])", "Promise.all([ready(), load(file), save([1])])"]) {
    assert.deepEqual(page(`
      await ${first};
      say(half(), await code(() => loadSync(file)), asked);
      await ready();
      say(asked);
    `), ["1,2,3; ok; 1", "1"], first);
  }
});

test("a core that cannot be fetched is NOT_READY, and the next call tries again", () => {
  assert.deepEqual(page(`
    status = 404;
    say(await code(() => load(file)), await code(() => save([1])), asked);
    status = 200;
    say(await code(() => load(file)), asked);
  `), ["UnsupportedError NOT_READY; UnsupportedError NOT_READY; 2", "ok; 3"]);
});

test("initSync takes bytes and a module, and no other module", () => {
  for (const core of ["wasm", "new Uint8Array(wasm).buffer", "new WebAssembly.Module(wasm)"]) {
    assert.deepEqual(page(`
      initSync(${core});
      say(half(), await code(() => loadSync(file)), await code(() => load(file)), asked);
    `), ["1,2,3; ok; ok; 0"], core);
  }
  assert.deepEqual(page(`
    const other = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    for (const core of [file, "brine.wasm", other, new WebAssembly.Module(other)]) say(await code(() => initSync(core)));
    say(await code(() => loadSync(file)));
  `), [...Array(4).fill("ArgumentError WASM"), "UnsupportedError NOT_READY"]);
});

test("what is deflated is inflated where it can be awaited, and names load where it cannot", () => {
  assert.deepEqual(page(`
    const packed = gzipSync(file);
    say(reprOf(await load(packed)) === reprOf(await load(file)), await code(() => loadSync(packed)));
    say((await inspect(packed.subarray(0, packed.length >> 1))).fault.code);
  `), ["true; UnsupportedError NOT_SYNC", "GZIP"]);
});

test("where the core is at once there, ready and initSync change nothing", async () => {
  await ready();
  initSync(new Uint8Array(0)); // it is there already
  assert.equal(loadSync<number[]>(saveSync([1]))[0], 1);
});
