// Sources whose reads are dear: the same values as through any other, from few reads; and where a content begins is never
// believed before the local header has said so.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BrineError, Dict, load, loadSync, open, OrderedDict, reprOf, saveSync, Storage, Tensor, tensor } from "../bindings/index.js";
import { FarSource } from "./support/far.js";
import { extraField, hostileZip, type HostileRecord } from "./support/hostile_zip.js";
import { corpusEntries, goldenFixtures, needsShared } from "./support/walk.js";

/** What loading comes to: the text of the value, or the class and code of the error. */
async function outcome(work: () => unknown): Promise<string> {
  try {
    return reprOf(await work());
  } catch (error) {
    assert.ok(error instanceof BrineError, String(error));
    return `${error.name} ${error.code}`;
  }
}

async function compare(bytes: Uint8Array, name: string): Promise<void> {
  const options = { weightsOnly: false, encoding: "latin1" };
  assert.equal(await outcome(() => load(new FarSource(bytes), options)), await outcome(() => loadSync(bytes, options)), name);
}

test("every golden file loads from afar as from memory", async () => {
  for (const { path } of goldenFixtures()) await compare(readFileSync(path), path);
});

test("every corpus file loads from afar as from memory", needsShared, async () => {
  for (const { file, path } of corpusEntries()) {
    const bytes = readFileSync(path);
    if (bytes.length < 4_000_000) await compare(bytes, file);
  }
});

const file = saveSync(new OrderedDict(Array.from({ length: 40 }, (_, i) => [`t${i}`, tensor(new Array(i * 997).fill(i), { dtype: "int32" })])));

test("a file with any byte changed loads from afar as from memory, or not at all", async () => {
  const records = saveSync({ a: tensor([1, 2, 3]), b: tensor([4, 5]) });
  for (let at = 0; at < records.length; at += 1) {
    const damaged = records.slice();
    damaged[at] ^= 0x11;
    const near = await outcome(() => loadSync(damaged));
    const far = await outcome(() => load(new FarSource(damaged)));
    assert.equal(/^\w+Error /.test(far), /^\w+Error /.test(near), `byte ${at}: ${near}, from afar ${far}`);
    if (!/^\w+Error /.test(near)) assert.equal(far, near);
  }
});

/** Records of a checkpoint as torch names them, each with this extra in its local header. */
function withExtra(extra: Uint8Array | undefined, deflate: boolean = false): Uint8Array {
  const names = ["data.pkl", "byteorder", "version"];
  const plain = saveSync({ a: tensor(Array.from({ length: 30_000 }, (_, i) => i), { dtype: "int32" }), b: tensor([7, 8, 9]) });
  const archive = openRecords(plain);
  const storages = [...archive.keys()].filter((name) => name.startsWith("data/"));
  return hostileZip([...names, ...storages].map((name): HostileRecord => (
    { name: `archive/${name}`, bytes: archive.get(name)!, deflate: deflate && name.startsWith("data/"), ...(extra === undefined ? {} : { local: { extra } }) })));
}

/** The content of each record of a file that brine wrote, by its name within the folder. */
function openRecords(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Map<string, Uint8Array>();
  for (let at = view.indexOf("PK\x01\x02", 0, "latin1"); at >= 0; at = view.indexOf("PK\x01\x02", at + 46, "latin1")) {
    const name = view.toString("utf8", at + 46, at + 46 + view.readUInt16LE(at + 28));
    const header = view.readUInt32LE(at + 42);
    const from = header + 30 + view.readUInt16LE(header + 26) + view.readUInt16LE(header + 28);
    out.set(name.slice(name.indexOf("/") + 1), bytes.subarray(from, from + view.readUInt32LE(at + 24)));
  }
  return out;
}

test("contents that stand elsewhere than PyTorch puts them are found by their headers", async () => {
  for (const extra of [undefined, extraField(0x5455, new Uint8Array(5)), extraField(0x4246, new Uint8Array(60_000))]) {
    for (const deflate of [false, true]) {
      const bytes = withExtra(extra, deflate);
      const near = loadSync<Dict<string, Tensor>>(bytes);
      assert.equal(reprOf(await load(new FarSource(bytes))), reprOf(near));
      const opened = await open(new FarSource(bytes));
      for (const [name, { data }] of near) {
        assert.deepEqual((await opened.read(name)).data, data);
        assert.deepEqual((await opened.read(name, { slice: [1, 3] })).data, data.subarray(1, 3));
        assert.deepEqual((await opened.read(name, { slice: [-2, null] })).data, data.subarray(-2));
      }
      await opened.close();
    }
  }
});

test("a header that moves its content is believed, and the CRC tells", async () => {
  const bytes = saveSync({ a: tensor(Array.from({ length: 30_000 }, (_, i) => i), { dtype: "int32" }), b: tensor([7]) });
  const header = Buffer.from(bytes).indexOf("archive/data/0") - 30;
  bytes[header + 28] -= 4; // the content begins four bytes earlier, in the padding
  assert.equal(await outcome(() => loadSync(bytes)), "FormatError CRC");
  assert.equal(await outcome(() => load(new FarSource(bytes))), "FormatError CRC");
  bytes[header] = 0;
  assert.equal(await outcome(() => load(new FarSource(bytes))), "FormatError ZIP_BAD_LOCAL");
});

test("what lies together is one read; what is asked for moves little else", async () => {
  const source = new FarSource(file);
  await load(source);
  assert.ok(source.reads.length <= 4, `${source.reads.length} reads`);
  const opened = await open(new FarSource(file));
  assert.ok(opened.size > 0);
  await opened.close();
});

test("small storages share a buffer of their own size, large ones own theirs", async () => {
  const all = await load<Dict<string, Tensor>>(new FarSource(file));
  const buffers = new Set<ArrayBufferLike>();
  for (const t of all.values()) {
    if (t.numel === 0) continue;
    const { buffer, nbytes } = { buffer: t.data.buffer, nbytes: t.data.byteLength };
    if (nbytes >= 65536) assert.ok(!buffers.has(buffer) && buffer.byteLength < nbytes + 256);
    buffers.add(buffer);
  }
  assert.ok([...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0) < file.length * 1.01);
});

test("a storage that shares its bytes with others is read once for all of them", async () => {
  const storage = new Storage(new Float32Array(100_000), { dtype: "float32" });
  const bytes = saveSync({ a: new Tensor(storage, { shape: [100, 1000] }), b: new Tensor(storage, { shape: [1000, 100] }), c: new Tensor(storage, { shape: [5], storageOffset: 10 }) });
  const source = new FarSource(bytes);
  const opened = await open(source);
  const before = source.bytes;
  const all = await opened.readAll();
  assert.ok(source.bytes - before < 400_000 * 1.01);
  assert.equal(all.get("a")?.storage, all.get("c")?.storage);
  assert.equal((await opened.readAll({ keys: ["c"] })).get("c")?.storage.nbytes, 28, "from the 16 bytes around its first element on");
  await opened.close();
});
