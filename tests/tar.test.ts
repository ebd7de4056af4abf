// The tar of torch 0.1.9 and before: storages, views of them, tensors over both, and every way in which one can lie.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect, load, loadSync, openSync, Storage, Tensor, UnpicklingError } from "../bindings/index.js";
import { BrineError } from "../bindings/core/errors.js";
import { pythonsWithTorch } from "./support/pythons.js";
import { tarObject, tarOf, tarStorages, tarTensors, torchTar, type TarMember } from "./support/tar.js";
import { corpusEntries, needsShared } from "./support/walk.js";

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const full = { weightsOnly: false } as const;

const six = { key: 140_000_000_000_016, type: "Float", numel: 6, content: floats(0, 1, 2, 3, 4, 5) };
const two = { key: 8, type: "Double", location: "cuda:1", numel: 2, content: new Uint8Array(Float64Array.of(0.5, -1).buffer) };
const storages = tarStorages([six, two], [[99, six.key, 2, 3]]);
const tensors = tarTensors([
  { key: 1, storage: six.key, size: [2, 3], stride: [3, 1] },
  { key: 2, storage: 99, size: [3], stride: [1] },
  { key: 3, storage: 8, size: [], stride: [], offset: 1 },
]);
const whole = torchTar(storages, tensors, tarObject(1, 2, 3, 99, 1));

test("tar: storages, their views and tensors over both are read, and share memory", async () => {
  for (const value of [loadSync<unknown[]>(whole, full), await load<unknown[]>(whole, full), openSync(whole).root() as unknown[]]) {
    const [a, b, c, view, again] = value as [Tensor, Tensor, Tensor, Storage, Tensor];
    assert.deepEqual(await (await a.to("cpu")).toArray(), [[0, 1, 2], [3, 4, 5]]);
    assert.deepEqual((await b.to("cpu")).toArray(), [2, 3, 4]);
    assert.equal((await c.to("cpu")).item(), -1);
    assert.equal(c.storage.location, "cuda:1");
    assert.equal(again, a);
    assert.equal(view, b.storage);
    assert.equal(view.nbytes, 12);
  }
  const [a, b] = loadSync<[Tensor, Tensor]>(whole, full);
  (a.data as Float32Array)[2] = 7;
  assert.equal((b.data as Float32Array)[0], 7);
});

test("tar: open lists its tensors, reads one by its range, and it has no records", async () => {
  const file = openSync(whole);
  assert.equal(file.container, "tar");
  assert.deepEqual(file.records, []);
  assert.equal(file.end, whole.length);
  assert.deepEqual(Array.from(file.tensors(), (t) => [t.name, t.dtype, [...t.shape], t.storageKey]), [
    ["0", "float32", [2, 3], String(six.key)], ["1", "float32", [3], String(six.key)], ["2", "float64", [], "8"],
  ]);
  assert.deepEqual((await file.read("1")).toArray(), [2, 3, 4]);
  await file.close();
});

test("tar: weights-only refuses it as torch does, and says what weightsOnly: false does here", async () => {
  for (const attempt of [() => load(whole), async () => loadSync(whole)]) {
    await assert.rejects(attempt, (error: unknown) => {
      assert.ok(error instanceof UnpicklingError);
      assert.equal(error.code, "UNSAFE_TAR");
      assert.match(error.message, /Cannot use ``weights_only=True`` with files saved in the legacy \.tar format/);
      assert.match(error.message, /In brine weightsOnly: false runs nothing/);
      return true;
    });
  }
});

/** Loads what must be refused; answers code and offset. */
function refusal(bytes: Uint8Array): [code: string, offset: number | undefined] {
  try {
    loadSync(bytes, full);
  } catch (error) {
    assert.ok(error instanceof BrineError, String(error));
    assert.notEqual(error.code, "UNKNOWN");
    return [error.code, error.offset];
  }
  return assert.fail("it was loaded");
}

test("tar: only torch's four members are taken, each once, as regular files with honest headers", () => {
  const object = tarObject(1);
  const members: TarMember[] = [{ name: "pickle", bytes: object }, { name: "tensors", bytes: tensors }, { name: "storages", bytes: storages }];
  loadSync(tarOf(members), full);
  const pax = (text: string): TarMember => ({ name: "././@PaxHeader", type: "x", bytes: Buffer.from(text) });
  const [first, ...rest] = members as [TarMember, ...TarMember[]];
  loadSync(tarOf([pax("22 mtime=1485049682.0\n"), first, pax("12 uname=ab\n"), ...rest]), full);
  loadSync(tarOf([{ ...first, type: "\0" }, ...rest]), full);
  loadSync(tarOf(members).subarray(0, -1024), full); // without the empty blocks, as other readers take it
  const cases: readonly (readonly [string, readonly TarMember[], string])[] = [
    ["a fifth name", [...members, { name: "more", bytes: object }], "TAR"],
    ["a path", [{ ...first, name: "../pickle" }, ...rest], "TAR"],
    ["a prefix", [{ ...first, header: (h) => h.write("up", 345) }, ...rest], "TAR"],
    ["a link", [{ ...first, type: "2" }, ...rest], "TAR"],
    ["a hard link", [{ ...first, type: "1" }, ...rest], "TAR"],
    ["a device", [{ ...first, type: "3" }, ...rest], "TAR"],
    ["a folder", [{ ...first, type: "5" }, ...rest], "TAR"],
    ["GNU's long name", [{ name: "././@LongLink", type: "L", bytes: Buffer.from("pickle\0") }, ...members], "TAR"],
    ["GNU's sparse file", [{ ...first, type: "S" }, ...rest], "TAR"],
    ["a global header", [{ name: "g", type: "g", bytes: Buffer.from("12 path=../\n") }, ...members], "TAR"],
    ["twice", [...members, first], "TAR_TWICE"],
    ["a path from a PAX header", [pax("15 path=pickle\n"), ...members], "TAR_EXTENDED"],
    ["a size from a PAX header", [pax("10 size=3\n"), ...members], "TAR_EXTENDED"],
    ["a large size beside the header's", [pax("19 size=8589934592\n"), ...members], "TAR_EXTENDED"],
    ["a PAX header that does not parse", [pax("99 mtime=1\n"), ...members], "TAR_EXTENDED"],
    ["two PAX headers", [pax("12 uname=ab\n"), pax("12 uname=ab\n"), ...members], "TAR"],
    ["base-256", [{ ...first, header: (h) => h.writeUInt8(0x80, 124) }, ...rest], "TAR_HEADER"],
    ["no octal digits", [{ ...first, header: (h) => h.write("0x000000009\0", 124) }, ...rest], "TAR_HEADER"],
    ["a huge size", [{ ...first, header: (h) => h.write("77777777777\0", 124) }, ...rest], "TAR_BOUNDS"],
    ["a wrong checksum", [{ ...first, after: (h) => h.write("1", 100) }, ...rest], "TAR_HEADER"],
    ["no pickle", rest, "TAR"],
    ["no tensors", [first, members[2] as TarMember], "TAR"],
    ["no storages", [first, members[1] as TarMember], "TAR"],
  ];
  for (const [what, list, code] of cases) assert.equal(refusal(tarOf(list))[0], code, what);
  assert.match(messageOf(tarOf([first, members[2] as TarMember])), /without the member "tensors"/);
});

function messageOf(bytes: Uint8Array): string {
  try {
    loadSync(bytes, full);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

test("tar: storages, views and tensors that lie are refused, with the place where they do", () => {
  const tensor = { key: 1, storage: six.key, size: [2, 3], stride: [3, 1] };
  const cases: readonly (readonly [string, Buffer, Buffer, Buffer, string])[] = [
    ["more elements than bytes", tarStorages([{ ...six, numel: 1 << 20 }]), tensors, tarObject(1), "STREAM_END"],
    ["a negative count", tarStorages([{ ...six, numel: -1 }]), tensors, tarObject(1), "STORAGE_NUMEL"],
    ["an endless count", tarStorages([{ ...six, numel: (1n << 62n) + 6n }]), tensors, tarObject(1), "STORAGE_NUMEL"],
    ["an unknown class", tarStorages([{ ...six, type: "Odd" }]), tensors, tarObject(1), "PERSISTENT_ID_CLASS"],
    ["one key twice", tarStorages([six, six]), tensors, tarObject(1), "TAR_KEY_TWICE"],
    ["a view past its root", tarStorages([six], [[99, six.key, 4, 3]]), tensors, tarObject(1), "STORAGE_VIEW"],
    ["a view before its root", tarStorages([six], [[99, six.key, -1, 3]]), tensors, tarObject(1), "STORAGE_VIEW"],
    ["a view of a view", tarStorages([six], [[99, six.key, 0, 6], [98, 99, 0, 1]]), tensors, tarObject(1), "STORAGE_VIEW"],
    ["a view of nothing", tarStorages([six], [[99, 5, 0, 6]]), tensors, tarObject(1), "TAR_KEY_UNMET"],
    ["a view with a root's key", tarStorages([six], [[six.key, six.key, 0, 6]]), tensors, tarObject(1), "TAR_KEY_TWICE"],
    ["a view of three numbers", tarStorages([six], [[99, six.key, 0]]), tensors, tarObject(1), "TAR_RECORD"],
    ["a tensor past its storage", storages, tarTensors([{ ...tensor, offset: 1 }]), tarObject(1), "VIEW_BOUNDS"],
    ["a negative offset", storages, tarTensors([{ ...tensor, offset: -1 }]), tarObject(1), "NEGATIVE_GEOMETRY"],
    ["a negative stride", storages, tarTensors([{ ...tensor, stride: [-3, 1] }]), tarObject(1), "NEGATIVE_GEOMETRY"],
    ["a tensor of no storage", storages, tarTensors([{ ...tensor, storage: 12345 }]), tarObject(1), "TAR_KEY_UNMET"],
    ["a tensor of a tensor", storages, tarTensors([tensor, { ...tensor, key: 2, storage: 1 }]), tarObject(1), "TAR_KEY_UNMET"],
    ["a tensor with a storage's key", storages, tarTensors([{ ...tensor, key: 8 }]), tarObject(1), "TAR_KEY_TWICE"],
    ["too many dimensions", storages, tarTensors([{ ...tensor, size: new Array(300).fill(1), stride: new Array(300).fill(1) }]), tarObject(1), "LIMIT_NDIM"],
    ["a key that nothing has", storages, tensors, tarObject(1, 4), "TAR_KEY_UNMET"],
    ["a key with a leading zero", storages, tensors, tarObject("01"), "PERSISTENT_ID"],
    ["a key that is none", storages, tensors, tarObject("weight"), "PERSISTENT_ID"],
    ["a key past 64 bits", storages, tensors, tarObject("18446744073709551617"), "PERSISTENT_ID"],
    ["tensors cut short", storages, tensors.subarray(0, -3), tarObject(1), "TAR_END"],
    ["a count that lies", storages, Buffer.concat([Buffer.from("\x80\x02J\xff\xff\xff\x7f.", "latin1"), tensors.subarray(13)]), tarObject(1), "TAR_RECORD"],
    ["no count", storages, Buffer.from("\x80\x02}.", "latin1"), tarObject(1), "TAR_RECORD"],
    ["nothing at all", storages, Buffer.alloc(0), tarObject(1), "PICKLE_END"],
  ];
  for (const [what, s, t, o, code] of cases) {
    const bytes = torchTar(s, t, o);
    const [found, offset] = refusal(bytes);
    assert.equal(found, code, what);
    assert.ok(offset !== undefined && offset > 0 && offset <= bytes.length, `${what}: at byte ${offset}`);
  }
});

test("tar: many storages are read in linear time and through small windows, whatever they are called", () => {
  const count = 20_000;
  const many = Array.from({ length: count }, (_, i) => ({ key: 1_000_000 + i * 16, type: "Float", location: i % 2 === 0 ? "cpu" : "cuda:0", numel: 1, content: floats(i) }));
  const over = many.map(({ key }, i) => ({ key: i, storage: key, size: [1], stride: [1] }));
  const bytes = torchTar(tarStorages(many), tarTensors(over), tarObject(...over.map(({ key }) => key)));
  const file = openSync(bytes);
  const tensors = file.tensors();
  assert.equal(tensors.length, count);
  const started = performance.now();
  const values = loadSync<Tensor[]>(bytes, full);
  assert.ok(performance.now() - started < 5000);
  assert.equal(values.length, count);
  for (const i of [0, 1, 777, count - 1]) assert.equal(values[i]?.item(), i);
  assert.equal(values[777]?.storage.location, "cuda:0");
});

test("tar: contents of storages do not come into memory with the description", async () => {
  const content = new Uint8Array(4 << 20);
  const bytes = torchTar(tarStorages([{ ...six, numel: content.length / 4, content }, two]), tarTensors([{ key: 1, storage: 8, size: [2], stride: [1] }]), tarObject(1));
  let read = 0;
  const source = { size: bytes.length, read: (offset: number, into: Uint8Array) => {
    read += into.length;
    const part = bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  } };
  const seen = await inspect(source);
  assert.equal(seen.fault, null);
  assert.equal(seen.storages[0]?.nbytes, content.length);
  assert.ok(read < 20_000, `${read} bytes read`);
});

test("tar: the genuine files of the corpus load", needsShared, () => {
  const genuine = corpusEntries().filter(({ kind }) => kind === "legacytar");
  assert.ok(genuine.length > 0);
  for (const { path } of genuine) {
    const file = openSync(path);
    assert.equal(file.container, "tar");
    assert.ok(file.tensors().length > 0);
    assert.ok(loadSync(path, full) !== null);
  }
});

test("tar: real PyTorch reads the archives of these tests, and sees the same in them", (t) => {
  const pythons = pythonsWithTorch();
  if (pythons.length === 0) return t.skip("skipped: no PyTorch");
  const folder = mkdtempSync(join(tmpdir(), "brine-tar-"));
  try {
    const path = join(folder, "whole.pt");
    writeFileSync(path, whole.subarray());
    const onCpu = torchTar(tarStorages([six, { ...two, location: "cpu" }], [[99, six.key, 2, 3]]), tensors, tarObject(1, 2, 3));
    writeFileSync(path, onCpu);
    const script = `
import json, sys, torch
try:
    v = torch.load(sys.argv[1], weights_only=False)
except TypeError:
    v = torch.load(sys.argv[1])
print(json.dumps([[t.tolist(), str(t.dtype)] for t in v] + [v[1].data_ptr() - v[0].data_ptr()]))
`;
    for (const python of pythons) {
      const answer = JSON.parse(execFileSync(python, ["-W", "ignore", "-c", script, path], { encoding: "utf8" })) as unknown;
      const values = loadSync<Tensor[]>(readFileSync(path), full);
      assert.deepEqual(answer, [...values.map((v) => [v.shape.length === 0 ? v.item() : v.toArray(), `torch.${v.dtype}`]), 8], python);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
