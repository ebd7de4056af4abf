// Zips that are more, or less, than one checkpoint: members, torch.export, torch.package.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import {
  ArgumentError, BrineError, FormatError, inspect, LimitError, load, loadSync, open, openSync, Parameter, reprOf, save, tensor, UnpicklingError, UnsupportedError,
  type Dict, type Source, type Tensor, type Value,
} from "../bindings/index.js";
import { MemorySource } from "../bindings/io/memory.js";
import { WindowSource } from "../bindings/io/window.js";
import { corpusEntries, fixtureReleases, needsShared, projectRoot, sharedFolder } from "./support/walk.js";
import { zipOf } from "./support/zip.js";

const fixture = (name: string): string => join(sharedFolder ?? "", "fixtures", name);
const has = (code: string, words: RegExp = /./) => (error: unknown): boolean => {
  assert.ok(error instanceof BrineError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, words);
  return true;
};

test("a window is a source of a part of another, with views where that has them, and ends where it ends", async () => {
  const bytes = Uint8Array.from({ length: 10 }, (_, i) => i);
  const window = new WindowSource(new MemorySource(bytes), 2, 5);
  assert.equal(window.size, 5);
  assert.deepEqual([...(window.view?.(1, 9) ?? [])], [3, 4, 5, 6]);
  const into = new Uint8Array(8);
  assert.equal(await window.read(3, into), 2);
  assert.deepEqual([...into.subarray(0, 2)], [5, 6]);
  assert.equal(await window.read(9, into), 0);
  const slow: Source = { size: 10, read: async (offset, to) => (to.set(bytes.subarray(offset, offset + to.length)), to.length) };
  const over = new WindowSource(slow, 4, 2);
  assert.equal(over.view, undefined);
  assert.equal(await over.read(0, into), 2);
});

test("a zip of checkpoints names them and what to say, and each is read as a member: stored and deflated", async () => {
  const inner = await save({ w: tensor([1, 2]) });
  const stored = zipOf([{ name: "data", bytes: Buffer.from("{}") }, { name: "policy.optimizer.pth", bytes: inner }, { name: "policy.pth", bytes: inner }]);
  await assert.rejects(load(stored), has("ZIP_NOT_IN_FOLDER", /"policy\.optimizer\.pth", "policy\.pth".*load\(src, \{ member: "policy\.pth" \}\)/));
  for (const bytes of [stored, deflated("policy.pth", inner)]) {
    const options = { member: "policy.pth" };
    const file = openSync(bytes, options);
    assert.deepEqual(Array.from(file.tensors(), ({ name }) => name), ["w"]);
    await file.close();
    for (const value of [await load<Dict<string, Value>>(bytes, options), loadSync<Dict<string, Value>>(bytes, options)]) {
      assert.equal(reprOf(value), reprOf(loadSync(inner)));
    }
    assert.deepEqual((await inspect(bytes, options)).tensors.map(({ name }) => name), ["w"]);
  }
});

test("a member that is not there, is absurd, or is no zip's is a typed error", async () => {
  const inner = await save(1);
  const zip = zipOf([{ name: "a.pth", bytes: inner }, { name: "b.pth", bytes: inner }]);
  await assert.rejects(load(zip, { member: "c.pth" }), has("NO_MEMBER", /"c\.pth"; there are "a\.pth", "b\.pth"/));
  await assert.rejects(open(zip, { member: "c.pth" }), ArgumentError);
  await assert.rejects(inspect(zip, { member: "c.pth" }), ArgumentError);
  await assert.rejects(load(Buffer.from("no zip at all"), { member: "a" }), has("NOT_A_CHECKPOINT"));
  const twice = zipOf([{ name: "a.pth", bytes: inner }, { name: "a.pth", bytes: inner }]);
  await assert.rejects(load(twice, { member: "a.pth" }), (error: unknown) => error instanceof FormatError && error.code === "ZIP_DUPLICATE");
  await assert.rejects(load(deflated("a.pth", new Uint8Array(1 << 20)), { member: "a.pth", limits: { inflated: 1000 } }), (error: unknown) =>
    error instanceof LimitError && error.found === 1 << 20 && error.limit === 1000);
  const lying = deflated("a.pth", new Uint8Array(1 << 20), 500);
  await assert.rejects(load(lying, { member: "a.pth" }), has("INFLATE"));
});

test("the members of stable-baselines3's files are what was taken out of them", needsShared, async () => {
  let read = 0;
  for (const { kind, file, path } of corpusEntries()) {
    if (kind !== "sb3") continue;
    await assert.rejects(load(path), has("ZIP_NOT_IN_FOLDER", /member: "policy\.pth"/));
    const member = corpusEntries().find((one) => one.file === file.replace("sb3__", "sb3member__").replace(".zip", "-policy.pth"));
    if (member === undefined) continue;
    assert.equal(reprOf(await load(path, { member: "policy.pth" })), reprOf(await load(member.path)));
    const lazy = openSync(path, { member: "policy.pth" });
    const [first] = lazy.tensors();
    assert.deepEqual((await lazy.read(first.name)).toArray(), lazy.get(first.name)?.storage.loadSync() && lazy.get(first.name)?.toArray());
    await lazy.close();
    read++;
  }
  assert.ok(read > 0);
});

test("torch.export: weights that are told are read; older files name their members, which load", needsShared, async () => {
  let told = 0;
  let members = 0;
  for (const release of fixtureReleases()) {
    const path = fixture(`${release}/export.pt2`);
    const { container, fault, tensors } = await inspect(path).catch(() => ({ container: "none", fault: null, tensors: [] }));
    if (container === "none") continue; // a release without torch.export
    assert.equal(container, "pt2");
    if (fault === null) {
      const value = await load<Dict<string, Tensor>>(path);
      assert.deepEqual([...value.keys()], ["weight", "bias"]);
      assert.ok(value.get("weight") instanceof Parameter);
      assert.deepEqual(value.get("weight")?.shape.toString(), "torch.Size([1, 2])");
      const file = await open(path);
      assert.deepEqual(Array.from(file.tensors(), ({ name }) => name), tensors.map(({ name }) => name));
      assert.deepEqual((await file.read("weight")).toArray(), value.get("weight")?.toArray());
      await file.close();
      told++;
    } else {
      assert.equal(fault.code, "PT2");
      const [, member = ""] = /member: "(serialized_state_dict\.\w+)"/.exec(fault.message) ?? [];
      const file = await open(path);
      assert.ok(file.records.some(({ name }) => name === member), fault.message);
      assert.throws(() => file.tensors(), UnsupportedError);
      await file.close();
      assert.ok(Array.from(await load<Dict<string, Value>>(path, { member })).length > 0);
      members++;
    }
  }
  assert.ok(told > 0 && members > 0);
});

test("torch.package: each pickle by its name, tensors from .data; what only running makes is a typed error", needsShared, async () => {
  let read = 0;
  for (const release of fixtureReleases()) {
    const path = fixture(`${release}/package.pt`);
    if ((await inspect(path).catch(() => null)) === null) continue;
    const file = await open(path);
    assert.equal(file.container, "package");
    assert.deepEqual((await file.read('$["model/sd.pkl"]["x"]')).toArray(), [0, 1, 2]);
    await file.close();
    const value = await load<Dict<string, Value>>(path, { weightsOnly: false });
    assert.deepEqual([...value.keys()], ["model/sd.pkl", "model/lin.pkl"]);
    await assert.rejects(load(path), (error: unknown) => error instanceof UnpicklingError);
    read++;
  }
  assert.ok(read > 0);
  const fx = corpusEntries().find(({ file }) => file === "package__pytorch-bc-fx.pt");
  await assert.rejects(load(fx?.path ?? "", { weightsOnly: false }), has("PACKAGE", /reducer/));
  const seen = await inspect(fx?.path ?? "");
  assert.equal(seen.container, "package");
  assert.ok(seen.records.length > 20);
});

test("the command takes --member", needsShared, () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-member-"));
  try {
    const path = corpusEntries().find(({ kind }) => kind === "sb3")?.path ?? "";
    const brine = (...args: string[]) => spawnSync(process.execPath, [join(projectRoot, "dist", "bindings", "cli", "main.js"), ...args], { encoding: "utf8" });
    assert.equal(brine("ls", path).status, 1);
    assert.match(brine("ls", "--member", "policy.pth", path).stdout, /policy_net/);
    assert.match(brine("inspect", "--json", "--member", "policy.pth", path).stdout, /"container": "zip"/);
    const out = join(folder, "out.pth");
    assert.equal(brine("convert", "--member", "policy.pth", path, out).status, 0);
    assert.equal(reprOf(loadSync(out)), reprOf(loadSync(path, { member: "policy.pth" })));
    assert.ok(readFileSync(out).length > 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A zip of one deflated record that declares `size` bytes. */
function deflated(name: string, bytes: Uint8Array, size: number = bytes.length): Uint8Array {
  const zip = Buffer.from(zipOf([{ name, bytes: deflateRawSync(bytes) }]));
  const directory = zip.indexOf("PK\x01\x02");
  for (const [at, method, crc, plain] of [[0, 8, 14, 22], [directory, 10, 16, 24]] as const) {
    zip.writeUInt16LE(8, at + method);
    zip.writeUInt32LE(0, at + crc); // not computed
    zip.writeUInt32LE(size, at + plain);
  }
  return zip;
}
