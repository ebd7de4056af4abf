// What keeps `caches.default` of a worker: workerd has the Cache API, and asks a service for what is in it. An answer that is put
// comes as the body of a PUT, as it would go over the wire; a GET gives it back, or 504.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A cache that is there until it is disposed of. */
export async function serveCache(): Promise<AsyncDisposable & { readonly address: string }> {
  const kept = new Map<string, Buffer>();
  const server = createServer((request, answer) => {
    const url = request.url ?? "";
    if (request.method === "PUT") {
      void bodyOf(request).then((wire) => {
        kept.set(url, wire.subarray(wire.indexOf("\r\n\r\n") + 4));
        answer.writeHead(204).end();
      });
      return;
    }
    const bytes = kept.get(url);
    answer.writeHead(bytes === undefined ? 504 : 200, { "CF-Cache-Status": bytes === undefined ? "MISS" : "HIT" }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer); // no encoding is set
  return Buffer.concat(parts);
}
