// How the suite's server answers for a file: honestly, with ranges, or otherwise than it says, by the name of what it does.
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

/** What is asked for: a range, or all. */
export interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly ranged: boolean;
}

/** The range that a request asks for, from its first byte or from the end. */
export function wanted(request: IncomingMessage, size: number): Wanted {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (first === undefined) return { from: 0, to: size, ranged: false };
  if (first === "") return { from: Math.max(0, size - Number(last)), to: size, ranged: true };
  return { from: Number(first), to: last === "" ? size : Math.min(size, Number(last) + 1), ranged: true };
}

/** The honest answer. */
export function send(bytes: Uint8Array, { from, to, ranged }: Wanted, answer: ServerResponse, headers: Readonly<Record<string, string>>): void {
  if (ranged) answer.writeHead(206, { ...headers, ...part(from, to, bytes.length), "Content-Length": to - from });
  else answer.writeHead(200, { ...headers, "Content-Length": bytes.length });
  answer.end(bytes.subarray(from, to));
}

function part(from: number, to: number, total: number, version: number = 1): Record<string, string> {
  return { "Content-Range": `bytes ${from}-${to - 1}/${total}`, ETag: `"${version}"` };
}

type Answer = (bytes: Uint8Array, wanted: Wanted, answer: ServerResponse, count: number) => void;

/** Answers by what tests/portable/remote.ts calls them; `count` numbers the requests. None may be kept by a browser's cache. */
export const ANSWERS: ReadonlyMap<string, Answer> = new Map<string, Answer>(Object.entries({
  unranged: (bytes, _, answer) => answer.writeHead(200, { "Content-Length": bytes.length }).end(bytes),
  packed: (bytes, _, answer) => answer.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync(bytes, { level: 1 })),
  moved: (_, __, answer) => answer.writeHead(302, { Location: "/made/large.pt" }).end(),
  chunked: (bytes, { from, to }, answer) => {
    answer.writeHead(206, part(from, to, bytes.length));
    for (let at = from; at < to; at += 50_000) answer.write(bytes.subarray(at, Math.min(to, at + 50_000)));
    answer.end();
  },
  changing: (bytes, { from, to }, answer, count) => answer.writeHead(206, part(from, to, bytes.length, count)).end(bytes.subarray(from, to)),
  growing: (bytes, { from, to }, answer) => answer.writeHead(206, part(from, to, bytes.length + Math.sign(from))).end(bytes.subarray(from, to)),
  shifted: (bytes, { from, to }, answer) => answer.writeHead(206, part(from + 1, to, bytes.length)).end(bytes.subarray(from + 1, to)),
  bare: (bytes, { from, to }, answer) => answer.writeHead(206).end(bytes.subarray(from, to)),
  short: (bytes, { from, to }, answer) => answer.writeHead(206, part(from, to, bytes.length)).end(bytes.subarray(from, to - 1)),
  dropping: (bytes, { from, to }, answer) => {
    answer.writeHead(206, { ...part(from, to, bytes.length), "Content-Length": to - from });
    answer.write(bytes.subarray(from, from + 10), () => answer.destroy());
  },
  stalling: () => undefined,
  failing: (_, __, answer) => answer.writeHead(500).end("no"),
} satisfies Record<string, Answer>));
