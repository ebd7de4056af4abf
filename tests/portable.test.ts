// The suite's own tools, on Node, where there is something to hold them against.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { runChecks, same, sameBytes, thrown } from "./portable/check.js";
import { createHash as portableHash } from "./portable/node_crypto.js";

test("the suite's SHA-256 is SHA-256, at every length about a block and in pieces", () => {
  for (const length of [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const bytes = new Uint8Array(length).map((_, i) => i * 37 + length);
    const expected = createHash("sha256").update(bytes).digest("hex");
    assert.equal(portableHash("sha256").update(bytes).digest("hex"), expected);
    assert.equal(portableHash("sha256").update(bytes.subarray(0, length >> 1)).update(bytes.subarray(length >> 1)).digest("hex"), expected);
  }
});

test("a check that fails is told with its name, its code and its words; what is skipped is not run", async () => {
  const outcomes = await runChecks([
    { name: "holds", run: () => same(1, 1, "one") },
    { name: "throws", run: () => same(1, 2, "one") },
    { name: "rejects", run: async () => sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3), "bytes") },
    { name: "sees no error", run: async () => void await thrown(() => 1) },
    { name: "is longer", run: () => sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1), "bytes") },
    { name: "waits", skip: "no reason", run: () => assert.fail("it was run") },
  ]);
  assert.deepEqual(outcomes.map(({ name, error, skip }) => [name, error?.split("\n")[0], skip]), [
    ["holds", undefined, undefined],
    ["throws", "Error: one: expected 2, found 1", undefined],
    ["rejects", "Error: bytes: expected 2 bytes, found 2, which differ from byte 1 on", undefined],
    ["sees no error", "Error: Expected an error, and there was none", undefined],
    ["is longer", "Error: bytes: expected 1 bytes, found 2, which differ from byte 1 on", undefined],
    ["waits", undefined, "no reason"],
  ]);
});
