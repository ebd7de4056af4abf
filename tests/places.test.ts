// Where a checkpoint begins: at an offset, behind another one, inside gzip.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { inspect, LimitError, load, loadSync, open, openSync, saveSync, tensor, type Source } from "../bindings/index.js";
import { ArgumentError, BrineError, FormatError } from "../bindings/core/errors.js";
import { MemorySource } from "../bindings/io/memory.js";
import { WindowSource } from "../bindings/io/window.js";
import { documentText } from "./support/document.js";
import { equalValues } from "./support/equal.js";
import { tarOf } from "./support/tar.js";
import { allFixtures, needsShared, projectRoot } from "./support/walk.js";

const golden = (name: string): Buffer => readFileSync(join(projectRoot, "tests", "golden", name));
const stream = golden("seed_xy.legacy.pt");
const zip = golden("seed_xy.pt");
const value = loadSync(zip);

/** A source that counts what is read of it, and answers later. */
class Counting implements Source {
  readonly size: number;
  readonly #bytes: Uint8Array;
  last = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  async read(offset: number, into: Uint8Array): Promise<number> {
    const part = this.#bytes.subarray(offset, offset + into.length);
    into.set(part);
    this.last = Math.max(this.last, offset + part.length);
    return part.length;
  }
}

/** Loads, opens and inspects what begins at an offset, and compares it with what a slice of its own gives. */
async function sameAsAlone(whole: Uint8Array, offset: number, length: number, what: string): Promise<void> {
  const alone = whole.slice(offset, offset + length);
  const expected = loadSync(alone, { weightsOnly: false });
  for (const source of [whole, new Counting(whole)]) {
    assert.ok(equalValues(expected, await load(source, { offset, weightsOnly: false })), `${what}: load`);
    const file = await open(source, { offset });
    const [mine, theirs] = [file.tensors(), openSync(alone).tensors()];
    assert.deepEqual(Array.from(mine, (t) => t.toJSON()), Array.from(theirs, (t) => t.toJSON()), `${what}: open`);
    for (const t of theirs) {
      assert.ok(equalValues(await openSync(alone).read(t.name), await file.read(t.name)), `${what}: ${t.name}`);
      await file.get(t.name)?.to("cpu");
    }
    assert.equal(file.size, whole.length);
    const seen = await inspect(source, { offset });
    assert.equal(seen.end, file.end);
    await file.close();
  }
  assert.ok(equalValues(expected, loadSync(whole, { offset, weightsOnly: false })), `${what}: loadSync`);
  assert.equal(await documentText(whole, "utf-8", offset), await documentText(alone), `${what}: inspect's document`);
}

test("every part of every fixture that holds several, or a prefix, loads at its offset as it does alone, in gzip too", needsShared, async (t) => {
  const seen = new Set<string>();
  let parts = 0;
  for (const { path, kind, save } of allFixtures()) {
    if (kind !== "other" || seen.has(path)) continue;
    seen.add(path);
    const whole = new Uint8Array(readFileSync(path));
    for (const [offset, length] of (save?.["parts"] ?? [[0, whole.length]]) as [number, number][]) { // as the manifest has them
      await sameAsAlone(whole, offset, length, path);
      const part = whole.subarray(offset, offset + length);
      const packed = part[0] === 0x1f ? part : gzipSync(part);
      await sameAsAlone(Buffer.concat([Buffer.from("front"), packed]), 5, packed.length, `${path}, in gzip`);
      parts++;
    }
  }
  assert.ok(parts > 5, `${parts} parts`);
  t.diagnostic(`${parts} parts of ${seen.size} files`);
});

test("offset: several checkpoints in one file are walked by their ends", async () => {
  const other = saveSync(new Map([["z", tensor([1, 2, 3])]]));
  const whole = Buffer.concat([stream, stream, Buffer.from("\x80\x02K\x07.", "latin1"), stream, other]);
  const found: unknown[] = [];
  const ends: number[] = [];
  for (let offset = 0; offset < whole.length;) {
    found.push(loadSync(whole, { offset }));
    const file = await open(new Counting(whole), { offset });
    offset = file.end;
    ends.push(offset);
    await file.close();
  }
  assert.deepEqual(ends, [stream.length, 2 * stream.length, 2 * stream.length + 5, 3 * stream.length + 5, whole.length]);
  for (const i of [0, 1, 3]) assert.ok(equalValues(loadSync(stream), found[i]));
  assert.equal(found[2], 7);
  assert.ok(equalValues(loadSync(other), found[4]));
  const seen = await inspect(whole, { offset: stream.length });
  assert.deepEqual([seen.end, seen.size, seen.container], [2 * stream.length, whole.length, "legacy"]);
});

test("offset: a stream or pickle in front of much else is read without that", async () => {
  const much = new Uint8Array(8 << 20);
  for (const first of [stream, Buffer.from("\x80\x02]q\x00.", "latin1")]) {
    const source = new Counting(Buffer.concat([first, much]));
    await load(source);
    assert.ok(source.last < 200_000, `${source.last} bytes read`);
  }
});

test("offset: what is no whole number of bytes inside the source is an error", async () => {
  for (const offset of [-1, 1.5, Number.NaN, 2 ** 60, "3"] as number[]) { // the last one is what a caller without types can do
    assert.throws(() => loadSync(zip, { offset }), (e: unknown) => e instanceof ArgumentError && e.code === "OPTION");
    await assert.rejects(() => open(zip, { offset }), (e: unknown) => e instanceof ArgumentError && e.code === "OPTION");
    await assert.rejects(() => inspect(zip, { offset }), (e: unknown) => e instanceof ArgumentError && e.code === "OPTION");
  }
  assert.throws(() => loadSync(zip, { offset: zip.length }), (e: unknown) => e instanceof FormatError && e.code === "EMPTY");
  assert.throws(() => loadSync(zip, { offset: zip.length + 1 }), (e: unknown) => e instanceof ArgumentError && e.code === "OPTION");
});

test("offset: errors count from where the checkpoint begins, and a prefix without an offset is refused as before", () => {
  const cut = stream.subarray(0, stream.length - 1);
  const offsetOf = (bytes: Uint8Array, offset: number): number | undefined => {
    try {
      loadSync(bytes, { offset });
    } catch (error) {
      assert.ok(error instanceof BrineError);
      return error.offset;
    }
    return assert.fail("it was loaded");
  };
  assert.equal(offsetOf(Buffer.concat([Buffer.alloc(100), cut]), 100), offsetOf(cut, 0));
  assert.throws(() => loadSync(Buffer.concat([Buffer.from("prefix"), zip])), (e: unknown) => e instanceof BrineError && e.code === "NOT_A_CHECKPOINT");
});

test("gzip: zips and streams inside it load, by paths, buffers and sources, at once and later", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-places-"));
  try {
    for (const inner of [zip, stream, saveSync([tensor([1])])]) {
      const path = join(folder, "model.pt.gz");
      const packed = gzipSync(inner);
      writeFileSync(path, packed);
      const expected = loadSync(inner);
      for (const found of [await load(path), loadSync(path), loadSync(packed), await load(new Counting(packed))]) assert.ok(equalValues(expected, found));
      const file = await open(path);
      assert.ok(file.tensors().length > 0);
      for (const t of file.tensors()) assert.ok(equalValues(await openSync(inner).read(t.name), await file.read(t.name)));
      assert.deepEqual([file.size, file.end], [packed.length, packed.length]);
      await file.close();
      assert.equal((await inspect(path)).fault, null);
      assert.ok(equalValues(expected, loadSync(Buffer.concat([gzipSync(inner.subarray(0, 70)), gzipSync(inner.subarray(70))]))), "two members");
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("gzip: what is inside and no checkpoint is named; another gzip, a tar, a bomb and damage are refused", async () => {
  const packed = gzipSync(zip);
  const damaged = Buffer.from(packed);
  damaged[packed.length >> 1] = (damaged[packed.length >> 1] ?? 0) ^ 0xff;
  const tar = tarOf([{ name: "weights.th", bytes: zip }]);
  const cases: readonly (readonly [string, Uint8Array, string, RegExp])[] = [
    ["text", gzipSync("These are no weights\n"), "NOT_A_CHECKPOINT", /a text file of 21 bytes inside a gzip file/],
    ["HTML", gzipSync("<html>"), "HTML", /an HTML page inside a gzip file/],
    ["nothing", gzipSync(""), "EMPTY", /empty/],
    ["gzip", gzipSync(packed), "GZIP", /a gzip file inside a gzip file/],
    ["tar", gzipSync(tar), "GZIP", /tar archive inside \(tar\.gz\)\. Unpack it/],
    ["damage", damaged, "GZIP", /damaged/],
    ["the end cut off", packed.subarray(0, -4), "GZIP", /cut short/],
    ["the header alone", packed.subarray(0, 10), "GZIP", /cut short/],
  ];
  for (const [what, bytes, code, message] of cases) {
    for (const attempt of [async () => loadSync(bytes), () => load(new Counting(bytes)), () => open(bytes)]) {
      await assert.rejects(attempt, (error: unknown) => {
        assert.ok(error instanceof BrineError, `${what}: ${String(error)}`);
        assert.equal(error.code, code, what);
        assert.match(error.message, message, what);
        return true;
      });
    }
    assert.equal((await inspect(bytes)).fault?.code, code);
  }
  const bomb = gzipSync(new Uint8Array(64 << 20), { level: 9 });
  const before = process.memoryUsage().arrayBuffers;
  assert.throws(() => loadSync(bomb, { limits: { inflated: 1 << 16 } }), (e: unknown) => e instanceof LimitError && e.code === "LIMIT_INFLATED" && e.limit === 1 << 16);
  assert.ok(process.memoryUsage().arrayBuffers - before < 32 << 20);
  assert.throws(() => loadSync(packed, { limits: { inflated: 100 } }), (e: unknown) => e instanceof LimitError && e.found > e.limit);
});

test("WindowSource: reads and views inside its part only, and closes nothing", () => {
  const bytes = Uint8Array.from({ length: 20 }, (_, i) => i);
  let closed = false;
  const inner: Source = { size: 20, name: "inner", read: (offset, into) => new MemorySource(bytes).read(offset, into), close: () => { closed = true; } };
  const part = new WindowSource(inner, 5, 10);
  const into = new Uint8Array(8);
  assert.equal(part.read(4, into), 6);
  assert.deepEqual([...into], [9, 10, 11, 12, 13, 14, 0, 0]);
  assert.equal(part.read(10, into), 0);
  assert.deepEqual([part.size, part.name, part.view, "close" in part], [10, "inner", undefined, false]);
  assert.deepEqual([...(new WindowSource(new MemorySource(bytes), 5, 10).view?.(8, 9) ?? [])], [13, 14]);
  assert.equal(closed, false);
});

test("the command takes --offset, and says where a checkpoint ends", () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-places-"));
  try {
    const path = join(folder, "two.pt");
    writeFileSync(path, Buffer.concat([stream, stream]));
    const brine = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(process.execPath, [join(projectRoot, "dist", "bindings", "cli", "main.js"), ...args], { encoding: "utf8" });
    assert.match(brine("inspect", path).stdout, new RegExp(`end\\s+byte ${stream.length},`));
    const second = brine("ls", path, "--offset", String(stream.length));
    assert.equal(second.status, 0);
    assert.equal(second.stdout, brine("ls", path).stdout);
    const out = join(folder, "out.pt");
    assert.equal(brine("convert", path, out, "--offset", String(stream.length)).status, 0);
    assert.ok(equalValues(value, loadSync(out)));
    assert.equal(brine("ls", path, "--offset", "x").status, 2);
    assert.equal(brine("ls", path, "--offset", "100000").status, 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
