// With PyTorch itself: what brine writes it loads, what it writes brine loads, and both print the same. The Python that has
// it is named by BRINE_TORCH_PYTHON (the newest) and BRINE_TORCH_OLD_PYTHON (1.13); without them nothing is claimed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect as inspectValue } from "node:util";
import { device, inspect, load, Module, Parameter, reprOf, save, tensor, type Dict, type OrderedDict, type Tensor } from "../bindings/index.js";
import { loadSync } from "../bindings/checkpoint/load_sync.js";
import { openSync } from "../bindings/checkpoint/open_sync.js";
import { saveSync } from "../bindings/checkpoint/save.js";
import { writable } from "../bindings/cli/convert.js";
import { BrineError } from "../bindings/core/errors.js";
import { everyFixture } from "./support/fixtures.js";
import { corpusEntries, projectRoot, Tally } from "./support/walk.js";

const pythons: readonly (readonly [name: string, path: string | undefined])[] = [
  ["BRINE_TORCH_PYTHON", process.env["BRINE_TORCH_PYTHON"]],
  ["BRINE_TORCH_OLD_PYTHON", process.env["BRINE_TORCH_OLD_PYTHON"]],
];

/** Runs one of the scripts beside this test; answers what it printed as JSON. */
function python(path: string, script: string, args: readonly string[], input: string = ""): unknown {
  const at = join(projectRoot, "tests", "pytorch", script);
  const { status, stdout, stderr, error } = spawnSync(path, [at, ...args], { input, encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(status, 0, `${script}: ${error?.message ?? stderr.slice(-2000)}`);
  return JSON.parse(stdout);
}

function versionOf(path: string): string {
  return spawnSync(path, ["-c", "import torch; print(torch.__version__)"], { encoding: "utf8" }).stdout.trim();
}

function inFolder(run: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "brine-pytorch-"));
  return Promise.resolve(run(folder)).finally(() => rmSync(folder, { recursive: true, force: true }));
}

interface Converted {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Its tensors are big-endian. */
  readonly big: boolean;
}

/**
 * Every file that brine can read, converted into the folder. A stream does not say which release wrote it: it becomes what
 * the release that is asked would write.
 */
function converted(folder: string, release: string, tally: Tally): Converted[] {
  const files = new Map<string, string>();
  for (const { file, path, kind } of corpusEntries()) if (!kind.startsWith("malicious") && !path.includes("malicious")) files.set(path, file);
  for (const fixture of everyFixture()) if (fixture.kind === "save") files.set(fixture.path, fixture.id);
  const out: Converted[] = [];
  for (const [path, name] of files) {
    const to = join(folder, `${out.length}.pt`);
    try {
      const original = readFileSync(path);
      const { saveOptions, container } = openSync(original);
      if (container !== "zip" && container !== "legacy") {
        tally.add(`${container}: torch.save writes no such thing`, name);
        continue;
      }
      const { options } = writable(saveOptions);
      const torchVersion = saveOptions.format === "zip" ? options.torchVersion : release;
      writeFileSync(to, saveSync(loadSync(original, { weightsOnly: false }), undefined, { ...options, torchVersion }));
      out.push({ name, from: path, to, big: saveOptions.byteorder === "big" });
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      tally.add(`${error.name} ${error.code}`, name);
    }
  }
  return out;
}

for (const [variable, path] of pythons) {
  const needs = { skip: path === undefined ? `skipped: no ${variable}` : false };

  test(`PyTorch of ${variable} sees in every converted file what it saw in the original`, needs, (t) => inFolder((folder) => {
    const tally = new Tally();
    const files = converted(folder, versionOf(path as string), tally);
    const { torch, answers } = python(path as string, "compare_pairs.py", [], JSON.stringify(files.map(({ from, to }) => [from, to]))) as {
      readonly torch: string;
      readonly answers: readonly (string | null)[];
    };
    const [major, minor] = torch.split(".").map(Number);
    const ignoresByteorder = major * 100 + minor < 201;
    const counts = { equal: 0, refused: 0, swapped: 0 };
    const failures: string[] = [];
    files.forEach(({ name, big }, i) => {
      const answer = answers[i];
      if (answer === "equal") counts.equal++;
      else if (answer === null) counts.refused++;
      else if (big && ignoresByteorder) counts.swapped++;
      else failures.push(`${name}: ${answer}`);
    });
    t.diagnostic(`torch ${torch}: ${counts.equal} converted files are equal; ${counts.refused} originals it does not load with weights_only=True`);
    if (counts.swapped > 0) t.diagnostic(`${counts.swapped} big-endian originals it reads wrongly: torch before 2.1 ignores the byteorder record`);
    for (const line of tally.lines()) t.diagnostic(`not converted: ${line}`);
    assert.deepEqual(failures, []);
    assert.ok(counts.equal > 0);
  }));

  test(`whole modules go both ways with PyTorch of ${variable}`, needs, () => inFolder(async (folder) => {
    interface Printed { readonly model: string; readonly weights: string; readonly out: string; readonly keys: string }
    const said = python(path as string, "modules.py", ["write", folder]) as Printed;
    const at = join(folder, "model.pth");
    const model = await load<Module>(at, { weightsOnly: false });
    assert.ok(model instanceof Module);
    // The second example of the manual's page: what `print(model)` says there, `console.log(model)` says here.
    assert.equal(said.model, "SimpleNet(\n  (fc1): Linear(in_features=10, out_features=5, bias=True)\n  (fc2): Linear(in_features=5, out_features=2, bias=True)\n)");
    assert.equal(inspectValue(model), said.model);
    await assert.rejects(load(at), /Weights only load failed.*GLOBAL __main__\.SimpleNet was not an allowed global by default/s);
    const keys = model.loadStateDict(model.stateDict());
    assert.deepEqual([String(model), String(model.stateDict()), String(keys)], [said.model, said.weights, said.keys]);

    const back = join(folder, "brine");
    mkdirSync(back);
    await save(model, join(back, "model.pth"), (await inspect(at)).saveOptions ?? {});
    assert.deepEqual(readFileSync(join(back, "model.pth")), readFileSync(at));
    assert.deepEqual(python(path as string, "modules.py", ["read", back]), said);

    // And the same model made here, from its weights.
    const weights = model.stateDict();
    const linear = (name: string, inputs: number, outputs: number): Module => new Module("Linear", {
      module: "torch.nn.modules.linear",
      attributes: { in_features: inputs, out_features: outputs },
      parameters: Object.fromEntries(["weight", "bias"].map((key) => [key, new Parameter(weights.get(`${name}.${key}`) as Tensor)])),
    });
    await save(new Module("SimpleNet", { children: { fc1: linear("fc1", 10, 5), fc2: linear("fc2", 5, 2) } }), join(back, "model.pth"));
    assert.deepEqual(python(path as string, "modules.py", ["read", back]), said);
  }));

  test(`a tensor of cuda goes both ways with PyTorch of ${variable}`, needs, () => inFolder(async (folder) => {
    interface Printed { readonly tensor: string; readonly device: string; readonly repr: string; readonly refused: string | null }
    const said = python(path as string, "location.py", ["write", folder]) as Printed;
    const at = join(folder, "cuda.pth");
    const mapped = await load<Tensor>(at, { mapLocation: "cpu" });
    assert.deepEqual([String(mapped), mapped.device, reprOf(device(mapped.device))], [said.tensor, said.device, said.repr]);
    assert.equal(mapped.storage.location, "cpu");

    // Without mapLocation it is here all the same, and where it came from is written back.
    const tensor = await load<Tensor>(at);
    assert.deepEqual([String(tensor), tensor.device, tensor.storage.location], [said.tensor, "cpu", "cuda:0"]);
    const back = join(folder, "brine");
    mkdirSync(back);
    await save(tensor, join(back, "cuda.pth"), (await inspect(at)).saveOptions ?? {});
    assert.deepEqual(readFileSync(join(back, "cuda.pth")), readFileSync(at));
    const { refused, ...read } = python(path as string, "location.py", ["read", back]) as Printed;
    assert.deepEqual({ ...read, refused: null }, said);
    if (refused !== null) assert.match(refused, /Attempting to deserialize object on a CUDA device/); // null: this machine has one
  }));

  test(`the seed examples go both ways with PyTorch of ${variable}`, needs, () => inFolder(async (folder) => {
    interface Printed { readonly dict: string; readonly x: string; readonly y: string; readonly keys: string; readonly weights: string }
    const said = python(path as string, "seed.py", ["write", folder]) as Printed;
    const tensors = await load<Dict<string, Tensor>>(join(folder, "tensors.pth"));
    const weights = await load<OrderedDict<string, Tensor>>(join(folder, "model_weights.pth"));
    const ours: Printed = {
      dict: String(tensors), x: String(tensors.get("x")), y: String(tensors.get("y")), keys: String(weights.keys()), weights: String(weights),
    };
    assert.deepEqual(ours, said);
    assert.equal(ours.keys, "odict_keys(['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'])");

    const back = join(folder, "brine");
    mkdirSync(back);
    for (const [name, value] of [["tensors.pth", tensors], ["model_weights.pth", weights]] as const) {
      const { saveOptions } = await inspect(join(folder, name));
      await save(value, join(back, name), saveOptions ?? {});
      assert.deepEqual(readFileSync(join(back, name)), readFileSync(join(folder, name)), name);
    }
    assert.deepEqual(python(path as string, "seed.py", ["read", back]), said);

    // And what was made here, from nothing.
    const x = tensor([1, 2, 3, 4, 5]);
    const y = tensor([[0.5, -1.25, 3, 4], [1e-8, 1e10, 0, -0], [1, 2, 3, 4.5]]);
    await save({ x, y }, join(back, "tensors.pth"));
    const theirs = python(path as string, "seed.py", ["read", back]) as Printed;
    assert.equal(theirs.dict, String(await load(join(back, "tensors.pth"))));
    assert.deepEqual([theirs.x, theirs.y], [String(x), String(y)]);
  }));
}
