// Deflate, by node:zlib and by DecompressionStream: both give the same, and refuse the same. Output stays bounded, however much
// the data would give.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, gzipSync } from "node:zlib";
import * as node from "../bindings/io/inflate.node.js";
import * as web from "../bindings/io/inflate.web.js";

type Inflate = (bytes: Uint8Array, format: "deflate-raw" | "gzip", most: number) => Promise<Uint8Array>;

const PLATFORMS: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ["node:zlib", async (bytes, format, most) => {
    assert.ok(node.inflateNow);
    return node.inflateNow(bytes, format, most);
  }],
  ["DecompressionStream", web.inflateLater],
]);

/** The stream of Node 20 to 22 takes bytes behind the end; what conforms, as all browsers do, does not. */
const lenient = Number(process.versions.node.split(".")[0]) < 24 ? "skipped: no DecompressionStream that conforms in this Node" : false;

const content = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >>> 7);
const zeros = new Uint8Array(1 << 26);
const packers = { "deflate-raw": deflateRawSync, gzip: gzipSync } as const;

for (const [name, inflate] of PLATFORMS) {
  for (const format of ["deflate-raw", "gzip"] as const) {
    const pack = (bytes: Uint8Array): Uint8Array => new Uint8Array(packers[format](bytes));
    test(`${name}, ${format}: what was packed comes out`, async () => {
      for (const bytes of [content, content.subarray(0, 1), new Uint8Array(0)]) {
        assert.deepEqual(new Uint8Array(await inflate(pack(bytes), format, bytes.length)), bytes);
      }
      const shared = new Uint8Array(new SharedArrayBuffer(pack(content).length));
      shared.set(pack(content));
      assert.deepEqual(new Uint8Array(await inflate(shared, format, content.length)), content);
    });

    test(`${name}, ${format}: one byte more than allowed is a RangeError, and 64 MB of zeros are never made`, async () => {
      await assert.rejects(inflate(pack(content), format, content.length - 1), RangeError);
      const packed = pack(zeros);
      await inflate(pack(content), format, content.length); // warm
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)), 0);
      await assert.rejects(inflate(packed, format, 1000), RangeError);
      clearInterval(watch);
      assert.ok(Math.max(most, process.memoryUsage().arrayBuffers - before) < 32 << 20);
    });

    test(`${name}, ${format}: damaged, cut or empty data is an error`, async () => {
      const packed = pack(content);
      const damaged = packed.slice();
      damaged[12] ^= 0xff;
      for (const bytes of [damaged, packed.subarray(0, -1), packed.subarray(0, 5), new Uint8Array(0)]) {
        await assert.rejects(inflate(bytes, format, content.length), (error: unknown) => error instanceof Error && !(error instanceof RangeError));
      }
    });
  }

  test(`${name}, deflate-raw: bytes behind the end are an error`, { skip: name === "node:zlib" ? false : lenient }, async () => {
    const packed = new Uint8Array([...deflateRawSync(content), 1, 2, 3]);
    await assert.rejects(inflate(packed, "deflate-raw", content.length), (error: unknown) => error instanceof Error && !(error instanceof RangeError));
  });
}

test("node:zlib, gzip: members one behind the other are taken", () => {
  const two = new Uint8Array([...gzipSync(content), ...gzipSync(content)]);
  assert.equal(node.inflateNow?.(two, "gzip", 2 * content.length).length, 2 * content.length);
});

test("DecompressionStream: an abort ends it", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const packed = new Uint8Array(deflateRawSync(zeros));
  const waiting = web.inflateLater(packed, "deflate-raw", zeros.length, stop.signal);
  stop.abort(reason);
  await assert.rejects(waiting, (error: unknown) => error === reason);
});
