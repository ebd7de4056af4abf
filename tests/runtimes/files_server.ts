// The suite's files on loopback: golden files, files made for it, a site's own; ranges, and what the shells send home.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Findings } from "../portable/suite.js";
import { deflated } from "./deflated.js";
import { projectRoot } from "../support/walk.js";

/** A server that is there until it is disposed of. */
export interface FilesServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What this shell sends home, once. */
  findings(who: string): Promise<Findings>;
}

const TYPES: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript", json: "application/json", wasm: "application/wasm" };

/**
 * Serves the suite's files.
 *
 * @param site a folder served below `/site/`
 * @param headers sent with each file of the site
 */
export async function serveFiles(site?: string, headers: Readonly<Record<string, string>> = {}): Promise<FilesServer> {
  const example = readFileSync(join(projectRoot, "examples", "lstm_state_dict.pt"));
  const made = new Map<string, Uint8Array>([
    ["lstm_state_dict.pt", example], ["lstm_state_dict.pt.gz", gzipSync(example)], ["deflated.pt", deflated(example)],
  ]);
  const fileAt = (folder: string, name: string): Uint8Array | undefined => {
    if (folder === "made") return made.get(name);
    if (!/^[\w.-]+$/.test(name)) return undefined;
    try {
      if (folder === "golden") return readFileSync(join(projectRoot, "tests", "golden", name));
      if (folder === "site" && site !== undefined) return readFileSync(join(site, name));
    } catch {
      // not there
    }
    return undefined;
  };
  const waiting = new Map<string, Waiting>();
  const wait = (who: string): Waiting => {
    const known = waiting.get(who) ?? resolvers();
    waiting.set(who, known);
    return known;
  };
  const server = createServer((request, answer) => {
    // A bundle asks for brine.wasm where the package has it: two folders up, which from a site is the root.
    const [, folder = "", name = ""] = (request.url === "/brine.wasm" ? "/site/brine.wasm" : request.url ?? "").split("?")[0].split("/");
    if (request.method === "POST" && folder === "findings") {
      void textOf(request).then((text) => wait(name).resolve(JSON.parse(text) as Findings)); // as the suite makes it
      answer.writeHead(204).end();
      return;
    }
    const bytes = fileAt(folder, name);
    if (bytes === undefined) answer.writeHead(404).end("not here");
    else send(bytes, name, request, answer, folder === "site" ? headers : {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    findings: (who) => wait(who).promise,
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}

function send(bytes: Uint8Array, name: string, request: IncomingMessage, answer: ServerResponse, headers: Readonly<Record<string, string>>): void {
  const type = { "Content-Type": TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream", ...headers };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  if (first === undefined) {
    answer.writeHead(200, { ...type, "Content-Length": bytes.length }).end(bytes);
    return;
  }
  const from = Number(first);
  const to = Math.min(bytes.length, Number(last) + 1);
  const range = `bytes ${from}-${to - 1}/${bytes.length}`;
  answer.writeHead(206, { ...type, "Content-Range": range, "Content-Length": to - from, ETag: "\"1\"" }).end(bytes.subarray(from, to));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const piece of request) text += String(piece);
  return text;
}

interface Waiting {
  readonly promise: Promise<Findings>;
  readonly resolve: (findings: Findings) => void;
}

function resolvers(): Waiting {
  let resolve: (findings: Findings) => void = () => undefined;
  const promise = new Promise<Findings>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
