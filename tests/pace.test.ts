// A server that sends a drop now and then keeps nobody for ever, in whatever way its file is read; and a reader who takes their time
// is no reason to give up a server.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { SourceError } from "../bindings/index.js";
import { openHttp } from "../bindings/io/http.js";
import { Pace } from "../bindings/io/pace.js";
import { toSupply } from "../bindings/io/supply.js";
import { serve } from "./support/server.js";

const file = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
/** Milliseconds: more than a loaded machine holds back a byte, fewer than a test may take. */
const TIMEOUT = 500;

const tooSlow = (error: unknown): boolean => error instanceof SourceError && error.code === "HTTP_LOST" && /too slow/.test(error.message);

/** Sends what is there, and from then on a byte every few milliseconds, until the reader is gone. */
function drip(answer: ServerResponse, first: Uint8Array): Promise<void> {
  answer.write(first);
  const timer = setInterval(() => answer.write("x"), 20);
  return once(answer, "close").then(() => clearInterval(timer));
}

/** Reads to the end, resting before each read. */
async function drained(url: string, rest: number = 0): Promise<number> {
  const supply = await toSupply(url, { timeout: TIMEOUT });
  let length = 0;
  try {
    for (let chunk = await supply.next(1); chunk !== null; chunk = await supply.next(1)) {
      length += chunk.length;
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    }
    return length;
  } finally {
    await supply.cancel();
  }
}

for (const burst of [10, 1_000_000]) {
  test(`a stream that drips after ${burst} bytes is given up, and its connection with it`, { timeout: 60_000 }, async () => {
    let gone: Promise<void> | undefined;
    await using server = await serve(file, (_, answer) => {
      answer.writeHead(200, { "Content-Length": file.length });
      gone = drip(answer, file.subarray(0, burst));
      return true;
    });
    await assert.rejects(drained(server.url), tooSlow);
    await gone;
  });

  test(`a range that drips after ${burst} bytes is given up`, { timeout: 60_000 }, async () => {
    await using server = await serve(file, (asked, answer, count) => {
      if (count === 1) return false;
      answer.writeHead(206, { "Content-Range": `bytes ${asked.from}-${asked.to - 1}/${file.length}`, "Content-Length": asked.to - asked.from, ETag: "\"1\"" });
      void drip(answer, file.subarray(asked.from, asked.from + burst));
      return true;
    });
    const source = await openHttp(server.url, { retries: 0, timeout: TIMEOUT });
    await assert.rejects(async () => source.read(0, new Uint8Array(file.length - 100_000)), tooSlow);
  });
}

test("a reader who rests longer than a server may gets all of the file", { timeout: 60_000 }, async () => {
  await using server = await serve(file.subarray(0, 200_000));
  assert.equal(await drained(server.url, TIMEOUT * 1.5), 200_000);
});

test("the pace is that of the waiting, from when the body fell behind", () => {
  const pace = new Pace("x", 100);
  pace.came(1, 90);
  pace.came(1, 11);
  assert.throws(() => pace.came(0, 2), tooSlow);
  const hasty = new Pace("x", 100);
  hasty.came(1e9, 5);
  hasty.came(1, 99);
  assert.throws(() => hasty.came(1, 4), { message: "x sent 2 bytes in 103 ms, which is too slow to go on" });
  const steady = new Pace("x", 100);
  for (let i = 0; i < 1000; i++) steady.came(99, 99);
});
