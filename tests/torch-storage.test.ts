// Storages: whose bytes they are, and those that are not read yet.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { BrineError } from "../bindings/core/errors.js";
import "../bindings/index.js"; // makes values whole: they print
import { toPlain } from "../bindings/python/plain.js";
import { Storage } from "../bindings/torch/storage.js";
import { Tensor } from "../bindings/torch/tensor.js";

test("Storage: takes buffers and views without a copy", () => {
  const floats = new Float32Array([1, 2, 3, 4]);
  const whole = new Storage(floats.buffer, { dtype: "float32" });
  const part = new Storage(floats.subarray(1, 3), { dtype: "float32", location: "cuda:0", key: "7" });
  assert.deepEqual([whole.nbytes, whole.length, whole.location, whole.key, whole.device], [16, 4, "cpu", null, "cpu"]);
  assert.deepEqual([part.nbytes, part.length, part.location, part.key], [8, 2, "cuda:0", "7"]);
  assert.equal(part.bytes.buffer, floats.buffer);
  assert.equal(part.bytes, part.bytes);
  const within = Storage.within(floats.buffer, 8, 8, { dtype: "float32" });
  assert.deepEqual(new Tensor(within).toArray(), [3, 4]);
  assert.equal(new Storage(new SharedArrayBuffer(8)).nbytes, 8);
});

test("Storage: is of bytes unless it has a dtype", () => {
  assert.equal(new Storage(new Uint8Array(3)).dtype, "untyped");
  assert.equal(new Storage(new Uint8Array(3), { dtype: "untyped" }).length, 3);
  assert.equal(new Storage(new Uint8Array(7), { dtype: "int32" }).length, 1);
  assert.equal(new Storage(new Uint8Array(3), { dtype: "quint4x2" }).length, 6);
  assert.throws(() => new Storage(new Uint8Array(3), { dtype: "float33" }), { code: "DTYPE" });
});

test("Storage: refuses what are no bytes", () => {
  for (const value of [null, undefined, [1, 2], "bytes", 5]) {
    assert.throws(() => new Storage(value as unknown as ArrayBuffer), { code: "STORAGE_BYTES" });
  }
});

test("Storage: prints every element on a line of its own", () => {
  const text = " 0.0\n 1.5\n nan\n[torch.storage.TypedStorage(dtype=torch.float32, device=cpu) of size 3]";
  const storage = new Storage(new Float32Array([0, 1.5, NaN]), { dtype: "float32" });
  assert.equal(String(storage), text);
  assert.equal(inspect(storage), text);
  assert.equal(
    String(new Storage(new Uint8Array([0, 2]), { dtype: "bool" })),
    " False\n True\n[torch.storage.TypedStorage(dtype=torch.bool, device=cpu) of size 2]",
  );
  assert.equal(
    String(new Storage(new Float32Array([1, -2]), { dtype: "complex64" })),
    " (1-2j)\n[torch.storage.TypedStorage(dtype=torch.complex64, device=cpu) of size 1]",
  );
  assert.deepEqual(toPlain(new Storage(new Uint8Array([5]))), {
    dtype: "untyped", location: "cpu", bytes: new Uint8Array([5]),
  });
});

test("Storage.deferred: says NOT_LOCAL until it is loaded, reads once, and shares the read", async () => {
  let reads = 0;
  const storage = Storage.deferred({
    dtype: "int32",
    nbytes: 8,
    key: "0",
    read: async () => {
      reads++;
      return new Uint8Array(new Int32Array([7, 8]).buffer);
    },
  });
  assert.deepEqual([storage.isLocal, storage.nbytes, storage.length, storage.key], [false, 8, 2, "0"]);
  assert.throws(() => storage.bytes, (error) => error instanceof BrineError && error.code === "NOT_LOCAL");
  assert.throws(() => storage.loadSync(), { code: "NOT_LOCAL" });
  assert.equal(String(storage), "...\n[torch.storage.TypedStorage(dtype=torch.int32, device=cpu) of size 2]");
  const [a, b] = await Promise.all([storage.load(), storage.load()]);
  assert.equal(a, b);
  assert.equal(await storage.load(), a);
  assert.deepEqual([reads, storage.isLocal], [1, true]);
});

test("Storage.deferred: a failed read may be asked for again, a short one is refused", async () => {
  let reads = 0;
  const storage = Storage.deferred({
    nbytes: 2,
    read: async () => {
      if (reads++ === 0) throw new Error("the network is away");
      return new Uint8Array(reads === 2 ? 1 : 2);
    },
  });
  await assert.rejects(storage.load(), /the network is away/);
  await assert.rejects(storage.load(), { code: "SHORT_READ" });
  assert.equal((await storage.load()).length, 2);
  assert.throws(() => Storage.deferred({ nbytes: -1, read: async () => new Uint8Array() }), { code: "STORAGE_BYTES" });
});

test("Storage.deferred: loadSync reads at once where the source can", () => {
  const storage = Storage.deferred({
    nbytes: 1, read: async () => new Uint8Array(1), readSync: () => new Uint8Array([9]),
  });
  assert.throws(() => storage.bytes, { code: "NOT_LOCAL" });
  assert.deepEqual(Array.from(storage.loadSync()), [9]);
});
