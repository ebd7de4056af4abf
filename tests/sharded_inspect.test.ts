// inspect of checkpoints in several files: what each holds, what all hold together, and every way in which they may not belong
// together told as a fault.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect, PyObject, saveSync, tensor, type Inspection, type ProgressEvent } from "../bindings/index.js";
import { projectRoot } from "./support/walk.js";

const BRINE = join(projectRoot, "dist", "bindings", "cli", "main.js");
const PARTS = ["model-00001-of-00002.bin", "model-00002-of-00002.bin"] as const;
const [FIRST, SECOND] = PARTS;
const WEIGHTS = { "a.w": FIRST, "a.b": FIRST, "c.w": SECOND };

async function inFolder(run: (folder: string, index: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "brine-sharded-inspect-"));
  const index = join(folder, "model.bin.index.json");
  saveSync({ "a.w": tensor([1, 2, 3]), "a.b": tensor([1.5]) }, join(folder, FIRST));
  saveSync({ "c.w": tensor([[4], [5]]) }, join(folder, SECOND));
  writeFileSync(index, JSON.stringify({ weight_map: WEIGHTS }));
  try {
    await run(folder, index);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const seenIn = ({ shards }: Inspection): string[] => shards.map(({ name, inspection }) => `${name} ${inspection.fault?.code ?? inspection.verdict}`);

test("a folder, an index, a list: what each file holds, and all together", async () => {
  await inFolder(async (folder, index) => {
    const paths = PARTS.map((name) => join(folder, name));
    const alone = await Promise.all(paths.map((path) => inspect(path)));
    for (const source of [folder, index, paths, [...paths, index], paths.map((path, i) => new File([readFileSync(path)], PARTS[i]))]) {
      const seen = await inspect(source);
      assert.deepEqual([seen.container, seen.fault, seen.verdict, seen.saveOptions], ["sharded", null, "clean", null]);
      assert.deepEqual(seen.shards, PARTS.map((name, i) => ({ name, inspection: alone[i] })));
      assert.deepEqual(seen.tensors, alone.flatMap(({ tensors }) => tensors));
      assert.deepEqual(seen.storages, alone.flatMap(({ storages }) => storages));
      assert.deepEqual([seen.size, seen.end], [alone[0].size + alone[1].size, alone[0].size + alone[1].size]);
      assert.deepEqual(seen.globals, alone[0].globals, "each name once");
    }
    rmSync(index);
    rmSync(paths[1]);
    const one = join(folder, "one.pt");
    saveSync({ x: tensor([1]) }, one);
    rmSync(paths[0]);
    assert.deepEqual(await inspect(folder), await inspect(one), "a folder of one file is that file");
  });
});

test("what is wrong with one file, or between them, is a fault and no error", async () => {
  const index = (weights: object): string => JSON.stringify({ weight_map: weights });
  const broken: readonly (readonly [what: string, damage: (folder: string, index: string) => void, code: string, files: readonly string[]])[] = [
    ["a file that is not there", (folder) => rmSync(join(folder, SECOND)), "SHARD_MISSING", [`${FIRST} clean`, `${SECOND} SHARD_MISSING`]],
    ["a file cut short", (folder) => writeFileSync(join(folder, SECOND), readFileSync(join(folder, SECOND)).subarray(0, 700)), "ZIP_NO_END", [`${FIRST} clean`, `${SECOND} ZIP_NO_END`]],
    ["a text", (folder) => writeFileSync(join(folder, FIRST), "text"), "NOT_A_CHECKPOINT", [`${FIRST} NOT_A_CHECKPOINT`, `${SECOND} clean`]],
    ["a key that is not there", (_, at) => writeFileSync(at, index({ ...WEIGHTS, "c.w": FIRST, d: SECOND })), "SHARD_KEY", [`${FIRST} clean`, `${SECOND} clean`]],
    ["a key in two files", (folder) => saveSync({ "c.w": tensor([1]), more: tensor([2]), "a.x": tensor([3]) }, join(folder, SECOND)), "", [`${FIRST} clean`, `${SECOND} clean`]],
    ["an index that leads out", (_, at) => writeFileSync(at, index({ w: "../model.bin" })), "SHARD_NAME", []],
    ["an index that is no JSON", (_, at) => writeFileSync(at, "{"), "JSON", []],
  ];
  for (const [what, damage, code, files] of broken) {
    await inFolder(async (folder, at) => {
      damage(folder, at);
      const seen = await inspect(at);
      assert.equal(seen.fault?.code ?? "", code, what);
      assert.deepEqual(seenIn(seen), files, what);
      if (code !== "") assert.deepEqual([seen.verdict, seen.end], ["incomplete", null], what);
    });
  }
  await inFolder(async (folder, at) => {
    rmSync(at);
    rmSync(join(folder, FIRST));
    assert.equal((await inspect(folder)).fault?.code, "SHARD_MISSING", "a part that the other's name tells of");
    await assert.rejects(inspect(join(folder, "none.index.json")), { code: "ENOENT" });
    await assert.rejects(inspect([]), { code: "SOURCE_KIND" });
    saveSync({ "c.w": tensor([1]) }, join(folder, FIRST));
    assert.equal((await inspect(folder)).fault?.code, "SHARD_DUPLICATE", "no index says which one counts");
  });
});

test("what is dangerous in one file is dangerous in all, whatever the others use that name for", async () => {
  await inFolder(async (folder, index) => {
    saveSync({ "c.w": tensor([1]), x: new PyObject({ module: "os", name: "system", via: "reduce", args: ["true"] }) }, join(folder, SECOND));
    const seen = await inspect(index);
    assert.deepEqual(seenIn(seen), [`${FIRST} clean`, `${SECOND} dangerous`]);
    assert.equal(seen.verdict, "dangerous");
    assert.ok(seen.globals.some(({ module, verdict }) => module === "posix" || module === "os" ? verdict === "dangerous" : false));
    let printed = "";
    try {
      printed = execFileSync(process.execPath, [BRINE, "inspect", folder], { encoding: "utf8" });
    } catch (error) {
      assert.fail(String(error));
    }
    assert.match(printed, /^files +2\n +model-00001-of-00002\.bin .* clean\n +model-00002-of-00002\.bin .* dangerous\n/m);
  });
});

test("behind an address, with news of all files as of one; an abort reaches them", async () => {
  await inFolder(async (folder) => {
    const server = createServer((request, answer) => {
      try {
        answer.end(readFileSync(join(folder, decodeURIComponent((request.url ?? "").slice(1)))));
      } catch {
        answer.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.bin.index.json`; // it listens on a port
      const events: ProgressEvent[] = [];
      const seen = await inspect(url, { onProgress: (event) => events.push(event) });
      assert.deepEqual([seen.verdict, ...seenIn(seen)], ["clean", `${FIRST} clean`, `${SECOND} clean`]);
      assert.ok(events.length > 0);
      rmSync(join(folder, SECOND));
      assert.equal((await inspect(url)).fault?.code, "SHARD_MISSING");
      const reason = new Error("enough");
      await assert.rejects(inspect(url, { signal: AbortSignal.abort(reason) }), (error: unknown) => error === reason);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
