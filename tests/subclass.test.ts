// Tensors of subclasses: their elements are here and their class is a name, printed as PyTorch prints them and saved as they
// came. What a class does itself stays inert.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  addSafeGlobals, clearSafeGlobals, Dict, Global, load, loadSync, open, PyObject, saveSync, SubclassTensor, tensor, Tensor, UnsupportedError,
} from "../bindings/index.js";
import { needsShared, sharedFolder } from "./support/walk.js";

const fixture = (name: string): string => join(sharedFolder ?? "", "fixtures", "torch-2.15.0", name);

test("a subclass prints by its name, with its attributes beside it, and is listed", needsShared, async () => {
  const plain = await load<Tensor[]>(fixture("subclass_plain.pt"), { weightsOnly: false });
  assert.ok(plain[0] instanceof SubclassTensor);
  assert.equal(plain[0].pythonType.fullName, "fixture_types.Sub");
  assert.match(String(plain[0]), /^Sub\(\[\[/);
  assert.equal(plain[0].storage, plain[1].storage);
  const attrs = loadSync<Tensor>(fixture("subclass_attrs.pt"), { weightsOnly: false });
  assert.equal(attrs.attributes?.get("unit"), "ms");
  const parameter = loadSync<SubclassTensor>(fixture("subclass_parameter.pt"), { weightsOnly: false });
  assert.ok(parameter.isParameter);
  assert.match(String(parameter), /^Parameter\(Sub\(\[.*\], requires_grad=True\)\)$/);
  const file = await open(fixture("subclass_plain.pt"));
  assert.equal(file.tensors().length, 2);
  await file.close();
});

test("they come out as they went in, also where they were made anew", needsShared, () => {
  for (const name of ["subclass_plain.pt", "subclass_attrs.pt", "subclass_parameter.pt"]) {
    const bytes = readFileSync(fixture(name));
    assert.deepEqual(Buffer.from(saveSync(loadSync(bytes, { weightsOnly: false }))), bytes, name);
  }
});

test("weights-only takes a subclass whose name is allowed; one without data of its own is not read in silence", needsShared, async () => {
  await assert.rejects(load(fixture("subclass_plain.pt")), /GLOBAL fixture_types\.Sub was not an allowed global/);
  try {
    addSafeGlobals([new Global("fixture_types", "Sub"), new Global("torch.testing._internal.two_tensor", "TwoTensor")]);
    assert.ok((await load<Tensor[]>(fixture("subclass_plain.pt")))[0] instanceof SubclassTensor);
    await assert.rejects(load(fixture("subclass_wrapper.pt")), (error: unknown) => error instanceof UnsupportedError && error.code === "TENSOR_KIND");
  } finally {
    clearSafeGlobals();
  }
  const bytes = readFileSync(fixture("subclass_wrapper.pt"));
  assert.deepEqual(Buffer.from(saveSync(loadSync(bytes, { weightsOnly: false }))), bytes); // inert, and whole
});

test("attributes named as methods are only attributes: await, JSON and prototypes stay as they are", async () => {
  const x = tensor([1, 2]);
  x.attributes = new Dict([["then", 1], ["toJSON", 2], ["__proto__", 3], ["constructor", 4]]);
  const object = new PyObject({ module: "m", name: "C", state: new Dict([["then", 1], ["toJSON", 2], ["__proto__", 3]]) });
  const back = await load<[Tensor, PyObject]>(saveSync([x, object]), { weightsOnly: false });
  assert.equal(await back[0], back[0]);
  assert.equal(await back[1], back[1]);
  assert.deepEqual([...(back[0].attributes as Dict).keys()], ["then", "toJSON", "__proto__", "constructor"]);
  assert.equal(back[0].constructor, Tensor);
  assert.doesNotThrow(() => JSON.stringify(back[0].shape));
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});
