// How much is asked of a server: a checkpoint of a gigabyte, made as it is served, and a server that counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, type CheckpointFile } from "../bindings/index.js";
import { serve, type FileServer } from "./support/server.js";
import { virtualCheckpoint, type VirtualCheckpoint } from "./support/virtual.js";

const SIZES: readonly (readonly [count: number, nbytes: number])[] = [[64, 16 << 20], [1000, 1 << 20], [10_000, 100_000]];

/** Bytes of data.pkl with its header, and of the directory. */
function description(file: VirtualCheckpoint, { records }: CheckpointFile): number {
  const pickle = records.find(({ name }) => name.endsWith("/data.pkl"))!;
  const directory = records.reduce((sum, { name }) => sum + 46 + name.length, 0); // no extras below 4 GiB
  assert.ok(pickle.size + directory < file.size / 100);
  return pickle.size + directory;
}

function counted(server: FileServer): { requests: number; bytes: number } {
  return { requests: server.asked.length, bytes: server.sent() };
}

for (const [count, nbytes] of SIZES) {
  const label = `${count} tensors of ${nbytes} bytes`;
  const file = virtualCheckpoint(count, nbytes);

  test(`open(url) of ${label}: 3 requests at most, and 128 KiB beyond the description`, async () => {
    await using server = await serve(file);
    const opened = await open(server.url);
    const { requests, bytes } = counted(server);
    assert.equal(opened.tensors().length, count);
    assert.ok(requests <= 3, `${requests} requests`);
    assert.ok(bytes <= description(file, opened) + 131_072, `${bytes} bytes for ${description(file, opened)}`);
    await opened.close();
  });

  test(`read(name) of ${label}: one request for each, and nothing of the others`, async () => {
    await using server = await serve(file);
    const opened = await open(server.url);
    for (const i of [0, 1, count - 1, count >> 1]) {
      const before = counted(server);
      const tensor = await opened.read(file.names[i]);
      const after = counted(server);
      assert.ok(Buffer.from(file.of(i)).equals(tensor.data as Uint8Array), file.names[i]); // uint8
      assert.equal(after.requests - before.requests, 1, file.names[i]);
      assert.ok(after.bytes - before.bytes <= nbytes + 256, `${after.bytes - before.bytes} bytes`);
    }
    await opened.close();
  });
}
