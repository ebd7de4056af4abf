// Streams that lie, break or end early: never a wrong tensor, a hang, or an error without a type.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BrineError, load, loadSync, OrderedDict, save, Storage, stream, Tensor } from "../bindings/index.js";
import { serve } from "./support/server.js";
import { equalValues } from "./support/equal.js";
import { hugeZip } from "./support/huge.js";
import { latin1 } from "./support/pickles.js";
import { streamOf } from "./support/streams.js";
import { dense, text } from "./support/tape.js";
import { projectRoot } from "./support/walk.js";
import { zipOf } from "./support/zip.js";

function once(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(to) {
      if (bytes.length > 0) to.enqueue(bytes.slice());
      to.close();
    },
  });
}

/** What a stream gave before it ended or broke. */
interface Came {
  readonly tensors: Map<string, string>;
  readonly error: BrineError | undefined;
}

async function come(source: ReadableStream<Uint8Array>, chunks: boolean = false): Promise<Came> {
  const tensors = new Map<string, string>();
  try {
    if (chunks) {
      for await (const [name, { bytes }] of stream(source, { chunks: true })) tensors.set(name, (tensors.get(name) ?? "") + Buffer.from(bytes).toString("hex"));
    } else for await (const [name, tensor] of stream(source)) tensors.set(name, Buffer.from(tensor.storage.bytes).toString("hex"));
    return { tensors, error: undefined };
  } catch (error) {
    assert.ok(error instanceof BrineError && error.code !== "UNKNOWN", String(error));
    return { tensors, error };
  }
}

/** A small checkpoint as torch.save writes it. */
function checkpoint(): Promise<Uint8Array> {
  const of = (fill: number, length: number): Tensor => new Tensor(new Storage(Uint8Array.from({ length }, (_, i) => fill + i), { dtype: "uint8" }), { dtype: "uint8", shape: [length] });
  return save(new OrderedDict([["a", of(1, 5)], ["b", of(100, 70)], ["c", of(0, 0)]]));
}

/** The bytes with some of them replaced. */
function patched(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const out = bytes.slice();
  out.set(values, at);
  return out;
}

const SAMPLES = ["seed_xy.pt", "seed_xy-1.13.1.pt", "seed_xy-2.1.2.pt", "seed_xy.legacy.pt"].map((name) => join(projectRoot, "tests", "golden", name));

test("cut at every byte: stream says so after whole tensors only, and load what it says of the file", async () => {
  for (const path of SAMPLES) {
    const bytes = Uint8Array.from(readFileSync(path));
    const whole = await come(once(bytes));
    assert.equal(whole.error, undefined);
    for (let length = 0; length < bytes.length; length++) {
      const part = bytes.subarray(0, length);
      const { tensors, error } = await come(once(part));
      assert.ok(error !== undefined, `${path} cut at ${length} passed`);
      for (const [name, content] of tensors) assert.equal(content, whole.tensors.get(name), `${name} of ${path} cut at ${length}`);
      const told: unknown = await load(once(part), { weightsOnly: false }).then(() => "a value", (e: unknown) => e instanceof BrineError ? e.message : e);
      let expected = "a value";
      try {
        loadSync(part, { weightsOnly: false });
      } catch (e) {
        if (e instanceof BrineError) expected = e.message;
      }
      assert.equal(told, expected, `${path} cut at ${length}`);
    }
  }
});

test("every byte turned round: an error, or the tensors that were saved", async () => {
  const outcomes = new Map<string, number>();
  for (const path of SAMPLES.slice(0, 3)) { // a stream of the old format has no sums
    const bytes = Uint8Array.from(readFileSync(path));
    const value = loadSync(bytes, { weightsOnly: false });
    const whole = await come(once(bytes));
    for (let at = 0; at < bytes.length; at++) {
      const damaged = patched(bytes, at, bytes[at] ^ 0xff);
      const { tensors, error } = await come(once(damaged));
      outcomes.set(error?.code ?? "passed", (outcomes.get(error?.code ?? "passed") ?? 0) + 1);
      if (error === undefined) assert.deepEqual(tensors, whole.tensors, `byte ${at} of ${path}`);
      // Until the directory has been seen names may be damaged, contents may not.
      else for (const content of tensors.values()) assert.ok([...whole.tensors.values()].includes(content), `byte ${at} of ${path}`);
      try {
        assert.ok(equalValues(await load(once(damaged), { weightsOnly: false }), value), `load with byte ${at} of ${path} turned round`);
      } catch (e) {
        assert.ok(e instanceof BrineError && e.code !== "UNKNOWN", String(e));
      }
    }
  }
  for (const code of ["CRC", "ZIP_DESCRIPTOR", "ZIP_DIRECTORY", "NOT_FORWARD"]) assert.ok(outcomes.has(code), `${code} never came: ${[...outcomes.keys()].join()}`);
});

test("a wrong sum, a descriptor that lies, a directory of another file", async () => {
  const bytes = await checkpoint();
  const text = Buffer.from(bytes).toString("latin1");
  const content = text.indexOf("\x64\x65\x66\x67"); // of "b"
  const descriptor = text.indexOf("PK\x07\x08", content);
  const directory = text.indexOf("PK\x01\x02");
  const end64 = text.indexOf("PK\x06\x06");
  const entryOfB = text.indexOf("archive/data/1", directory) - 46;
  const cases: readonly [what: string, bytes: Uint8Array, code: string, tensors: string[]][] = [
    ["a byte of a storage", patched(bytes, content + 3, 0), "CRC", ["a"]],
    ["a sum", patched(bytes, descriptor + 4, 1, 2, 3, 4), "CRC", ["a"]],
    ["a size in a descriptor", patched(bytes, descriptor + 8, 71), "ZIP_DESCRIPTOR", ["a"]],
    ["no descriptor", patched(bytes, descriptor, 0x51), "ZIP_DESCRIPTOR", ["a"]],
    ["another name in the directory", patched(bytes, entryOfB + 46 + 13, 0x39), "ZIP_DIRECTORY", ["a", "b", "c"]],
    ["another sum in the directory", patched(bytes, entryOfB + 16, 1, 2, 3, 4), "ZIP_DIRECTORY", ["a", "b", "c"]],
    ["another place in the directory", patched(bytes, entryOfB + 42, 0), "ZIP_DIRECTORY", ["a", "b", "c"]],
    ["another number of records", patched(bytes, end64 + 24, 99), "ZIP_DIRECTORY", ["a", "b", "c"]],
    ["bytes behind the end", Buffer.concat([bytes, Buffer.from("PK")]), "ZIP_DIRECTORY", ["a", "b", "c"]],
    ["a whole archive behind the end", Buffer.concat([bytes, bytes]), "ZIP_DIRECTORY", ["a", "b", "c"]],
    ["a record that is deflated", patched(bytes, text.lastIndexOf("PK\x03\x04", content) + 8, 8), "NOT_FORWARD", ["a"]],
    ["a header that states sizes", patched(bytes, text.lastIndexOf("PK\x03\x04", content) + 18, 70), "NOT_FORWARD", ["a"]],
  ];
  for (const [what, damaged, code, names] of cases) {
    for (const chunks of [false, true]) {
      const { tensors, error } = await come(once(damaged), chunks);
      assert.equal(error?.code, code, `${what}: ${error?.message}`);
      assert.deepEqual([...tensors.keys()].slice(0, names.length), names, what);
      if (!chunks) assert.equal(tensors.size, names.length, what);
    }
  }
});

test("records that come twice, never, or from nowhere", async () => {
  const bytes = await checkpoint();
  const latin = Buffer.from(bytes).toString("latin1");
  const start = (name: string): number => latin.indexOf(name) - 30;
  const [a, b, c] = ["archive/data/0", "archive/data/1", "archive/data/2"].map(start);
  const between = (from: number, to: number): Uint8Array => bytes.subarray(from, to);
  const twice = Buffer.concat([between(0, b), between(a, b), between(b, bytes.length)]);
  assert.equal((await come(once(twice))).error?.code, "ZIP_DUPLICATE");
  const never = Buffer.concat([between(0, b), between(c, bytes.length)]);
  const { tensors, error } = await come(once(never));
  assert.equal(error?.code, "STORAGE_MISSING", error?.message);
  assert.deepEqual([...tensors.keys()], ["a", "c"]);
  const renamed = Buffer.from(latin.replaceAll("archive/data/1", "archive/data/7"), "latin1");
  assert.equal((await come(once(renamed))).error?.code, "NOT_FORWARD");
  await assert.rejects(load(once(renamed)), { code: "STORAGE_MISSING" });
});

test("descriptions that come last are for open, and load reads them all the same", async () => {
  const rezipped = zipOf([
    { name: "archive/version", bytes: latin1("3\n") },
    { name: "archive/data/0", bytes: Uint8Array.of(1, 2, 3) },
    { name: "archive/data.pkl", bytes: latin1(`\x80\x02}${text("x")}${dense("0", 3, "ByteStorage")}s.`) },
  ]);
  const { error } = await come(once(rezipped));
  assert.equal(error?.code, "NOT_FORWARD");
  assert.match(error?.message ?? "", /open\(src\)/);
  assert.deepEqual((await load<Map<string, Tensor>>(once(rezipped))).get("x")?.data, Uint8Array.of(1, 2, 3));
});

test("claims that no stream keeps: what is not there takes no memory and no time", async () => {
  const claim = dense("0", 2 ** 31 - 1, "ByteStorage").replace("tQ", "NtQ"); // the stream's ids have a place for a view
  const before = process.memoryUsage().rss;
  for (const [there, code] of [[3, "STREAM_END"], [100_000, "CUT_SHORT"]] as const) { // of a short one the end is seen at once
    const legacy = streamOf(`}${text("x")}${claim}s`, [{ key: "0", elements: 2 ** 31 - 1, bytes: new Uint8Array(there) }]);
    for (const chunks of [false, true]) assert.equal((await come(once(legacy), chunks)).error?.code, code);
  }
  const zip = [...hugeZip([2_000_000_000])].slice(0, 20).map((piece) => piece.slice());
  const { error } = await come(once(Buffer.concat(zip)));
  assert.equal(error?.code, "CUT_SHORT");
  assert.ok(process.memoryUsage().rss - before < 400_000_000);
});

test("an endless stream of an endless pickle ends at a limit", async () => {
  let sent = 0;
  const head = await checkpoint();
  const endless = new ReadableStream<Uint8Array>({
    pull(to) {
      to.enqueue(sent === 0 ? Buffer.concat([head.subarray(0, 64), latin1("\x80\x02(")]) : new Uint8Array(65536).fill(0x4e)); // None, None, …
      sent += 65536;
    },
  });
  await assert.rejects(async () => {
    for await (const item of stream(endless, { limits: { description: 1_000_000 } })) void item;
  }, { code: "LIMIT_DESCRIPTION" });
  assert.ok(sent < 4_000_000, `${sent} bytes were taken`);
});

test("streams that break, or give no bytes; servers that refuse, drop, or fall silent", async () => {
  const bytes = await checkpoint();
  const strings = new ReadableStream({ start: (to) => to.enqueue("text") });
  assert.equal((await come(strings as ReadableStream<Uint8Array>)).error?.code, "STREAM_KIND"); // what a JavaScript user can give
  const broken = new ReadableStream<Uint8Array>({
    start: (to) => to.enqueue(bytes.slice(0, 700)),
    pull: (to) => to.error(new RangeError("gone")),
  });
  await assert.rejects(async () => {
    for await (const item of stream(broken)) void item;
  }, /gone/);
  const lies: readonly [code: string, lie: Parameters<typeof serve>[1]][] = [
    ["HTTP_STATUS", (_, answer) => (answer.writeHead(404), answer.end("no"), true)],
    ["HTTP_RANGE", (_, answer) => (answer.writeHead(206, { "Content-Range": "bytes 0-9/100" }), answer.end(bytes.subarray(0, 10)), true)],
    ["HTTP_LOST", (_, answer) => {
      answer.writeHead(200, { "Content-Length": bytes.length });
      answer.write(bytes.subarray(0, 700), () => answer.destroy());
      return true;
    }],
  ];
  for (const [code, lie] of lies) {
    await using server = await serve(bytes, lie);
    await assert.rejects(async () => {
      for await (const item of stream(server.url)) void item;
    }, { code });
  }
});
