// Checkpoints in several files: by an index, a folder, or a list of the parts. One dict comes out, each file is opened once, and
// an index decides which files are opened only within its folder.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Dict, load, loadSync, open, openSync, OrderedDict, Parameter, save, tensor, Tensor, type ProgressEvent, type SaveOptions, type SourceLike } from "../bindings/index.js";
import { refusal } from "./support/refusal.js";
import { projectRoot } from "./support/walk.js";

const BRINE = join(projectRoot, "dist", "bindings", "cli", "main.js");
type Names = Dict<string, Tensor>;

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "brine-sharded-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Keys in the order of the index, which is not that of the files. */
const KEYS = ["embed", "layer.1", "layer.0", "head"] as const;
const PLACES: Readonly<Record<(typeof KEYS)[number], number>> = { embed: 1, "layer.1": 2, "layer.0": 1, head: 3 };
const valueOf = (key: string): Tensor => tensor(Array.from({ length: 5 }, (_, i) => i + key.length), { dtype: "float32" });

const nameOf = (stem: string, number: number, ending: string): string => `${stem}-${String(number).padStart(5, "0")}-of-00003.${ending}`;

/** Three parts and their index, as transformers writes them. */
async function write(folder: string, ending: "bin" | "safetensors", changes: Record<string, unknown> = {}): Promise<{ readonly index: string; readonly parts: readonly string[] }> {
  const stem = ending === "bin" ? "pytorch_model" : "model";
  const options: SaveOptions = ending === "bin" ? {} : { format: "safetensors", metadata: { format: "pt" } };
  const parts = [1, 2, 3].map((number) => join(folder, nameOf(stem, number, ending)));
  for (const [i, path] of parts.entries()) {
    await save(new OrderedDict(KEYS.filter((key) => PLACES[key] === i + 1).map((key) => [key, valueOf(key)])), path, options);
  }
  const index = join(folder, `${ending === "bin" ? "pytorch_model.bin" : "model.safetensors"}.index.json`);
  const weightMap = Object.fromEntries(KEYS.map((key) => [key, nameOf(stem, PLACES[key], ending)]));
  writeFileSync(index, JSON.stringify({ metadata: { total_size: 80.0, nested: [{ a: null }] }, weight_map: { ...weightMap, ...changes } }, null, 2));
  return { index, parts };
}

function assertWhole(dict: Names, order: readonly string[] = KEYS): void {
  assert.deepEqual([...dict.keys()], order);
  for (const key of KEYS) assert.deepEqual(dict.get(key)?.toArray(), valueOf(key).toArray(), key);
}

/** The order without an index: that of the files. */
const BY_FILE = ["embed", "layer.0", "layer.1", "head"];

for (const ending of ["bin", "safetensors"] as const) {
  test(`an index of .${ending} parts, its folder, a list of the parts, with and without the index: one dict`, async () => {
    await inFolder(async (folder) => {
      const { index, parts } = await write(folder, ending);
      for (const source of [index, pathToFileURL(index), folder, `${folder}/`, pathToFileURL(folder), [...parts, index]]) {
        assertWhole(await load<Names>(source));
        assertWhole(loadSync<Names>(source));
        await using file = await open(source);
        assert.equal(file.container, "sharded");
        assert.deepEqual(Array.from(file.tensors(), ({ name }) => name), KEYS);
        assertWhole(new Dict(await Promise.all(KEYS.map(async (key) => [key, await file.read(key)] as const))));
        const root = file.root() as Names;
        for (const key of KEYS) await root.get(key)!.to("cpu");
        assertWhole(root);
        assert.equal(file.get("head"), root.get("head"));
        assert.equal(new Set(Array.from(file.tensors(), ({ storageIndex }) => storageIndex)).size, KEYS.length);
        await openSync(source).close();
      }
      const files = [...parts].reverse().map((path) => new File([readFileSync(path)], basename(path)));
      for (const list of [[...parts].reverse(), files, parts.map((path) => pathToFileURL(path)), parts.map((path) => new Uint8Array(readFileSync(path)))] as SourceLike[][]) {
        assertWhole(await load<Names>(list), BY_FILE);
      }
      assertWhole(await load<Names>([...files, new File([readFileSync(index)], basename(index))]));
      rmSync(index);
      assertWhole(await load<Names>(folder), BY_FILE);
      const dict = await load<Names>(folder);
      assert.ok(ending === "bin" ? dict instanceof OrderedDict : !(dict instanceof OrderedDict));
    });
  });
}

/** Serves a folder; tells how often each file was asked for. */
async function serveFolder(folder: string): Promise<{ readonly url: string; readonly asked: Map<string, number>; stop(): Promise<void> }> {
  const asked = new Map<string, number>();
  const server = createServer((request, answer) => {
    const name = decodeURIComponent(new URL(request.url!, "http://x").pathname.slice(1));
    asked.set(name, (asked.get(name) ?? 0) + 1);
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(folder, name));
    } catch {
      answer.writeHead(404).end();
      return;
    }
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const [from, to] = [Number(first ?? 0), Math.min(bytes.length, Number(last ?? bytes.length - 1) + 1)];
    answer.writeHead(206, { "Content-Range": `bytes ${from}-${to - 1}/${bytes.length}`, ETag: "\"1\"" }).end(bytes.subarray(from, to));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, // it listens on a port
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}

test("an index behind an address: its parts are beside it, each is opened once, and only when it is needed", async () => {
  await inFolder(async (folder) => {
    const { index, parts } = await write(folder, "safetensors");
    const server = await serveFolder(folder);
    try {
      const address = `${server.url}/${basename(index)}?download=true`;
      assertWhole(await load<Names>(address));
      assertWhole(await load<Names>(new URL(address)));
      server.asked.clear();
      await using file = await open(address);
      assert.deepEqual([...server.asked.keys()], [basename(index)]);
      const [a, b] = await Promise.all([file.read("embed"), file.read("layer.0")]);
      assert.deepEqual([a.toArray(), b.toArray()], [valueOf("embed").toArray(), valueOf("layer.0").toArray()]);
      assert.deepEqual([...server.asked.keys()], [basename(index), basename(parts[0])]);
      assert.deepEqual([...(await file.readAll({ keys: ["layer.0", "embed"] })).keys()], ["layer.0", "embed"]);
      assert.deepEqual((await file.read("embed", { slice: [1, 3] })).toArray(), (valueOf("embed").toArray() as number[]).slice(1, 3));
      assert.deepEqual([...server.asked.keys()], [basename(index), basename(parts[0])]);
      assert.throws(() => file.tensors(), refusal("SHARD_NOT_OPEN"));
      assert.throws(() => file.root(), refusal("SHARD_NOT_OPEN"));
      assert.deepEqual(file.get("embed")?.shape.length, 1);
      await file.openAll();
      assert.deepEqual(Array.from(file.tensors(), ({ name }) => name), KEYS);
      assert.deepEqual(file.saveOptions, { format: "safetensors", metadata: { format: "pt" } });
      const all = new Dict<string, Tensor>();
      for await (const [key, t] of file) all.set(key, t);
      assertWhole(all);
      assertWhole(new Dict(await file.readAll()));
      await assert.rejects(file.read("nothing"), refusal("NO_TENSOR"));
      rmSync(parts[1]);
      await assert.rejects(load(address), refusal("SHARD_MISSING", /model-00002-of-00003/));
      await using again = await open(address);
      await assert.rejects(again.read("layer.1"), refusal("SHARD_MISSING", /model-00002-of-00003/));
      assert.deepEqual((await again.read("head")).toArray(), valueOf("head").toArray());
    } finally {
      await server.stop();
    }
  });
});

test("keys that the index lacks come behind; keys that are not where it says, or in two files, are errors", async () => {
  await inFolder(async (folder) => {
    const { index, parts } = await write(folder, "bin");
    const text = readFileSync(index, "utf8");
    const without = JSON.parse(text) as { weight_map: Record<string, string> };
    delete without.weight_map["layer.1"];
    without.weight_map["embed"] = basename(parts[0]);
    writeFileSync(index, JSON.stringify(without));
    // Its only key left out, the second part is no part of the checkpoint any more.
    assert.deepEqual([...(await load<Names>(index)).keys()], ["embed", "layer.0", "head"]);
    await save(new OrderedDict([["head", valueOf("head")], ["extra", tensor([1])]]), parts[2]);
    assert.deepEqual([...(await load<Names>(index)).keys()], ["embed", "layer.0", "head", "extra"]);
    assert.deepEqual(Array.from((await open(index)).tensors(), ({ name }) => name), ["embed", "layer.0", "head", "extra"]);

    writeFileSync(index, text);
    await save(new OrderedDict([["other", tensor([1])]]), parts[2]);
    for (const attempt of [load, open]) await assert.rejects(attempt(index), refusal("SHARD_KEY", /"head".*00003-of-00003/));
    assert.throws(() => loadSync(index), refusal("SHARD_KEY"));
    await save(new OrderedDict([["head", valueOf("head")], ["embed", tensor([9])]]), parts[2]);
    assertWhole(await load<Names>(index)); // the index decides
    for (const attempt of [load, open]) await assert.rejects(attempt([...parts]), refusal("SHARD_DUPLICATE", /embed.*00001.*00003/));
    await save([1, 2], parts[2]);
    await assert.rejects(load(index), refusal("SHARD_VALUE", /00003/));
  });
});

test("tied tensors of one part stay tied, and floats stay floats", async () => {
  await inFolder(async (folder) => {
    const tied = new Parameter(tensor([0.5]));
    const { float } = await import("../bindings/index.js");
    await save(new OrderedDict<string, unknown>([["a", tied], ["b", tied], ["lr", float(1)]]), join(folder, nameOf("m", 1, "bin")));
    await save(new OrderedDict([["c", tensor([1])]]), join(folder, nameOf("m", 2, "bin")));
    await save(new OrderedDict([["d", tensor([2])]]), join(folder, nameOf("m", 3, "bin")));
    const index = join(folder, "m.bin.index.json");
    writeFileSync(index, JSON.stringify({ weight_map: { a: nameOf("m", 1, "bin"), b: nameOf("m", 1, "bin"), c: nameOf("m", 2, "bin"), d: nameOf("m", 3, "bin") } }));
    const dict = await load<Dict>(index);
    assert.equal(dict.get("a"), dict.get("b"));
    assert.match(String(dict), /\('lr', 1\.0\)/);
    await using file = await open(index);
    assert.deepEqual((await file.read("b")).toArray(), [0.5]);
    assert.equal(file.get("a"), file.get("b"));
    assert.deepEqual(Array.from(file.tensors(), ({ name }) => name), ["a", "c", "d"]);
  });
});

test("missing parts are named; what could be read in two ways is refused; distributed checkpoints are told", async () => {
  await inFolder(async (folder) => {
    const { index, parts } = await write(folder, "bin");
    const hidden = `${parts[1]}.away`;
    renameSync(parts[1], hidden);
    for (const attempt of [load, open]) {
      await assert.rejects(attempt(index), refusal("SHARD_MISSING", /pytorch_model-00002-of-00003\.bin/));
      await assert.rejects(attempt([parts[0], parts[2]]), refusal("SHARD_MISSING", /pytorch_model-00002-of-00003\.bin/));
      await assert.rejects(attempt([parts[0], parts[2], index]), refusal("SHARD_MISSING", /00002/));
    }
    rmSync(index);
    await assert.rejects(load(folder), refusal("SHARD_MISSING", /pytorch_model-00002-of-00003\.bin/));
    renameSync(hidden, parts[1]);
    await save({ x: tensor([1]) }, join(folder, "training_args.bin"));
    await assert.rejects(load(folder), refusal("AMBIGUOUS", /training_args/));
    await write(folder, "safetensors");
    await write(folder, "bin");
    await assert.rejects(load(folder), refusal("AMBIGUOUS", /index\.json/));

    const only = join(folder, "only");
    mkdirSync(only);
    await assert.rejects(load(only), refusal("NO_CHECKPOINT"));
    await save({ x: tensor([1]) }, join(only, "model.pth"));
    assert.deepEqual([...(await load<Names>(only)).keys()], ["x"]);
    assert.equal((await open(only)).container, "zip");
    writeFileSync(join(only, ".metadata"), "");
    await assert.rejects(load(only), refusal("DCP"));
    await assert.rejects(load([]), refusal("SOURCE_KIND"));
    await assert.rejects(load(parts, { offset: 5 }), refusal("OPTION"));
    await assert.rejects(load(new URL("http://127.0.0.1:1/x.index.json"), { member: "x" }), refusal("OPTION"));
  });
});

test("parts of one name from two folders are two parts; an index takes of a list the one in its folder", async () => {
  await inFolder(async (folder) => {
    const [a, b] = ["a", "b"].map((name) => join(folder, name, "model.pt"));
    for (const path of [a, b]) {
      mkdirSync(join(path, ".."));
      await save({ [path === a ? "x" : "y"]: tensor([path.length]) }, path);
    }
    const whole = ["x", "y"];
    assert.deepEqual([...(await load<Names>([a, b])).keys()], whole);
    assert.deepEqual([...loadSync<Names>([a, b]).keys()], whole);
    assert.deepEqual([...(await load<Names>([a, b].map((path) => new File([readFileSync(path)], "model.pt")))).keys()], whole);
    await using opened = await open([a, b]);
    assert.deepEqual(Array.from(opened.tensors(), ({ name }) => name), whole);
    assert.deepEqual([...(await opened.readAll()).keys()], whole);
    await assert.rejects(load([a, a]), refusal("SHARD_DUPLICATE"));

    const index = join(folder, "model.index.json");
    writeFileSync(index, JSON.stringify({ weight_map: { y: "b/model.pt", x: "a/model.pt" } }));
    for (const list of [[index, a, b], [index, pathToFileURL(b), pathToFileURL(a)]]) {
      assert.deepEqual([...(await load<Names>(list)).keys()], ["y", "x"]);
      await using file = await open(list);
      assert.deepEqual([...(await file.readAll({ keys: ["x"] })).keys()], ["x"]);
    }
    // Which is which nobody can tell.
    await assert.rejects(load([index, a]), refusal("AMBIGUOUS", /"a\/model.pt", and .* "b\/model.pt" already/));
    const files = [a, b].map((path) => new File([readFileSync(path)], "model.pt"));
    await assert.rejects(load([index, ...files]), refusal("AMBIGUOUS", /2 files/));
    writeFileSync(index, JSON.stringify({ weight_map: { x: "weights/model.pt" } }));
    assert.deepEqual([...(await load<Names>([index, files[0]])).keys()], ["x"]);
  });
});

test("keys may be an iterator, which comes to its end when it is looked at", async () => {
  await inFolder(async (folder) => {
    const { index } = await write(folder, "bin");
    await using file = await open(index);
    assert.deepEqual([...(await file.readAll({ keys: new Set(["head", "embed"]).values() })).keys()], ["head", "embed"]);
  });
});

test("whoever waits for a file that another one began to open is not stopped with that one", async () => {
  await inFolder(async (folder) => {
    const { index } = await write(folder, "safetensors");
    const server = await serveFolder(folder);
    try {
      await using file = await open(`${server.url}/${basename(index)}`);
      const stop = new AbortController();
      const first = file.read("embed", { signal: stop.signal });
      const second = file.read("embed");
      stop.abort(new Error("enough"));
      await assert.rejects(first, /enough/);
      assert.deepEqual((await second).toArray(), valueOf("embed").toArray());
    } finally {
      await server.stop();
    }
  });
});

test("an index that leads out of its folder, or is no such JSON, is refused before anything is opened", async () => {
  await inFolder(async (folder) => {
    const index = join(folder, "model.safetensors.index.json");
    const names = [
      "../x.bin", "a/../../x.bin", "/etc/passwd", "..\\x.bin", "C:x.bin", "C:\\x.bin", "http://evil/x.bin", "file:///x.bin", "//evil/x.bin", "", ".", "..", "a//b", "a/", "./x.bin",
      ".. /x.bin", "... /x", "x\u0000.bin", "x\n.bin", "model.safetensors.index.json", "sub/other.index.json", "x".repeat(2000),
    ];
    for (const name of names) {
      writeFileSync(index, JSON.stringify({ weight_map: { a: name } }));
      for (const attempt of [load, open]) await assert.rejects(attempt(index), refusal("SHARD_NAME"), name);
      assert.throws(() => loadSync(folder), refusal("SHARD_NAME"), name);
    }
    const texts: readonly (readonly [string, string])[] = [
      ["", "JSON"], ["{", "JSON"], ["[]", "JSON_FORM"], ["{}", "JSON_FORM"], ["{\"weight_map\":[]}", "JSON_FORM"], ["{\"weight_map\":{\"a\":1}}", "JSON_FORM"],
      ["{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}", "JSON_DUPLICATE"], ["{\"weight_map\":{},\"weight_map\":{}}", "JSON_DUPLICATE"], ["{\"weight_map\":{}} x", "JSON"],
      [`{"metadata":${"[".repeat(100)}${"]".repeat(100)},"weight_map":{}}`, "JSON_FORM"],
      [`{"weight_map":{${Array.from({ length: 10_001 }, (_, i) => `"${i}":"${i}.bin"`).join(",")}}}`, "LIMIT_SHARDS"],
    ];
    for (const [text, expected] of texts) {
      writeFileSync(index, text);
      await assert.rejects(load(index), refusal(expected), text.slice(0, 80));
    }
    writeFileSync(index, JSON.stringify({ weight_map: { __proto__x: "x.bin" } }));
    await assert.rejects(load(index, { limits: { description: 10 } }), refusal("LIMIT_DESCRIPTION"));
  });
});

test("names mean only themselves in an address: percent signs and question marks are characters", async () => {
  await inFolder(async (folder) => {
    const inside = join(folder, "inside");
    mkdirSync(inside);
    await save({ secret: tensor([1]) }, join(folder, "secret.bin"));
    await save({ a: tensor([2]) }, join(inside, "%2e%2e%2fsecret.bin"));
    await save({ b: tensor([3]) }, join(inside, "x?y#z.bin"));
    writeFileSync(join(inside, "m.index.json"), JSON.stringify({ weight_map: { a: "%2e%2e%2fsecret.bin", b: "x?y#z.bin" } }));
    const server = await serveFolder(folder);
    try {
      const dict = await load<Names>(`${server.url}/inside/m.index.json`);
      assert.deepEqual([...dict.keys()], ["a", "b"]);
    } finally {
      await server.stop();
    }
  });
});

test("progress of several files is one account", async () => {
  await inFolder(async (folder) => {
    const { index } = await write(folder, "safetensors");
    const seen: ProgressEvent[] = [];
    await load(index, { onProgress: (event) => seen.push(event) });
    assert.deepEqual([...new Set(seen.map(({ phase }) => phase))], ["open", "read", "build"]);
    const reads = seen.filter(({ phase }) => phase === "read");
    assert.ok(reads.every(({ loaded }, i) => i === 0 || loaded >= reads[i - 1].loaded));
    assert.equal(reads.at(-1)?.loaded, reads.at(-1)?.total);
    assert.ok(reads.at(-1)!.loaded >= KEYS.length * 20);
  });
});

test("an error in a part says which part; aborts and limits reach all of them", async () => {
  await inFolder(async (folder) => {
    const { index, parts } = await write(folder, "safetensors");
    await assert.rejects(load(index, { signal: AbortSignal.abort(new Error("enough")) }), /enough/);
    await assert.rejects(load(index, { limits: { storages: 70 } }), refusal("LIMIT_STORAGES"));
    assert.throws(() => loadSync(index, { limits: { storages: 70 } }), refusal("LIMIT_STORAGES"));
    assertWhole(await load<Names>(index, { limits: { storages: 80 } }));
    const bytes = readFileSync(parts[1]);
    writeFileSync(parts[1], bytes.subarray(0, bytes.length - 1));
    for (const attempt of [load, open]) await assert.rejects(attempt(index), refusal("SAFETENSORS_OFFSETS", /model-00002-of-00003/));
  });
});

test("the command lists folders, and converts them to one file", async () => {
  await inFolder(async (folder) => {
    await write(folder, "bin");
    assert.match(execFileSync(process.execPath, [BRINE, "ls", folder], { encoding: "utf8" }), /embed[^]*layer\.1[^]*layer\.0[^]*head/);
    const to = join(folder, "whole.safetensors");
    execFileSync(process.execPath, [BRINE, "convert", folder, to]);
    const dict = await load<Names>(to);
    assert.deepEqual([...dict.keys()].sort(), [...KEYS].sort());
    execFileSync(process.execPath, [BRINE, "convert", folder, join(folder, "whole.pth")]);
    assertWhole(await load<Names>(join(folder, "whole.pth")));
  });
});
