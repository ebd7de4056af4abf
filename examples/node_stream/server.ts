// A server in Node that tells of every tensor of a checkpoint while the checkpoint arrives, in lines of JSON:
//
//   node server.js                                          it prints its address, of a free port or of the one that PORT says
//   curl -T model.pth http://127.0.0.1:PORT/                a checkpoint that is sent there, of any size
//   MODEL=https://example.org/model.pth node server.js      and GET / tells of that one
//
//   {"name":"fc.weight","dtype":"float32","shape":[10,4],"bytes":160,"sha256":"…"}
//   {"done":true}                                           all of it is well; or {"error":"CUT_SHORT: …"}
//
// Nothing is kept but a window and what has been told: a checkpoint of 100 GB takes as little memory as a small one.
import { createHash, type Hash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BrineError, stream, type StreamLike } from "brine";

/** A line for every tensor, and one at the end. */
async function* lines(source: StreamLike, signal: AbortSignal): AsyncGenerator<string> {
  const open = new Map<number, { readonly hash: Hash; bytes: number }>(); // tensors of one storage pass together
  try {
    for await (const [name, { info, bytes, last }] of stream(source, { chunks: true, signal })) {
      const tensor = open.get(info.index) ?? { hash: createHash("sha256"), bytes: 0 };
      open.set(info.index, tensor);
      tensor.hash.update(bytes);
      tensor.bytes += bytes.length;
      if (!last) continue;
      open.delete(info.index);
      yield `${JSON.stringify({ name, dtype: info.dtype, shape: info.shape, bytes: tensor.bytes, sha256: tensor.hash.digest("hex") })}\n`;
    }
    yield `${JSON.stringify({ done: true })}\n`;
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    yield `${JSON.stringify({ error: `${error.code}: ${error.message}` })}\n`;
  }
}

const server = createServer((request, response) => {
  const { MODEL } = process.env; // the operator's, never a visitor's
  const source = request.method === "GET" ? MODEL : request;
  if (source === undefined) return void response.writeHead(404).end("Send a checkpoint, or start the server with MODEL\n");
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.writeHead(200, { "Content-Type": "application/x-ndjson" });
  // What goes wrong here is that the visitor has left: there is nobody to be told.
  void pipeline(Readable.from(lines(source, gone.signal)), response).catch(() => response.destroy());
});

server.listen(Number(process.env["PORT"] ?? 0), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo; // it listens on a port
  console.log(`http://127.0.0.1:${port}/`);
});
