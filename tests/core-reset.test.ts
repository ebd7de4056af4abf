// A reused instance must not be told from a new one: not by what it answers, and not by what lay in its memory before.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { coreFile } from "#core/wasm";
import type { CoreExports } from "../bindings/core/abi.js";
import { CoreMemory } from "../bindings/core/memory.js";
import { DONE, FAULT, MORE } from "../assembly/shared/status.js";
import { COLUMNS } from "../assembly/shared/columns.js";

const golden = new URL("../../tests/golden/", import.meta.url);
assert.ok(coreFile.atOnce);
const { module } = coreFile.compile();

function newCore(): CoreExports {
  return new WebAssembly.Instance(module, {}).exports as unknown as CoreExports; // abi.ts types them
}

/** Opens a file and tells everything that a host can see, addresses apart from those of a column's rows. */
function tell(core: CoreExports, file: Uint8Array): { status: number; fault: number[]; counts: number[]; kinds: string; edges: number } {
  const memory = new CoreMemory(core);
  core.openSource(BigInt(file.length), 0);
  let status: number;
  for (;;) {
    status = core.step(1 << 20);
    if (status === DONE || status === FAULT) break;
    if (status === MORE) continue;
    const from = Number(core.needFrom());
    const size = Number(core.needSize());
    const at = core.feed() >>> 0;
    memory.u8.set(file.subarray(from, from + size), at);
    core.fed(size);
  }
  const counts = Array.from({ length: COLUMNS }, (_, column) => memory.columnCount(column));
  const fault = Array.from(memory.bytes(core.faultRecord(), 32));
  return { status, fault, counts, kinds: Buffer.from(memory.byteColumn(0)).toString("hex"), edges: counts[3] };
}

test("reset: a reused instance full of other bytes answers as a new one", () => {
  const reused = newCore();
  const pristine = new Uint8Array(reused.memory.buffer.slice(0));
  const names = readdirSync(golden).filter((name) => name.endsWith(".pt"));
  assert.ok(names.length > 20);
  for (const name of [...names, ...names.toReversed()]) {
    const whole = new Uint8Array(readFileSync(new URL(name, golden)));
    // Every third file is cut, so that instances are reused after faults too.
    const file = name.length % 3 === 0 ? whole.subarray(0, whole.length - 30) : whole;
    const expected = tell(newCore(), file);
    assert.deepEqual(tell(reused, file), expected, name);
    reused.reset();
    const all = new Uint8Array(reused.memory.buffer);
    all.fill(0xa5);
    all.set(pristine);
  }
});

test("reset: what one file allowed is not allowed to the next", () => {
  const core = newCore();
  const pristine = new Uint8Array(core.memory.buffer.slice(0));
  const name = new TextEncoder().encode("argparse.Namespace");
  const at = core.alloc(name.length) >>> 0;
  new Uint8Array(core.memory.buffer).set(name, at);
  assert.equal(core.allowGlobal(at, name.length), DONE);
  core.reset();
  new Uint8Array(core.memory.buffer).set(pristine);
  // GLOBAL argparse Namespace, STOP
  const pickle = new TextEncoder().encode("\x00\x02cargparse\nNamespace\n.");
  pickle[0] = 0x80;
  const memory = new CoreMemory(core);
  core.openSource(BigInt(pickle.length), 3); // WEIGHTS_ONLY and BARE_PICKLE
  let status = core.step(1000);
  while (status !== DONE && status !== FAULT) {
    const into = core.feed() >>> 0;
    memory.u8.set(pickle, into);
    core.fed(pickle.length);
    status = core.step(1000);
  }
  assert.equal(status, FAULT);
});
