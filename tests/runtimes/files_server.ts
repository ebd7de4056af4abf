// The suite's files on loopback: golden files, files made for it, a site's own; ranges, and what the shells send home.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Findings } from "../portable/suite.js";
import { ANSWERS, send, wanted } from "./answers.js";
import { made } from "./made.js";
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
  const files = made();
  const fileAt = (folder: string, name: string): Uint8Array | undefined => {
    if (folder === "made") return files.get(name);
    if (!/^[\w@-][\w.@-]*(\/[\w@-][\w.@-]*)*$/.test(name)) return undefined; // nothing that leads out
    try {
      if (folder === "golden" || folder === "golden-safetensors") return readFileSync(join(projectRoot, "tests", folder, name));
      if (folder === "site" && site !== undefined) return readFileSync(join(site, name));
    } catch {
      // not there
    }
    return undefined;
  };
  const sent = new Map<string, number>();
  let count = 0;
  const waiting = new Map<string, Waiting>();
  const wait = (who: string): Waiting => {
    const known = waiting.get(who) ?? resolvers();
    waiting.set(who, known);
    return known;
  };
  const server = createServer((request, answer) => {
    const [, folder = "", name = ""] = /^\/([^/?]*)\/([^?]*)/.exec(request.url ?? "") ?? [];
    if (request.method === "POST" && folder === "findings") {
      void textOf(request).then((text) => wait(name).resolve(JSON.parse(text) as Findings)); // as the suite makes it
      answer.writeHead(204).end();
      return;
    }
    if (folder === "sent") {
      answer.writeHead(200, { "Cache-Control": "no-store" }).end(String(sent.get(name) ?? 0));
      return;
    }
    const otherwise = ANSWERS.get(folder);
    const bytes = fileAt(otherwise === undefined ? folder : "made", name);
    if (bytes === undefined) {
      answer.writeHead(404).end("not here");
      return;
    }
    answer.setHeader("Cache-Control", "no-store"); // each request has to come here
    const range = wanted(request, bytes.length);
    if (otherwise !== undefined) {
      otherwise(bytes, range, answer, ++count);
      return;
    }
    sent.set(name, (sent.get(name) ?? 0) + range.to - range.from);
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    send(bytes, range, answer, { "Content-Type": type, ...(folder === "site" ? headers : {}) });
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
