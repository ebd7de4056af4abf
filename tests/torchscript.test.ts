// TorchScript archives as a user meets them: refused under weights-only as torch.load refuses them, inert without; their
// modules' tensors by name, their code as text; the ones of torch 1.0 to 1.2, which have model.json.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BrineError, FormatError, inspect, load, open, OrderedDict, PyObject, Tensor, UnpicklingError } from "../bindings/index.js";
import { needsShared, sharedFolder } from "./support/walk.js";
import { zipOf } from "./support/zip.js";

const fixture = (release: string, name: string): string => join(sharedFolder ?? "", "fixtures", release, name);

test("weights-only refuses TorchScript in torch's words, before anything in it", needsShared, async () => {
  for (const release of ["torch-2.15.0", "torch-1.5.1", "torch-1.2.0"]) {
    await assert.rejects(load(fixture(release, "torchscript_script.pt")), (error: unknown) =>
      error instanceof UnpicklingError && error.code === "TORCHSCRIPT" &&
      error.message.startsWith("Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch.load``"));
  }
});

test("without it the objects of data.pkl are inert, and the module's tensors have their names", needsShared, async () => {
  const path = fixture("torch-2.15.0", "torchscript_script.pt");
  const root = await load(path, { weightsOnly: false });
  assert.ok(root instanceof PyObject);
  const file = await open(path);
  const script = await file.script();
  assert.ok(script !== null);
  const weight = script.tensors.find(({ name }) => name === "weight");
  assert.equal(weight?.isParameter, true);
  assert.equal((await weight?.tensor.to("cpu"))?.requiresGrad, true);
  // Its code is text. The second name is without the archive's folder.
  const [code] = file.records.map(({ name }) => name).filter((name) => name.endsWith(".py"));
  const text = new TextDecoder().decode(await file.readRecord(code));
  assert.match(text, /^class /m);
  assert.deepEqual(await file.readRecord(code.slice(code.indexOf("/") + 1)), await file.readRecord(code));
  await assert.rejects(file.readRecord("nothing"), (error: unknown) => error instanceof BrineError && error.code === "NO_RECORD");
  await file.close();
});

test("model.json: load gives the tensors by name, open says how to come to them, inspect lists them", needsShared, async () => {
  const path = fixture("torch-1.2.0", "torchscript_script.pt");
  const tensors = await load<OrderedDict<string, Tensor>>(path, { weightsOnly: false });
  assert.deepEqual([...tensors.keys()], ["weight", "tensors[1]"]);
  assert.deepEqual(tensors.get("weight")?.toArray(), [[0, 1], [2, 3]]);
  const file = await open(path);
  assert.throws(() => file.tensors(), (error: unknown) => error instanceof BrineError && error.code === "MODEL_JSON" && /script\(\)/.test(error.message));
  await file.close();
  const seen = await inspect(path);
  assert.deepEqual(seen.tensors.map(({ name, shape }) => [name, shape]), [["weight", [2, 2]], ["tensors[1]", [3]]]);
});

test("model.json is believed in nothing: each lie is a FormatError", async () => {
  const good = { dims: ["2"], strides: ["1"], offset: "0", dataType: "FLOAT", data: { key: "tensors/0" } };
  const archive = (model: unknown): Uint8Array => zipOf([
    { name: "a/version", bytes: new TextEncoder().encode("1\n") },
    { name: "a/tensors/0", bytes: new Uint8Array(8) },
    { name: "a/model.json", bytes: new TextEncoder().encode(typeof model === "string" ? model : JSON.stringify(model)) },
  ]);
  const honest = await load<OrderedDict<string, Tensor>>(archive({ tensors: [good] }), { weightsOnly: false });
  assert.deepEqual(honest.get("tensors[0]")?.toArray(), [0, 0]);
  const lies: readonly unknown[] = [
    "{", "[]", "null", { tensors: {} }, { tensors: [null] }, { mainModule: [] }, { mainModule: { parameters: [{ tensorId: "0" }] } },
    ...[{ dims: ["3"] }, { dims: ["-1"] }, { dims: [1.5] }, { dims: ["2", "2"] }, { strides: ["9"] }, { offset: "1" }, { offset: "99999999999999999999" },
      { dataType: "STRING" }, { dataType: "__proto__" }, { data: { key: "../a/tensors/0" } }, { data: { key: "tensors/1" } }, { data: null }]
      .map((lie) => ({ tensors: [{ ...good, ...lie }] })),
  ];
  for (const lie of lies) {
    await assert.rejects(load(archive(lie), { weightsOnly: false }), (error: unknown) =>
      error instanceof FormatError && error.code === "MODEL_JSON", JSON.stringify(lie));
  }
});

test("a file of the corpus is read in each way: mobile, traced, of every age", needsShared, async () => {
  const folder = join(sharedFolder as string, "corpus"); // needsShared
  const { files } = JSON.parse(readFileSync(join(folder, "MANIFEST.json"), "utf8")) as { readonly files: readonly { file: string; kind: string }[] };
  let scripts = 0;
  for (const { file, kind } of files.filter((one) => one.kind.startsWith("ts"))) {
    const opened = await open(join(folder, file));
    const script = await opened.script();
    assert.ok(script !== null, `${kind} ${file}`);
    for (const { tensor } of script.tensors) await tensor.to("cpu");
    await opened.close();
    scripts++;
  }
  assert.ok(scripts > 50);
});
