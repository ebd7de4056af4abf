// The examples do what they say, from the package as it was packed: the page in Chromium, the edge worker in workerd, the
// script in Deno.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Dict, load, loadSync, OrderedDict, reprOf, saveSync, Storage, Tensor, tensor } from "../../bindings/index.js";
import { serve } from "../support/server.js";
import { projectRoot } from "../support/walk.js";
import { bundle } from "./bundle.js";
import { startChromium, type Ask } from "./chromium/browser.js";
import { serveFiles } from "./files_server.js";
import { start } from "./run.js";
import { runtime, stageOf } from "./stage.js";
import { serveWorker } from "./workerd/serve.js";

const [chromium, deno, esbuild, workerd] = ["chromium", "deno", "esbuild", "workerd"].map((name) => runtime(name));
const without = (...names: readonly string[]): string | false => {
  const absent = names.find((name) => runtime(name) === undefined);
  return absent === undefined ? false : `skipped: no ${absent}`;
};

/** Descriptions of a checkpoint, whatever its tensors weigh. */
const DESCRIPTION = 128 * 1024;

/** Twenty tensors of 400,000 bytes. */
function checkpoint(): Uint8Array {
  const all = new OrderedDict<string, Tensor>();
  for (let i = 0; i < 20; i++) {
    const values = new Float32Array(100_000).map((_, at) => at + i / 4);
    all.set(`layer.${i}`, new Tensor(new Storage(new Uint8Array(values.buffer), { dtype: "float32" }), { dtype: "float32", shape: [100, 1000] }));
  }
  all.set("scale", tensor([1.5, NaN]));
  return saveSync(all);
}

test("examples/edge serves one tensor of a remote checkpoint and fetches no other", { skip: without("workerd", "esbuild") }, async () => {
  using stage = stageOf("dist/examples/edge/worker");
  const folder = bundle(stage, esbuild!, "workerd"); // it is there, or the test is skipped; below too
  const file = checkpoint();
  await using server = await serve(file);
  await using worker = await serveWorker(workerd!, folder, "worker.js", { MODEL: server.url });

  const list = await (await fetch(worker.url)).json() as readonly { readonly name: string }[]; // as the example says
  assert.deepEqual(list.map(({ name }) => name).slice(0, 2), ["layer.0", "layer.1"]);
  assert.equal(list.length, 21);
  assert.ok(server.sent() < DESCRIPTION, `${server.sent()} bytes for the list`);

  const before = server.sent();
  const { name, dtype, shape, data } = await (await fetch(`${worker.url}layer.7`)).json() as { name: string; dtype: string; shape: number[]; data: number[][] }; // the same
  assert.deepEqual([name, dtype, shape, data.length, data[1][2]], ["layer.7", "float32", [100, 1000], 100, 1002 + 7 / 4]);
  const moved = server.sent() - before;
  assert.ok(moved <= DESCRIPTION + 400_000 * 1.02, `${moved} bytes for one tensor of 400,000`);

  assert.deepEqual(await (await fetch(`${worker.url}scale`)).json(), { name: "scale", dtype: "float32", shape: [2], data: [1.5, "nan"] });
  const sentBefore = server.sent();
  const answer = await fetch(`${worker.url}layer.8?format=safetensors`);
  assert.equal(answer.status, 200);
  const one = await load<Dict<string, Tensor>>(answer);
  assert.ok(server.sent() - sentBefore <= DESCRIPTION + 400_000 * 1.02, `${server.sent() - sentBefore} bytes for one tensor of 400,000`);
  assert.deepEqual([...one.keys()], ["layer.8"]);
  assert.deepEqual(one.get("layer.8")?.data, loadSync<Dict<string, Tensor>>(file).get("layer.8")?.data);
  for (const [path, status] of [["layer.8?format=pickle", 400], ["%ff", 400], ["layer.99?format=safetensors", 404]] as const) {
    assert.equal((await fetch(worker.url + path)).status, status, path);
  }

  const missing = await fetch(`${worker.url}layer.99`);
  assert.deepEqual([missing.status, await missing.json()], [404, { error: 'There is no tensor "layer.99"' }]);

  await using other = await serve(new TextEncoder().encode("This is no checkpoint, whatever its address says.\n"));
  await using wrong = await serveWorker(workerd!, folder, "worker.js", { MODEL: other.url });
  const refused = await fetch(wrong.url);
  assert.equal(refused.status, 502);
  assert.match(await refused.text(), /NOT_A_CHECKPOINT/);
});

test("examples/deno lists a remote checkpoint, and prints one tensor", { skip: without("deno") }, async () => {
  using stage = stageOf("dist/examples/deno/list");
  await using server = await serve(checkpoint());
  const { host } = new URL(server.url);
  const run = async (...args: readonly string[]): Promise<string> => {
    await using running = start(deno!, ["run", "--no-prompt", "--cached-only", `--allow-net=${host}`, `--allow-read=${stage.folder}`, stage.entry, server.url, ...args], stage.folder);
    const code = await new Promise((resolve) => running.process.once("close", resolve));
    assert.equal(code, 0, running.printed());
    return running.printed();
  };
  assert.match(await run(), /^layer\.0 {2}float32 {2}\[100, 1000\]\n(?:layer.*\n){19}scale {2}float32 {2}\[2\]\n$/);
  assert.ok(server.sent() < DESCRIPTION, `${server.sent()} bytes for the list`);
  assert.equal(await run("scale"), "tensor([1.5000,    nan])\n");
});

test("examples/browser lists and prints the file of a file input", { skip: without("chromium", "esbuild") }, async () => {
  using stage = stageOf("dist/examples/browser/page");
  const site = bundle(stage, esbuild!, "browser");
  cpSync(join(projectRoot, "examples", "browser", "index.html"), join(site, "index.html"));
  const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'unsafe-inline'";
  await using files = await serveFiles(site, { "Content-Security-Policy": policy });
  await using browser = startChromium(chromium!);
  const ask = await browser.open(`${files.url}site/index.html`);
  const model = join(stage.files, "model.pt");

  assert.equal(await choose(ask, model), "model.pt: 26 tensors");
  const expected = loadSync(model);
  assert.equal(await textOf(ask, "#value"), reprOf(expected));
  const rows = await textOf(ask, "#tensors");
  for (const name of (expected as OrderedDict<string, Tensor>).keys()) assert.ok(rows.includes(name), name);

  assert.match(await choose(ask, join(stage.files, "text.pt")), /^text\.pt: NOT_A_CHECKPOINT: /);
  assert.equal(await textOf(ask, "#tensors"), "");

  await using strict = await serveFiles(site, { "Content-Security-Policy": policy.replace(" 'wasm-unsafe-eval'", "") });
  assert.match(await choose(await browser.open(`${strict.url}site/index.html`), model), /^model\.pt: NOT_READY: .*wasm-unsafe-eval/);
});

/** Chooses a file as a user does, once the page is there; answers what it then says. */
async function choose(ask: Ask, path: string): Promise<string> {
  await until(ask, "document.querySelector('#file') && document.readyState", (state) => state === "complete");
  const before = await textOf(ask, "#status");
  const { result } = await ask("Runtime.evaluate", { expression: "document.querySelector('#file')" }) as { result: { objectId: string } }; // the protocol's form
  await ask("DOM.setFileInputFiles", { objectId: result.objectId, files: [path] });
  return await until(ask, "document.querySelector('#status').textContent", (text) => text !== before) ?? "";
}

async function textOf(ask: Ask, selector: string): Promise<string> {
  return await until(ask, `document.querySelector(${JSON.stringify(selector)}).textContent`, () => true) ?? "";
}

/** The text that an expression gives, once it is the one that is waited for. */
async function until(ask: Ask, expression: string, enough: (text: string | undefined) => boolean): Promise<string | undefined> {
  for (const end = Date.now() + 120_000; ;) {
    const { result } = await ask("Runtime.evaluate", { expression }) as { result: { value?: string } }; // the protocol's form
    if (enough(result.value)) return result.value;
    if (Date.now() > end) throw new Error(`${expression} stays ${String(result.value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
