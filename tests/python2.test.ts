// Streams of Python 2, whose str was text and bytes in one: `encoding` says which it is, as in torch.load.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { BrineError, Dict, inspect, load, loadSync, NDArray, reprOf, type LoadOptions } from "../bindings/index.js";
import { needsShared, sharedFolder } from "./support/walk.js";

/** {"k\xe9": "caf\xc3\xa9"} as Python 2 pickles it. */
const pickle = new Uint8Array(Buffer.from("\x80\x02}U\x02k\xe9U\x05caf\xc3\xa9s.", "latin1"));

const fixture = (name: string): string => join(sharedFolder ?? "", "fixtures", "torch-1.4.0-py2", name);

test("latin1 reads every byte, bytes leaves them, utf-8 and ascii refuse what they cannot read and say what can", () => {
  assert.equal(reprOf(loadSync(pickle, { encoding: "latin1" })), "{'ké': 'cafÃ©'}");
  const kept = loadSync<Dict<Uint8Array, Uint8Array>>(pickle, { encoding: "bytes" });
  assert.equal(reprOf(kept), "{b'k\\xe9': b'caf\\xc3\\xa9'}");
  assert.deepEqual(kept.get(Uint8Array.of(0x6b, 0xe9)), Uint8Array.from(Buffer.from("caf\xc3\xa9", "latin1"))); // keys compare by value
  for (const encoding of ["utf-8", "ascii"]) {
    assert.throws(() => loadSync(pickle, { encoding }), (error: unknown) =>
      error instanceof BrineError && error.code === "ENCODING" && error.message.includes('encoding: "latin1"'), encoding);
  }
  assert.throws(() => loadSync(pickle, { encoding: "utf-16" } as LoadOptions), (error: unknown) => error instanceof BrineError && error.code === "OPTION");
});

test("a checkpoint of Python 2 loads with each encoding; storages are found by their keys all the same", needsShared, async () => {
  const text = await load<Dict<unknown, unknown>>(fixture("linear_state_dict.legacy.pt"));
  const bytes = await load<Dict<unknown, unknown>>(fixture("linear_state_dict.legacy.pt"), { encoding: "bytes" });
  assert.deepEqual([...bytes.values()].map(String), [...text.values()].map(String));
  assert.deepEqual([...bytes.keys()].map((key) => Buffer.from(key as Uint8Array).toString()), [...text.keys()]);
});

test("arrays of Python 2 are the same by latin1 and by bytes", needsShared, async () => {
  const name = fixture("numpy_arrays.legacy.pt");
  const arrays = async (encoding: string): Promise<string[]> => {
    const value = await load<Dict<unknown, unknown>>(name, { encoding, weightsOnly: false });
    return [...value.values()].filter((one) => one instanceof NDArray).map((one) => JSON.stringify(one.toArray(), (_, n: unknown) => (typeof n === "bigint" ? String(n) : n)));
  };
  const expected = await arrays("latin1");
  assert.ok(expected.length > 0);
  assert.deepEqual(await arrays("bytes"), expected);
});

test("inspect tells a file whose storages were left out", needsShared, async () => {
  const shared = join(sharedFolder as string, "fixtures", "torch-2.15.0"); // needsShared
  assert.equal((await inspect(join(shared, "skip_data.pt"))).saveOptions?.skipData, true);
  for (const name of ["seed_xy.pt", "option_crc_off.pt", "shapes_empty.pt"]) {
    assert.equal((await inspect(join(shared, name))).saveOptions?.skipData, undefined, name);
  }
});
