// mmap: tensors are views of the file, private as torch's are, and nothing of it is read before it is looked at. Node maps by
// koffi, an optional peer that tests/runtimes has: where that is not installed these tests say so.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, copyFileSync, existsSync, ftruncateSync, mkdtempSync, openSync as openFile, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, test } from "node:test";
import {
  ArgumentError, BrineError, inspect, load, loadSync, open, openSync, OrderedDict, reprOf, save, saveSync, SourceError, Storage, Tensor, tensor, UnsupportedError,
  type Accelerator, type LoadOptions,
} from "../bindings/index.js";
import { MmapSource } from "../bindings/io/mmap.js";
import { mapper } from "../bindings/io/mmap.none.js";
import { runtime } from "./runtimes/stage.js";
import { equalValues } from "./support/equal.js";
import { extraField, hostileZip, u64s, type HostileRecord } from "./support/hostile_zip.js";
import type { Seen } from "./support/mmap_child.js";
import { allFixtures, corpusEntries, goldenFixtures, projectRoot, Tally } from "./support/walk.js";

const folder = mkdtempSync(join(tmpdir(), "brine-mmap-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** koffi's folder of packages, on NODE_PATH (scripts/test.mjs). */
function hasKoffi(): boolean {
  try {
    return createRequire(import.meta.url).resolve("koffi") !== "";
  } catch {
    return false;
  }
}
const needsKoffi = { skip: hasKoffi() ? false : "skipped: no koffi" };
const needsProc = { skip: needsKoffi.skip === false && !existsSync("/proc/self/maps") ? "skipped: no /proc/self/maps" : needsKoffi.skip };

const at = (name: string): string => join(folder, name);

/** Writes a file and tells its path. */
function file(name: string, bytes: Uint8Array): string {
  writeFileSync(at(name), bytes);
  return at(name);
}

type State = OrderedDict<string, Tensor>;

function state(): State {
  const shared = new Storage(Float32Array.from({ length: 20000 }, (_, i) => i / 3), { dtype: "float32" });
  return new OrderedDict<string, Tensor>([
    ["x", new Tensor(shared, { shape: [100, 200] })],
    ["y", new Tensor(shared, { shape: [100], stride: [200], storageOffset: 1 })],
    ["small", tensor([1n, 2n, 3n])],
    ["empty", tensor([])],
    ["big", new Tensor(new Storage(new Float64Array(30000).fill(0.5), { dtype: "float64" }), { shape: [30000] })],
  ]);
}

const code = (name: string, cls: new (...parameters: never) => BrineError) => (error: unknown): boolean => error instanceof cls && error.code === name;

/** Tensors without a storage of their own are compared as they are saved. */
function alike(a: unknown, b: unknown): boolean {
  try {
    return equalValues(a, b);
  } catch (cause) {
    if (!(cause instanceof BrineError) || cause.code !== "TENSOR_KIND") throw cause;
    return Buffer.from(saveSync(a)).equals(saveSync(b));
  }
}

test("mmap of whatever loads gives the same values, or says why it cannot", needsKoffi, async (t) => {
  const tally = new Tally();
  const failures: string[] = [];
  const paths = [...goldenFixtures().map((f) => f.path), ...corpusEntries().map((e) => e.path), ...allFixtures().map((f) => f.path)].filter((path) => path !== "" && existsSync(path));
  let same = 0;
  for (const path of new Set(paths)) {
    const options: LoadOptions = { weightsOnly: false, encoding: "latin1" };
    const plain = await load(path, options).catch((cause: unknown) => cause);
    const mapped = await load(path, { ...options, mmap: true }).catch((cause: unknown) => cause);
    if (mapped instanceof BrineError && mapped.code === "MMAP") {
      tally.add(mapped.message.replace(/torch\.save\(.*?, _use/, "torch.save(…, _use").replace(/record ".*?"/, "record …"), path);
      const zip = readFileSync(path).subarray(0, 4).equals(Buffer.from("PK\x03\x04", "latin1"));
      if (zip && !/archive are read one by one|it is deflated/.test(mapped.message)) failures.push(`${path}: ${mapped.message}`);
    } else if (plain instanceof BrineError) {
      if (!(mapped instanceof BrineError) || mapped.code !== plain.code) failures.push(`${path}: ${String(plain)} or ${String(mapped)}`);
    } else if (!alike(mapped, plain)) failures.push(`${path}: differs: ${String(mapped).slice(0, 300)}`);
    else same++;
  }
  t.diagnostic(`${same} files give equal values mapped and read`);
  for (const line of tally.lines()) t.diagnostic(line);
  assert.deepEqual(failures, []);
  assert.ok(same > 10);
});

test("mmap: load, loadSync, open and openSync; a file: URL; what is written stays in memory", needsKoffi, async () => {
  const path = file("all.pt", saveSync(state()));
  const before = readFileSync(path);
  const mapped = await load<State>(path, { mmap: true });
  for (const other of [loadSync(path, { mmap: true }), await load(pathToFileURL(path), { mmap: true }), loadSync(pathToFileURL(path).href, { mmap: true })]) {
    assert.ok(equalValues(other, mapped));
  }
  assert.ok(equalValues(mapped, loadSync(path)));
  const x = mapped.get("x")!;
  x.data.fill(7 as never); // of floats
  assert.equal(mapped.get("y")!.item.call(new Tensor(mapped.get("y")!.storage, { shape: [] })), 7, "y looks at the same storage");
  assert.ok(readFileSync(path).equals(before), "the file is as it was");
  assert.ok(equalValues(loadSync(path, { mmap: true }), loadSync(path)), "another map does not see it");
  assert.equal(x.storage.bytes.buffer, mapped.get("small")!.storage.bytes.buffer, "small storages are views of the map too");

  for (const opened of [await open(path, { mmap: true }), openSync(path, { mmap: true })]) {
    const read = await opened.read("x");
    const lazy = opened.get("big")!;
    assert.equal(lazy.storage.isLocal, false);
    assert.equal(Number((await lazy.to("cpu")).data[29999]), 0.5);
    await opened.close();
    assert.deepEqual([...read.data.subarray(0, 3)], [0, Math.fround(1 / 3), Math.fround(2 / 3)], "what was handed out lives on");
    await assert.rejects(opened.read("y"), code("CLOSED", BrineError));
  }
});

test("mmap: open alone maps nothing and reads no tensor bytes", needsProc, async () => {
  const value = new Tensor(new Storage(new Uint8Array(64 << 20).fill(3), { dtype: "uint8" }), { shape: [64 << 20] });
  const path = at("large.pt");
  await save({ value }, path);
  const maps = (): number => readFileSync("/proc/self/maps", "utf8").split("\n").filter((line) => line.includes("large.pt")).length;
  const moved = (): number => Number(/^rchar: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
  const start = moved();
  const opened = await open(path, { mmap: true });
  assert.equal(opened.tensors().length, 1);
  assert.equal(maps(), 0);
  const read = await opened.read("value");
  assert.equal(maps() > 0, true);
  assert.equal(read.data[12345678], 3);
  assert.ok(moved() - start < 1 << 20, `${moved() - start} bytes went through read()`);
  await opened.close();
});

test("mmap: what was mapped is saved, to its own path too; a file that is replaced does no harm", needsKoffi, async () => {
  const path = file("again.pt", saveSync(state()));
  const before = readFileSync(path);
  const mapped = loadSync<State>(path, { mmap: true });
  await save(mapped, path);
  assert.ok(readFileSync(path).equals(saveSync(state(), undefined, { folder: "again" })));
  assert.equal(mapped.get("x")!.data[4], Math.fround(4 / 3));
  writeFileSync(at("other.pt"), saveSync([tensor([1])]));
  renameSync(at("other.pt"), path);
  assert.equal(mapped.get("x")!.data[19999], Math.fround(19999 / 3));
  assert.equal(before.length > 0, true);
});

test("mmap: a device is given views, meta is given nothing", needsKoffi, async () => {
  const path = file("device.pt", saveSync(state()));
  const given: ArrayBufferLike[] = [];
  const device: Accelerator = {
    name: "toy:0",
    upload: async (storages) => storages.map(({ bytes }) => {
      given.push(bytes.buffer);
      return bytes.slice();
    }),
    download: async (handle, from, to) => (handle as Uint8Array).slice(from, to), // what upload gave
  };
  const there = await load<State>(path, { mmap: true, mapLocation: device });
  assert.equal(new Set(given.filter((buffer) => buffer.byteLength > 0)).size, 1, "all of one map");
  assert.ok(equalValues((await there.get("x")!.to("cpu")).data, state().get("x")!.data));
  const meta = await load<State>(path, { mmap: true, mapLocation: "meta" });
  assert.equal(meta.get("x")!.device, "meta");
});

// A load of more than 64 MiB maps what is looked at.

/** 40 MiB, two tensors over 40 MiB more, and a small one. */
function large(): State {
  const shared = new Storage(new Float32Array(10 << 20).fill(2), { dtype: "float32" });
  return new OrderedDict<string, Tensor>([
    ["a", new Tensor(new Storage(new Uint8Array(40 << 20).fill(1), { dtype: "uint8" }), { shape: [40 << 20] })],
    ["x", new Tensor(shared, { shape: [10 << 20] })],
    ["y", new Tensor(shared, { shape: [100], stride: [200], storageOffset: 1 })],
    ["small", tensor([1n, 2n, 3n])],
  ]);
}
const largeBytes = saveSync(large());

const mapsOf = (mark: string): number => readFileSync("/proc/self/maps", "utf8").split("\n").filter((line) => line.includes(mark)).length;
/** Files of that name that this process has open. */
function openFiles(mark: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes(mark);
    } catch {
      return false; // readdir's own
    }
  }).length;
}

test("mmap: a load maps nothing until somebody looks, then that, then all, and closes the file", needsProc, async () => {
  for (const how of [loadSync, load]) {
    const path = file(`${how.name}.later.pt`, largeBytes);
    const mark = `${how.name}.later.pt`;
    const state = await how<State>(path, { mmap: true });
    assert.deepEqual([mapsOf(mark), openFiles(mark)], [0, 1], "the description was read");
    const { storage } = state.get("a")!;
    assert.equal(storage.isLocal, true);
    assert.equal(mapsOf(mark), 0, "a question of where it is maps nothing");
    assert.equal(state.get("a")!.data[40000000], 1);
    assert.deepEqual([mapsOf(mark), openFiles(mark)], [1, 1]);
    assert.equal(state.get("y")!.data[3], 2);
    assert.equal(storage.bytes.buffer.byteLength < 48 << 20, true, "mapped by itself");
    assert.deepEqual([...state.get("small")!.data], [1n, 2n, 3n]);
    assert.equal(openFiles(mark), 0, "all is mapped");
    assert.ok(equalValues(state, large()));
    rmSync(path);
  }
});

test("mmap: what is mapped later is mapped once: tensors over one storage share what is written, and the file stays as it is", needsKoffi, async () => {
  const path = file("shared.later.pt", largeBytes);
  const state = await load<State>(path, { mmap: true });
  state.get("x")!.data[201] = 7 as never; // of floats
  assert.equal(state.get("y")!.data[1], 7);
  assert.equal((await state.get("y")!.storage.load())[804], 0);
  assert.deepEqual([...new Float32Array(state.get("y")!.storage.loadSync().slice(800, 808).buffer)], [2, 7]);
  assert.ok(readFileSync(path).equals(largeBytes));
  assert.equal(loadSync<State>(path, { mmap: true }).get("y")!.data[1], 2, "another map does not see it");
  await save(state, path);
  assert.equal(loadSync<State>(path).get("y")!.data[1], 7, "saved over what it is mapped from");
  rmSync(path);
});

test("mmap: a file that is replaced or removed before anybody looks is still the one that was loaded", needsKoffi, () => {
  const path = file("renamed.later.pt", largeBytes);
  const [first, second] = [loadSync<State>(path, { mmap: true }), loadSync<State>(path, { mmap: true })];
  writeFileSync(at("newer.pt"), saveSync({ other: tensor([1]) }));
  renameSync(at("newer.pt"), path);
  assert.ok(equalValues(first, large()));
  rmSync(path);
  assert.ok(equalValues(second, large()));
});

test("mmap: a file that is cut short before anybody looks is a typed error then, again and again", needsProc, () => {
  const path = file("cut.later.pt", largeBytes);
  const state = loadSync<State>(path, { mmap: true });
  assert.equal(state.get("small")!.data[0], 1n);
  truncateSync(path, 1 << 20);
  for (let i = 0; i < 2; i++) {
    assert.throws(() => state.get("a")!.data, code("SHORT_READ", SourceError));
    assert.throws(() => state.get("a")!.storage.bytes, code("SHORT_READ", SourceError));
  }
  assert.throws(() => saveSync(state), code("SHORT_READ", SourceError));
  rmSync(path);
});

test("mmap: what is mapped later was checked when it was loaded; storages that are not aligned are copied", needsKoffi, async () => {
  const elements = new Float64Array(33 << 17).fill(0.5); // 33 MiB
  const pair = saveSync([0, 1].map(() => new Tensor(new Storage(elements, { dtype: "float64" }), { shape: [33 << 17] })));
  const description = await openSync(pair).readRecord("data.pkl");
  const bytes = new Uint8Array(elements.buffer);
  const zip = (rest: Partial<HostileRecord>): Uint8Array => hostileZip([
    stored("archive/data.pkl", description), stored("archive/version", pick("version")), stored("archive/data/0", bytes), stored("archive/data/1", bytes, rest),
  ]);
  const path = file("checked.later.pt", zip({ extra: extraField(0x4246, new Uint8Array(3)) }));
  const good = loadSync<Tensor[]>(path, { mmap: true });
  for (const { data } of good) assert.deepEqual([data[0], data[(33 << 17) - 1]], [0.5, 0.5]);
  assert.ok(good.some(({ storage }) => storage.bytes.buffer.byteLength === bytes.length), "at least one begins at no multiple of eight");
  for (const lie of [{ central: { header: 3 } }, { flags: 1 }, { method: 99 }, { deflate: true }] as Partial<HostileRecord>[]) {
    writeFileSync(path, zip(lie));
    const wanted = lie.deflate === true ? "MMAP" : codeOf(() => loadSync(path));
    assert.equal(codeOf(() => loadSync(path, { mmap: true })), wanted, JSON.stringify(lie));
    assert.notEqual(wanted, "none");
  }
  rmSync(path);
});

test("mmap: maps stand in memory as their bytes do in large pages of the file, unless they are as large as a buffer can be", needsProc, () => {
  const path = at("holes.bin");
  writeFileSync(path, "");
  truncateSync(path, 2 ** 32 + 2 ** 21);
  const source = new MmapSource(path);
  try {
    for (const [offset, length, isPlaced] of [[65536, 2 ** 21, true], [3 * 65536 + 5, 2 ** 22, true], [5 * 65536, 65536, false], [2 ** 21, 2 ** 32 - 2 ** 22, true], [65536, 2 ** 32, false]] as const) {
      const { bytes, at: start } = source.map(offset, length);
      assert.deepEqual([bytes.length - start, bytes[start], bytes[bytes.length - 1]], [length, 0, 0]);
      bytes[bytes.length - 1] = 1; // so that it is alive while its line is looked for
      const lines = readFileSync("/proc/self/maps", "utf8").split("\n").filter((line) => line.includes("holes.bin"));
      const placed = lines.map((line) => /^([0-9a-f]+)-\S+ \S+ ([0-9a-f]+)/.exec(line)!)
        .filter(([, , from]) => parseInt(from!, 16) === offset - start)
        .some(([, address, from]) => (BigInt(`0x${address}`) - BigInt(`0x${from}`)) % 2097152n === 0n);
      if (isPlaced) assert.ok(placed, `${length} bytes at ${offset}: ${lines.join("\n")}`);
    }
  } finally {
    source.close();
    rmSync(path);
  }
});

// Files that torch does not write, or that nobody should.

const stored = (name: string, bytes: Uint8Array, rest: Partial<HostileRecord> = {}): HostileRecord => ({ name, bytes, ...rest });

/** The records of a checkpoint of two tensors, by name, as `save` writes them. */
function records(): Map<string, Uint8Array> {
  const bytes = saveSync([tensor([1, 2, 3, 4], { dtype: "float64" }), tensor([5, 6], { dtype: "float64" })]);
  const out = new Map<string, Uint8Array>();
  for (const { name, size } of openSync(bytes).records) {
    const begin = Buffer.from(bytes).indexOf(Buffer.from(`${name}FB`));
    const start = begin < 0 ? -1 : begin + name.length + 4 + Buffer.from(bytes).readUInt16LE(begin + name.length + 2);
    if (start >= 0) out.set(name, bytes.slice(start, start + size));
  }
  return out;
}
const pick = (name: string): Uint8Array => records().get(`archive/${name}`)!; // save writes it
function codeOf(job: () => unknown): string {
  try {
    job();
    return "none";
  } catch (cause) {
    return cause instanceof BrineError ? cause.code : String(cause);
  }
}
const PAIR = "[tensor([1., 2., 3., 4.], dtype=torch.float64), tensor([5., 6.], dtype=torch.float64)]";

test("mmap: storages that are not aligned are copied, those beside them are views", needsKoffi, () => {
  const zip = hostileZip([
    stored("archive/data.pkl", pick("data.pkl")), stored("archive/version", pick("version")),
    stored("archive/data/0", pick("data/0")), stored("archive/data/1", pick("data/1"), { extra: extraField(0x4246, new Uint8Array(1)) }),
  ]);
  const [a, b] = loadSync<Tensor[]>(file("odd.pt", zip), { mmap: true });
  assert.equal(reprOf([a, b]), PAIR);
  assert.ok([a, b].some((one) => one!.storage.bytes.buffer.byteLength < 64), "at least one of them begins at no multiple of eight");
  for (const pad of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const moved = hostileZip([
      stored("archive/data.pkl", pick("data.pkl")), stored("archive/version", pick("version")),
      stored("archive/data/0", pick("data/0"), { extra: extraField(0x4246, new Uint8Array(pad)) }), stored("archive/data/1", pick("data/1")),
    ]);
    assert.equal(reprOf(loadSync(file("moved.pt", moved), { mmap: true })), PAIR, `${pad} bytes of padding`);
  }
});

test("mmap: a deflated storage is refused by name, its neighbours are not; a deflated description is read", needsKoffi, async () => {
  const zip = hostileZip([
    stored("archive/data.pkl", pick("data.pkl"), { deflate: true }), stored("archive/version", pick("version")),
    stored("archive/data/0", pick("data/0")), stored("archive/data/1", pick("data/1"), { deflate: true }),
  ]);
  const path = file("deflated.pt", zip);
  assert.throws(() => loadSync(path, { mmap: true }), (e: unknown) => code("MMAP", UnsupportedError)(e) && (e as BrineError).record === "archive/data/1");
  await using opened = await open(path, { mmap: true });
  assert.equal(reprOf(await opened.read("0")), "tensor([1., 2., 3., 4.], dtype=torch.float64)");
  await assert.rejects(opened.read("1"), code("MMAP", UnsupportedError));
  await assert.rejects(opened.get("1")!.storage.load(), code("MMAP", UnsupportedError));
});

test("mmap: big-endian files are read and turned, as torch turns them in its map", needsKoffi, async () => {
  const turned = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes, (_, i) => bytes[i - (i % 8) + 7 - (i % 8)]!);
  const zip = hostileZip([
    stored("archive/data.pkl", pick("data.pkl")), stored("archive/byteorder", Buffer.from("big")), stored("archive/version", pick("version")),
    stored("archive/data/0", turned(pick("data/0"))), stored("archive/data/1", turned(pick("data/1"))),
  ]);
  const path = file("big.pt", zip);
  assert.equal(reprOf(loadSync(path, { mmap: true })), PAIR);
  await using opened = await open(path, { mmap: true });
  assert.equal(reprOf(await opened.read("1")), "tensor([5., 6.], dtype=torch.float64)");
});

test("mmap: a storage behind 4 GiB of a file is mapped by itself", needsKoffi, () => {
  const far = 5 * 2 ** 30 + 64;
  const data = stored("archive/data/1", pick("data/1"), { extra: extraField(0x4246, new Uint8Array(2)) });
  const build = (end: bigint, size: bigint): Uint8Array => hostileZip([
    stored("archive/data.pkl", pick("data.pkl")), stored("archive/version", pick("version")), stored("archive/data/0", pick("data/0")),
    { ...data, central: { header: 0xffffffff, extra: extraField(1, u64s(BigInt(far))) } },
  ], { directoryOffset: 0xffffffff, zip64: { offset: end, size, locator: end + size } });
  const local = hostileZip([data]);
  const length = Buffer.from(local).indexOf("PK\x01\x02", 0, "latin1"); // of the one record
  const draft = Buffer.from(build(0n, 0n));
  const directory = draft.indexOf("PK\x01\x02", 0, "latin1");
  const size = draft.indexOf("PK\x06\x06", 0, "latin1") - directory;
  const bytes = build(BigInt(far + length), BigInt(size));
  const path = at("sparse.pt");
  const fd = openFile(path, "w");
  try {
    ftruncateSync(fd, far); // a hole
    writeSync(fd, bytes, 0, directory, 0);
    writeSync(fd, local, 0, length, far);
    writeSync(fd, bytes, directory, bytes.length - directory, far + length);
  } finally {
    closeSync(fd);
  }
  const [a, b] = loadSync<Tensor[]>(path, { mmap: true });
  assert.equal(reprOf([a, b]), PAIR);
  assert.notEqual(a!.storage.bytes.buffer, b!.storage.bytes.buffer);
  rmSync(path);
});

test("mmap: an offset, and a member of a zip of checkpoints, as long as it is stored", needsKoffi, async () => {
  const inner = saveSync(state());
  const path = file("offset.pt", Buffer.concat([Buffer.alloc(100), inner]));
  assert.ok(equalValues(loadSync(path, { mmap: true, offset: 100 }), state()));
  const zip = file("members.zip", hostileZip([stored("policy.pth", inner), stored("packed.pth", inner, { deflate: true })]));
  assert.ok(equalValues(await load(zip, { mmap: true, member: "policy.pth" }), state()));
  await assert.rejects(load(zip, { mmap: true, member: "packed.pth" }), code("MMAP", UnsupportedError));
});

test("mmap of a checkpoint in several files maps each", needsKoffi, async () => {
  const parts = [file("part-1.pt", saveSync(new OrderedDict([["a", tensor([1.5])]]))), file("part-2.pt", saveSync(new OrderedDict([["b", tensor([2.5])]])))];
  const before = parts.map((path) => readFileSync(path));
  for (const state of [await load<State>(parts, { mmap: true }), loadSync<State>(parts, { mmap: true })]) {
    assert.equal(reprOf(state.get("b")), "tensor([2.5000])");
    for (const { storage } of state.values()) assert.ok(storage.bytes.buffer.byteLength >= 65536, "a page of a map, and no buffer of four bytes");
  }
  await using opened = await open(parts, { mmap: true });
  const b = await opened.read("b");
  b.data[0] = 9;
  assert.ok(parts.every((path, i) => readFileSync(path).equals(before[i]!)));
});

test("mmap refuses what torch refuses, in its words: files of other kinds, and what is no path", needsKoffi, async () => {
  const legacy = goldenFixtures().concat(allFixtures()).filter(({ save: how }) => how?.format === "legacy").map(({ path }) => path);
  for (const path of [...legacy.slice(0, 3), file("plain.pkl", Buffer.from("\x80\x02K\x01.", "latin1")), file("packed.gz", Buffer.from([0x1f, 0x8b, 8, 0])), file("short", Buffer.from("PK"))]) {
    await assert.rejects(load(path, { mmap: true }), (e: unknown) => code("MMAP", UnsupportedError)(e)
      && (e as Error).message.startsWith(`mmap can only be used with files saved with \`torch.save(${path}, _use_new_zipfile_serialization=True), please torch.save your checkpoint with this option in order to use mmap`));
    assert.throws(() => openSync(path, { mmap: true }), code("MMAP", UnsupportedError));
  }
  const bytes = saveSync(state());
  for (const source of [bytes, bytes.buffer, new Blob([Uint8Array.from(bytes)]), new Response(Uint8Array.from(bytes)), new URL("http://localhost/a.pt"), "https://localhost/a.pt", "file://[/a.pt", null, 3, { size: 1, read: () => 0 }]) {
    await assert.rejects(load(source as string, { mmap: true }), (e: unknown) => code("MMAP", ArgumentError)(e)
      && (e as Error).message.startsWith("f must be a file path in order to use the mmap argument"), String(source));
    assert.throws(() => loadSync(source as string, { mmap: true }), code("MMAP", ArgumentError));
  }
  await assert.rejects(load(at("absent.pt"), { mmap: true }), code("ENOENT", SourceError));
});

test("mmap: options that cannot be meant are refused", async () => {
  const path = file("options.pt", saveSync(state()));
  await assert.rejects(load(path, { mmap: "yes" } as object), code("OPTION", ArgumentError));
  await assert.rejects(load(path, { mmap: true, checkCrc32: true }), code("OPTION", ArgumentError));
  await assert.rejects(inspect(path, { mmap: true }), code("OPTION", ArgumentError));
  assert.ok(await load(path, { mmap: false, checkCrc32: true }));
});

test("mmap: a file that is shorter than it says is a typed error before anything is looked at", needsKoffi, async () => {
  const whole = saveSync(state());
  for (const length of [whole.length - 1, whole.length >> 1, 100, 4]) {
    const path = file("cut.pt", whole.subarray(0, length));
    const wanted = await load(path).then(() => "", (e: unknown) => (e as BrineError).code);
    await assert.rejects(load(path, { mmap: true }), (e: unknown) => e instanceof BrineError && e.code === wanted, `${length}`);
  }
  const path = file("cut-later.pt", whole);
  await using opened = await open(path, { mmap: true });
  truncateSync(path, 4096);
  await assert.rejects(opened.read("x"), code("SHORT_READ", SourceError));
});

test("mmap: records whose headers lie are refused as they are without it", needsKoffi, async () => {
  const lies: Partial<HostileRecord>[] = [
    { central: { packed: 40000, size: 40000 } }, { central: { header: 3 } }, { flags: 1 }, { method: 99 }, { central: { packed: 31 } },
  ];
  for (const lie of lies) {
    const path = file("lie.pt", hostileZip([
      stored("archive/data.pkl", pick("data.pkl")), stored("archive/version", pick("version")), stored("archive/data/0", pick("data/0"), lie), stored("archive/data/1", pick("data/1")),
    ]));
    const wanted = await load(path).then(() => "none", (e: unknown) => (e as BrineError).code);
    const found = await load(path, { mmap: true }).then(() => "none", (e: unknown) => (e as BrineError).code);
    assert.equal(found, wanted, JSON.stringify(lie).slice(0, 80));
    assert.notEqual(found, "none");
  }
});

// Programs of their own: what is collected, what is missing, other runtimes.

test("mmap: two thousand loads leave no maps behind, in a loop that never waits", needsProc, () => {
  const path = file("loop.pt", saveSync(state()));
  const answer = execFileSync(process.execPath, ["--expose-gc", join(projectRoot, "dist/tests/support/mmap_loop.js"), path, "2000", "loop.pt"], { encoding: "utf8" });
  const { most, left } = JSON.parse(answer) as { readonly most: number; readonly left: number };
  assert.equal(left, 0);
  assert.ok(most > 0 && most < 1500, `${most} maps at one time`);
});

test("mmap: loads that map nothing leave no file open, in a loop that never waits and in one that does", needsProc, () => {
  const path = at("held.pt");
  writeFileSync(path, largeBytes);
  for (const [waits, rounds] of [["", "200"], ["waits", "2000"]] as const) {
    const answer = execFileSync(process.execPath, ["--expose-gc", join(projectRoot, "dist/tests/support/mmap_held.js"), path, rounds, waits], { encoding: "utf8" });
    const { most, left } = JSON.parse(answer) as { readonly most: number; readonly left: number };
    assert.equal(left, 0);
    assert.ok(most > 0 && most <= 65, `${most} files open at one time`);
  }
  rmSync(path);
});

test("mmap without koffi is refused with what to install; nothing else of brine asks for it", () => {
  const path = file("absent.pt", saveSync(state()));
  const program = `import { load } from ${JSON.stringify(pathToFileURL(join(projectRoot, "dist/bindings/index.js")).href)};
    await load(${JSON.stringify(path)});
    await load(${JSON.stringify(path)}, { mmap: true }).catch((e) => console.log(e.name, e.code, e.message));`;
  const answer = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8", env: { ...process.env, NODE_PATH: "" }, cwd: folder });
  assert.match(answer, /^UnsupportedError NO_KOFFI .*`npm install koffi`/);
});

test("mmap where no file can be mapped is an UnsupportedError", () => {
  assert.throws(() => mapper(), code("MMAP", UnsupportedError));
});

const RUNTIMES: readonly { readonly name: string; readonly program: string | undefined; readonly args: readonly string[]; readonly transfer: Seen["transferred"][] }[] = [
  { name: "Node 24", program: runtime("node"), args: [], transfer: ["refused", "copied"] },
  { name: "Deno", program: runtime("deno"), args: ["run", "--allow-read", "--allow-env", "--allow-ffi", "--allow-sys"], transfer: ["refused", "copied"] },
  { name: "Bun", program: runtime("bun"), args: ["run"], transfer: ["refused", "copied", "moved"] }, // Bun's buffers own their map, also when moved
];
for (const { name, program, args, transfer } of RUNTIMES) {
  const skip = program === undefined ? `skipped: no ${name}` : name === "Node 24" ? needsKoffi.skip : false;
  test(`mmap in ${name}: equal values, private, alive after close`, { skip }, () => {
    const path = file(`${name}.pt`, saveSync(state()));
    copyFileSync(path, at("copy.pt"));
    const answer = spawnSync(program ?? "", [...args, join(projectRoot, "dist/tests/support/mmap_child.js"), path], { encoding: "utf8", cwd: projectRoot });
    assert.equal(answer.status, 0, answer.stderr);
    const seen = JSON.parse(answer.stdout) as Seen;
    assert.deepEqual(seen.equal, [true, true, true, true]);
    assert.deepEqual([seen.written, seen.others, seen.sameFile], [42, 0, true]);
    assert.equal(seen.closed, Math.fround(1 / 3));
    assert.ok(transfer.includes(seen.transferred), seen.transferred);
    assert.ok(readFileSync(path).equals(readFileSync(at("copy.pt"))));
  });
}
