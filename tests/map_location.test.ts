// mapLocation as torch's map_location: every form, from bytes and from a path, what is read for it, what is written back;
// and a device of a test's own, which holds what `gpu/` will have to hold.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  BrineError, device, Dict, load, loadSync, Parameter, registerPackage, save, saveSync, Storage, Tensor, tensor, type Accelerator, type LoadOptions,
  type MapLocation, type Source, type StorageInfo, type Upload,
} from "../bindings/index.js";

const codeOf = (code: string) => (error: unknown): boolean => error instanceof BrineError && error.code === code;

function floats(values: readonly number[], location: string): Storage {
  return new Storage(new Float32Array(values), { dtype: "float32", location });
}

const shared = floats([1, 2, 3, 4, 5, 6], "cuda:0");
/** Two views of one storage of cuda:0, one of cuda:1, one of the CPU. */
const file = saveSync({
  a: new Tensor(shared, { shape: [2, 3] }),
  b: new Tensor(shared, { shape: [3], storageOffset: 3 }),
  c: new Parameter(new Tensor(floats([7], "cuda:1"), { shape: [1] })),
  d: tensor([8, 9]),
});

type Loaded = Dict<string, Tensor>;
const labels = (value: Loaded): string[] => [...value.values()].map(({ storage }) => storage.location);
const devices = (value: Loaded): string[] => [...value.values()].map((one) => one.device);

/** A device in memory. */
class FakeDevice implements Accelerator {
  readonly name: string;
  readonly held: Uint8Array[] = [];

  constructor(name: string = "fakegpu:0") {
    this.name = name;
  }

  async upload(storages: readonly Upload[]): Promise<number[]> {
    return storages.map(({ bytes }) => this.held.push(bytes.slice()) - 1);
  }

  async download(handle: unknown, from: number, to: number): Promise<Uint8Array> {
    return this.held[handle as number].slice(from, to); // upload gave it
  }
}

/** Counts the bytes that are read of contents. */
class Spy implements Source {
  readonly size: number;
  read: Source["read"];
  bytes = 0;

  constructor(content: Uint8Array) {
    this.size = content.length;
    this.read = (offset, into) => {
      const part = content.subarray(offset, offset + into.length);
      into.set(part);
      this.bytes += part.length;
      return part.length;
    };
  }
}

test("without mapLocation all is on the CPU, and the labels stay and are written back", () => {
  const value = loadSync<Loaded>(file);
  assert.deepEqual(devices(value), ["cpu", "cpu", "cpu", "cpu"]);
  assert.deepEqual(labels(value), ["cuda:0", "cuda:0", "cuda:1", "cpu"]);
  assert.deepEqual(saveSync(value), file);
});

test("text, device, map, plain object and function lead to the CPU, and so do the labels", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-map-"));
  try {
    const path = join(folder, "model.pth");
    writeFileSync(path, file);
    const forms: readonly MapLocation[] = [
      "cpu", device("cpu"), new Map([["cuda:0", "cpu"], ["cuda:1", "cpu"]]), { "cuda:0": "cpu", "cuda:1": device("cpu") },
      (storage) => storage, () => "cpu",
    ];
    for (const mapLocation of forms) {
      for (const source of [file, path]) {
        const value = await load<Loaded>(source, { mapLocation });
        assert.deepEqual(labels(value), ["cpu", "cpu", "cpu", "cpu"]);
        assert.equal(value.get("a")?.storage, value.get("b")?.storage);
        assert.deepEqual(value.get("a")?.toArray(), [[1, 2, 3], [4, 5, 6]]);
        assert.deepEqual(value.get("c")?.dtype, "float32");
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a map that lacks a label, and a function that answers null, leave the storage as it is", () => {
  for (const mapLocation of [{ "cuda:1": "cpu" }, new Map([["cuda:1", "cpu"]]), (_: StorageInfo, location: string) => (location === "cuda:1" ? "cpu" : null)]) {
    assert.deepEqual(labels(loadSync(file, { mapLocation })), ["cuda:0", "cuda:0", "cpu", "cpu"]);
  }
  // Keys of Object.prototype are no locations.
  const odd = saveSync(new Tensor(floats([1], "__proto__"), { shape: [1] }));
  assert.equal(loadSync<Tensor>(odd, { mapLocation: { "cuda:0": "cpu" } }).storage.location, "__proto__");
});

test("a function is asked once for each storage, with what is known before its bytes are", () => {
  const asked: [StorageInfo, string][] = [];
  loadSync(file, { mapLocation: (storage, location) => void asked.push([storage, location]) });
  assert.deepEqual(asked.map(([storage, location]) => [storage.key, storage.nbytes, storage.dtype, storage.location, location]), [
    ["0", 24, "float32", "cuda:0", "cuda:0"], ["1", 4, "float32", "cuda:1", "cuda:1"], ["2", 16, "int64", "cpu", "cpu"],
  ]);
});

test("meta reads no tensor bytes; what is there prints, moves nowhere and is saved as torch saves meta tensors", async () => {
  const large = saveSync({ w: new Tensor(floats(Array.from({ length: 100_000 }, (_, i) => i), "cpu"), { shape: [100, 1000] }), n: tensor([1]) });
  const spy = new Spy(large);
  const value = await load<Loaded>(spy, { mapLocation: "meta" });
  assert.ok(spy.bytes < 140_000, `${spy.bytes} bytes of ${large.length}`);
  const w = value.get("w") as Tensor;
  assert.equal(String(w), "tensor(..., device='meta', size=(100, 1000))");
  assert.equal(w.device, "meta");
  assert.throws(() => w.data, codeOf("META"));
  await assert.rejects(w.to("cpu"), codeOf("META"));
  const again = loadSync<Loaded>(saveSync(value), { weightsOnly: true });
  assert.equal(String(again.get("w")), String(w));
  assert.equal(String(again.get("n")), "tensor(..., device='meta', size=(1,), dtype=torch.int64)");
  const both = loadSync<Loaded>(file, { mapLocation: "meta" });
  assert.equal(both.get("a")?.storage, both.get("b")?.storage);
  assert.deepEqual(labels(both), ["meta", "meta", "meta", "meta"]);
});

test("a device that is not there is a DeviceError in torch's words, with what to do", async () => {
  const said = (location: string, code: string, words: RegExp) => assert.rejects(load(file, { mapLocation: location }), (error: unknown) =>
    error instanceof BrineError && error.name === "DeviceError" && error.code === code && words.test(error.message) && error.message.includes('mapLocation: "cpu"'));
  await said("cuda", "NO_DEVICE", /^Attempting to deserialize object on a CUDA device but torch\.cuda\.is_available\(\) is False/);
  await said("cuda:7", "NO_DEVICE", /CUDA device/);
  await said("mps", "NO_DEVICE", /MPS device/);
  await said("fakecuda", "LOCATION", /^don't know how to restore data location of torch\.storage\.UntypedStorage \(tagged with "fakecuda"\)/);
  await said("cpu:0", "LOCATION", /don't know how to restore/); // as torch refuses it
});

test("what is no location is an ArgumentError", async () => {
  for (const mapLocation of [7, true, [], new Set(["cpu"]), () => 7, async () => "cpu"]) {
    await assert.rejects(load(file, { mapLocation } as unknown as LoadOptions), codeOf("MAP_LOCATION"), String(mapLocation)); // what a JavaScript user can write
  }
});

test("a device: storages are put there once, shared as they were, read back by to(\"cpu\"), and labelled", async () => {
  const fake = new FakeDevice();
  for (const options of [{ mapLocation: fake }, { mapLocation: "fakegpu:0", devices: [fake] }, { mapLocation: { "cuda:0": "fakegpu", "cuda:1": fake }, devices: [fake] }]) {
    fake.held.length = 0;
    const value = await load<Loaded>(file, options);
    const [a, b, c, d] = [...value.values()];
    assert.deepEqual([a.device, b.device, c.device], ["fakegpu:0", "fakegpu:0", "fakegpu:0"]);
    assert.equal(a.storage, b.storage);
    assert.equal(fake.held.length, d.device === "cpu" ? 2 : 3);
    assert.throws(() => a.data, codeOf("NOT_LOCAL"));
    assert.throws(() => b.toArray(), codeOf("NOT_LOCAL"));
    assert.deepEqual((await b.to("cpu")).toArray(), [4, 5, 6]);
    const back = await c.to("cpu");
    assert.ok(!(back instanceof Parameter)); // as in torch, what was moved is a tensor
    assert.deepEqual([back.device, back.storage.location, back.toArray()], ["cpu", "cpu", [7]]);
    assert.equal(a.storage.location, "fakegpu:0");
  }
  assert.throws(() => loadSync(file, { mapLocation: fake }), codeOf("NOT_SYNC"));
  const up = await tensor([[1, 2], [3, 4]]).to(fake);
  assert.equal(up.device, "fakegpu:0");
  assert.deepEqual((await up.to("cpu")).toArray(), [[1, 2], [3, 4]]);
});

test("registered packages answer in order of priority, on load and on save, until they are taken out", async () => {
  const fake = new FakeDevice("pickle:0");
  const calls: string[] = [];
  const late = registerPackage(30, () => null, (_, location) => (calls.push(`late ${location}`), location === "pickle" ? "cpu" : null));
  const early = registerPackage(5, (storage) => (storage.nbytes === 4 ? "pickle" : null), (_, location) => (calls.push(`early ${location}`), location === "pickle" ? fake : null));
  try {
    const one = await load<Tensor>(saveSync(tensor([1.5])));
    assert.equal(one.storage.location, "pickle"); // the tagger's word
    assert.equal((await load<Tensor>(saveSync(tensor([1.5])), { mapLocation: "pickle" })).device, "pickle:0");
    assert.deepEqual(calls, ["early pickle"]);
    early();
    assert.equal((await load<Tensor>(saveSync(tensor([1.5])), { mapLocation: "pickle" })).device, "cpu");
    assert.equal((await load<Tensor>(saveSync(tensor([1.5])))).storage.location, "cpu");
  } finally {
    early();
    late();
  }
  await assert.rejects(load(saveSync(tensor([1.5])), { mapLocation: "pickle" }), codeOf("LOCATION"));
});

test("what is on a device is saved from there, with the device's label; at once it cannot be", async () => {
  const value = await load<Loaded>(file, { mapLocation: { "cuda:0": new FakeDevice(), "cuda:1": "cpu" } });
  const again = await load<Loaded>(await save(value));
  assert.deepEqual(labels(again), ["fakegpu:0", "fakegpu:0", "cpu", "cpu"]);
  assert.deepEqual(again.get("b")?.toArray(), [4, 5, 6]);
  assert.equal(again.get("a")?.storage, again.get("b")?.storage);
  assert.equal(value.get("a")?.device, "fakegpu:0");
  assert.throws(() => saveSync(value), codeOf("NOT_LOCAL"));
  const onMeta = await load<Loaded>(file, { mapLocation: "meta" });
  await assert.rejects(save(onMeta.get("a")?.storage), codeOf("META")); // a bare storage has to have bytes
});
