// A server of another origin than the page's: which of its answers a page may see is said by the server, and differs by folder.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { send, wanted } from "../answers.js";
import { made } from "../made.js";

/** What a page of another origin may do. */
interface Leave {
  /** Headers of every answer to a GET. */
  readonly shown: Readonly<Record<string, string>>;
  /** Headers of the answer to a question beforehand; undefined: it is refused. */
  readonly beforehand?: Readonly<Record<string, string>>;
  /** Everything is packed by gzip. */
  readonly packs?: boolean;
}

const ANY = { "Access-Control-Allow-Origin": "*" };
const SHOWN = { ...ANY, "Access-Control-Expose-Headers": "Content-Range, ETag" };
/** Not to be remembered: whoever comes next asks again. */
const LEAVE = { ...ANY, "Access-Control-Allow-Headers": "Range", "Access-Control-Max-Age": "0" };

const FOLDERS: ReadonlyMap<string, Leave> = new Map<string, Leave>([
  ["open", { shown: SHOWN, beforehand: LEAVE }],
  ["simple", { shown: SHOWN }],
  ["hidden", { shown: ANY, beforehand: LEAVE }],
  ["packed", { shown: SHOWN, packs: true }],
  ["closed", { shown: {} }],
]);

/** A server that is there until it is disposed of. */
export interface Elsewhere extends AsyncDisposable {
  /** Its address: `simple/large.pt` below it is the file, `asked/simple` what was asked for, one request in a line, since this was asked last. */
  readonly url: string;
}

/** Serves `large.pt` of the suite. */
export async function serveElsewhere(): Promise<Elsewhere> {
  const bytes = made().get("large.pt")!; // it is made
  const asked = new Map<string, string[]>();
  const server = createServer((request, answer) => {
    const [, folder = "", name = ""] = (request.url ?? "").split("/");
    const leave = FOLDERS.get(folder);
    if (folder === "asked") {
      answer.writeHead(200, { ...ANY, "Cache-Control": "no-store" }).end(asked.get(name)?.splice(0).join("\n"));
      return;
    }
    if (leave === undefined) {
      answer.writeHead(404).end();
      return;
    }
    asked.set(folder, [...asked.get(folder) ?? [], `${request.method} ${request.headers.range ?? "all"}`]);
    if (request.method === "OPTIONS") answer.writeHead(leave.beforehand === undefined ? 405 : 204, leave.beforehand).end();
    else if (leave.packs === true) answer.writeHead(200, { ...leave.shown, "Cache-Control": "no-store", "Content-Encoding": "gzip" }).end(gzipSync(bytes, { level: 1 }));
    else send(bytes, wanted(request, bytes.length), answer, { ...leave.shown, "Cache-Control": "no-store" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, // it listens on a port
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}
