// Progress and cancellation: each phase counts up to its total, names tensors where it can, and an abort leaves nothing behind.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect, load, loadSync, open, OrderedDict, reprOf, save, saveSync, Storage, Tensor, tensor, type ProgressEvent } from "../bindings/index.js";
import { FarSource } from "./support/far.js";
import { serve } from "./support/server.js";

const state = new OrderedDict<string, Tensor>(Array.from({ length: 30 }, (_, i) => (
  [`layer.${i}`, new Tensor(new Storage(new Float32Array(i * 2000).fill(i), { dtype: "float32" }), { shape: [i * 2000] })])));
const file = saveSync(state);

/** Holds events against what is promised of them. Answers the phases, in order. */
function checked(seen: readonly ProgressEvent[]): string[] {
  const phases: string[] = [];
  let before: ProgressEvent | undefined;
  for (const event of seen) {
    const { phase, loaded, total } = event;
    if (phase !== before?.phase) {
      assert.equal(loaded, 0, `${phase} begins at nothing`);
      if (before !== undefined && before.total !== null) assert.equal(before.loaded, before.total, `${before.phase} ends at its total`);
      phases.push(phase);
    } else {
      assert.ok(loaded >= before.loaded, phase);
      assert.equal(total, before.total, phase);
    }
    if (total !== null) assert.ok(loaded <= total);
    before = event;
  }
  return phases;
}

const inMemory = (): Uint8Array => file;

test("load: open, read, build, each to its end; names are those of tensors", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-progress-"));
  const path = join(folder, "model.pth");
  writeFileSync(path, file);
  await using server = await serve(file);
  try {
    for (const [label, source] of [["memory", inMemory()], ["path", path], ["far", new FarSource(file)], ["address", server.url]] as const) {
      const seen: ProgressEvent[] = [];
      const value = await load(source, { onProgress: (event) => seen.push(event) });
      assert.equal(reprOf(value), reprOf(state));
      assert.deepEqual(checked(seen), ["open", "read", "build"], label);
      const read = seen.filter(({ phase }) => phase === "read");
      assert.ok(read[0].total !== null && read[0].total <= file.length && read[0].total > 3_400_000, label);
      assert.ok(read.length > (label === "far" ? 1 : 3), label); // from afar it is one read
      for (const { tensor: name } of read) assert.ok(name === null || state.has(name));
      assert.deepEqual(seen.at(-1), { phase: "build", loaded: 30, total: 30, tensor: null });
      if (label !== "far" && label !== "address") assert.ok(read.some(({ tensor: name }) => name === "layer.29"), label);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("bytes of one large tensor are told as they come", async () => {
  const one = saveSync({ large: new Tensor(new Storage(new Uint8Array(20 << 20), { dtype: "uint8" }), { dtype: "uint8", shape: [20 << 20] }) });
  await using server = await serve(one);
  const seen: ProgressEvent[] = [];
  await load(server.url, { onProgress: (event) => seen.push(event) });
  assert.deepEqual(checked(seen), ["open", "read", "build"]);
  const middle = seen.filter(({ phase, loaded, total }) => phase === "read" && loaded > 0 && loaded < total!);
  assert.ok(middle.length > 5 && middle.every(({ tensor: name }) => name === "large"));
});

test("open and inspect: one phase, whose end nobody knows", async () => {
  for (const work of [open, inspect]) {
    const seen: ProgressEvent[] = [];
    const opened = await work(new FarSource(file), { onProgress: (event) => seen.push(event) });
    assert.deepEqual(checked(seen), ["open"]);
    assert.ok(seen.every(({ total, tensor: name }) => total === null && name === null) && seen.at(-1)!.loaded > 0);
    if ("close" in opened) await opened.close();
  }
});

test("save: bytes of storages, up to all of them", async () => {
  const large = new Tensor(new Storage(new Uint8Array(200 << 20), { dtype: "uint8" }), { dtype: "uint8", shape: [200 << 20] });
  const folder = mkdtempSync(join(tmpdir(), "brine-progress-"));
  try {
    for (const [value, total] of [[state, 3_480_000], [{ large, small: tensor([1, 2]) }, (200 << 20) + 16], [{ nothing: 1 }, 0]] as const) {
      const seen: ProgressEvent[] = [];
      await save(value, join(folder, "out.pth"), { onProgress: (event) => seen.push(event) });
      assert.deepEqual(checked(seen), ["write"]);
      assert.equal(seen[0].total, total);
      assert.equal(seen.at(-1)?.loaded, total);
      if (total > 100_000_000) assert.ok(seen.length >= 4);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an aborted save leaves no file behind, whenever it comes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-progress-"));
  const large = (): Tensor => new Tensor(new Storage(new Uint8Array(150 << 20), { dtype: "uint8" }), { dtype: "uint8", shape: [150 << 20] });
  try {
    const reason = new RangeError("enough");
    await assert.rejects(save(state, join(folder, "a.pth"), { signal: AbortSignal.abort(reason) }), (error) => error === reason);
    const stop = new AbortController();
    await assert.rejects(save({ a: large(), b: large() }, join(folder, "b.pth"), {
      signal: stop.signal,
      onProgress: ({ loaded }) => {
        if (loaded > 0) stop.abort(reason);
      },
    }), (error) => error === reason);
    await assert.rejects(save({ a: large() }, join(folder, "c.pth"), { onProgress: ({ loaded }) => {
      if (loaded > 0) throw reason;
    } }), (error) => error === reason);
    assert.deepEqual(readdirSync(folder), []);
    // What is saved is still in a file behind a server that says nothing.
    let silent = false;
    await using server = await serve(file, () => silent);
    const opened = await open(server.url);
    silent = true;
    const late = new AbortController();
    const saving = save(opened.root(), join(folder, "d.pth"), { signal: late.signal });
    setTimeout(() => late.abort(reason), 50);
    await assert.rejects(saving, (error) => error === reason);
    assert.deepEqual(readdirSync(folder), []);
    await opened.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an abort in any phase of a load rejects with its reason", async () => {
  for (const where of ["open", "read", "build"]) {
    for (const source of [inMemory(), new FarSource(file)]) {
      const stop = new AbortController();
      const reason = new RangeError(where);
      const loading = load(source, { signal: stop.signal, onProgress: ({ phase }) => {
        if (phase === where) stop.abort(reason);
      } });
      await assert.rejects(loading, (error) => error === reason);
    }
  }
  assert.equal(reprOf(loadSync(file)), reprOf(state));
});

test("an abort reaches a long decode that reads nothing", async () => {
  const many = Buffer.concat([Buffer.from("\x80\x02](", "latin1"), Buffer.alloc(16_000_000, "K\x01"), Buffer.from("e.")]); // a list of 8 million ones
  const stop = new AbortController();
  setTimeout(() => stop.abort(new RangeError("enough")), 1);
  await assert.rejects(load(many, { signal: stop.signal }), /enough/);
});
