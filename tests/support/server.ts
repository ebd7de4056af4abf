// A server of files on loopback that counts what is asked of it, and lies as a test tells it to.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it came. */
export interface Asked {
  readonly from: number;
  readonly to: number;
  readonly headers: IncomingMessage["headers"];
}

/** Answers a request itself; false: the honest answer is given. */
export type Lie = (asked: Asked, answer: ServerResponse, count: number) => boolean | Promise<boolean>;

/** A server and what it was asked. */
export interface FileServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: Asked[];
  /** Bytes of bodies that were sent by honest answers. */
  readonly sent: () => number;
}

/** Serves these bytes at every path. */
export async function serve(bytes: Uint8Array, lie: Lie = () => false): Promise<FileServer> {
  const asked: Asked[] = [];
  let sent = 0;
  const server = createServer((request, answer) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const one: Asked = { from: Number(first ?? 0), to: Math.min(bytes.length, Number(last ?? bytes.length - 1) + 1), headers: request.headers };
    asked.push(one);
    void Promise.resolve(lie(one, answer, asked.length)).then((told) => {
      if (told) return;
      sent += one.to - one.from;
      const range = request.headers.range === undefined ? {} : { "Content-Range": `bytes ${one.from}-${one.to - 1}/${bytes.length}` };
      answer.writeHead(request.headers.range === undefined ? 200 : 206, { ...range, "Content-Length": one.to - one.from, ETag: "\"1\"" });
      answer.end(bytes.subarray(one.from, one.to));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/model.pth`,
    asked,
    sent: () => sent,
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}
