// Whose the chunks of a stream are: those of a stream of bytes are freed once they have passed, others stay with who gave them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stream, type StreamLike } from "../bindings/index.js";
import { byteOf, evenly, hugeZip } from "./support/huge.js";

const HUGE = evenly(3, 200_000);
const file = (): Uint8Array[] => Array.from(hugeZip(HUGE), (piece) => Uint8Array.from(piece));

async function read(source: StreamLike): Promise<void> {
  let index = 0;
  for await (const [name, { storage: { bytes } }] of stream(source)) {
    assert.equal(name, `layer.${index}`);
    for (const at of [0, 1, 99_999, 199_999]) assert.equal(bytes[at], byteOf(index, at));
    index++;
  }
  assert.equal(index, HUGE.length);
}

test("chunks of a stream of objects stay as they were: their owner may hold them", async () => {
  const pieces = file();
  const lengths = pieces.map(({ length }) => length);
  const of = (): ReadableStream<Uint8Array> => new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  await read(of());
  assert.deepEqual(pieces.map(({ length }) => length), lengths);
  await read(of());
});

test("both branches of a stream of bytes are read, each with chunks of its own", async () => {
  const pieces = file();
  const bytes = new ReadableStream<Uint8Array>({
    type: "bytes",
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece as Uint8Array<ArrayBuffer>); // made just now, over a buffer of its own
    },
  });
  const [one, other] = bytes.tee();
  await Promise.all([read(one as ReadableStream<Uint8Array>), read(other as ReadableStream<Uint8Array>)]); // the types leave it open
});
