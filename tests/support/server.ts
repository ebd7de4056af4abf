// A server of files on loopback that counts what is asked of it, and lies as a test tells it to.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it came. */
export interface Asked {
  readonly from: number;
  readonly to: number;
  /** It asked for the last bytes, whatever the size. */
  readonly last: boolean;
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

/** A file that is made as it is asked for. */
export interface Content {
  readonly size: number;
  /** The bytes from `from` up to `to`. */
  bytes(from: number, to: number): Uint8Array;
}

/** Serves this file at every path. */
export async function serve(file: Uint8Array | Content, lie: Lie = () => false): Promise<FileServer> {
  const size = file instanceof Uint8Array ? file.length : file.size;
  const bytes = (from: number, to: number): Uint8Array => (file instanceof Uint8Array ? file.subarray(from, to) : file.bytes(from, to));
  const asked: Asked[] = [];
  let sent = 0;
  const server = createServer((request, answer) => {
    const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const from = first === "" ? (last === "" ? 0 : Math.max(0, size - Number(last))) : Number(first);
    const to = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
    const one: Asked = { from, to, last: first === "" && last !== "", headers: request.headers };
    asked.push(one);
    void Promise.resolve(lie(one, answer, asked.length)).then((told) => {
      if (told) return;
      sent += to - from;
      const range = request.headers.range === undefined ? {} : { "Content-Range": `bytes ${from}-${to - 1}/${size}` };
      answer.writeHead(request.headers.range === undefined ? 200 : 206, { ...range, "Content-Length": to - from, ETag: "\"1\"" });
      answer.end(bytes(from, to));
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
