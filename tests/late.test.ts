// Parts of brine that come late: work that reads waits for them, work that cannot wait has them, and what does not come is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Slot } from "../bindings/core/slot.js";
import { BrineError, load, loadSync, save, sparse, tensor, UnsupportedError } from "../bindings/index.js";
import { Late } from "../bindings/io/late.js";
import { MemorySource } from "../bindings/io/memory.js";
import { run, type Steps } from "../bindings/io/steps.js";
import { runSync } from "../bindings/io/steps_sync.js";

const source = new MemorySource(new Uint8Array([1, 2, 3]));
const codeOf = (code: string) => (error: unknown): boolean => error instanceof BrineError && error.code === code;

function* first(part: Late<{ readonly at: number }>): Steps<number> {
  const { at } = yield* part.get();
  const [bytes] = yield [{ offset: at, length: 1 }];
  return bytes[0];
}

test("Late: is waited for once, and is here afterwards", async () => {
  let asked = 0;
  const part = new Late(async () => ({ at: ++asked }));
  assert.equal(part.here, undefined);
  assert.equal(await run(first(part), source), 2);
  assert.equal(await run(first(part), source), 2);
  assert.deepEqual([asked, part.here, runSync(first(part), source)], [1, { at: 1 }, 2]);
});

test("Late: what was given from the start needs no waiting", () => {
  assert.equal(runSync(first(Late.of({ at: 2 })), source), 3);
});

test("Late: work that cannot wait says so; a part that is used unasked is a fault", () => {
  const part = new Late(async () => ({ at: 0 }));
  assert.throws(() => runSync(first(part), source), (error) => error instanceof UnsupportedError && error.code === "NOT_SYNC");
  assert.throws(() => new Late(async () => 1).module, codeOf("ORDER"));
});

test("Late: a part that does not come is the work's to clean up after, and may come the next time", async () => {
  const lost = new TypeError("Failed to fetch dynamically imported module");
  let tries = 0;
  const part = new Late(async () => {
    if (tries++ === 0) throw lost;
    return { at: 0 };
  });
  let cleaned = 0;
  function* work(): Steps<number> {
    try {
      return yield* first(part);
    } finally {
      cleaned++;
    }
  }
  await assert.rejects(run(work(), source), (error) => error === lost);
  assert.equal(cleaned, 1);
  assert.equal(await run(work(), source), 1);
});

test("Late: an abort while a part is under way rejects with its reason", async () => {
  const control = new AbortController();
  const part = new Late(async () => {
    control.abort("enough");
    return { at: 0 };
  });
  await assert.rejects(run(first(part), source, { signal: control.signal }), (error) => error === "enough");
});

test("Slot: keeps what fills it first, and is a fault while it is empty", () => {
  const slot = new Slot<number>();
  assert.throws(() => slot.value, codeOf("ORDER"));
  slot.fill(1);
  slot.fill(2);
  assert.equal(slot.value, 1);
});

test("load and loadSync: refuse a damaged file in the same words", async () => {
  const whole = await save({ s: sparse({ layout: "sparse_coo", indices: tensor([[0, 1]]), values: tensor([1.5, 2]), shape: [2] }) });
  for (let cut = 0; cut < whole.length; cut += 97) {
    const bytes = whole.slice(0, cut);
    let expected: unknown;
    try {
      loadSync(bytes);
    } catch (cause) {
      expected = cause;
    }
    assert.ok(expected instanceof BrineError);
    await assert.rejects(load(bytes), (error) => {
      assert.ok(error instanceof BrineError && error.constructor === expected.constructor);
      assert.deepEqual([error.message, error.code, error.offset, error.record], [expected.message, expected.code, expected.offset, expected.record]);
      return true;
    });
  }
});
