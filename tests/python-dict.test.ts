// Dict compares keys as Python does. The judge is a model that knows nothing of Maps: a list of entries, and Python's
// `==` written out case by case.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import "../bindings/index.js"; // makes values whole: they print
import { ByteArray } from "../bindings/python/bytearray.js";
import { Complex, complex } from "../bindings/python/complex.js";
import { Counter, DefaultDict } from "../bindings/python/counted.js";
import { Dict, OrderedDict } from "../bindings/python/dict.js";
import { Float, float } from "../bindings/python/float.js";
import { FrozenSet } from "../bindings/python/frozenset.js";
import { keySlot, markOf } from "../bindings/python/marks.js";
import { Global, PyObject } from "../bindings/python/object.js";
import { reprOf } from "../bindings/python/repr.js";
import { Ellipsis } from "../bindings/python/singletons.js";
import { Str, str } from "../bindings/python/str.js";
import { Tuple, tuple } from "../bindings/python/tuple.js";

const SEED = 20240517;
const TIME = { seed: SEED, interruptAfterTimeLimit: 2000, markInterruptAsFailure: false, numRuns: 2000 };

/** Python's `a is b or a == b`, by which a dict tells keys apart. A bare NaN has no identity to be found by. */
function isSameKey(a: unknown, b: unknown): boolean {
  if (a instanceof Str) return isSameKey(a.value, b);
  if (b instanceof Str) return isSameKey(a, b.value);
  if (typeof a === "object" && a === b) return true;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined || y !== undefined) {
    // JavaScript compares a bigint with a number exactly
    return x !== undefined && y !== undefined && (x.re as number) == (y.re as number) && x.im === y.im;
  }
  if (a instanceof Tuple) {
    return b instanceof Tuple && a.length === b.length && a.every((item, i) => isSameKey(item, b[i]));
  }
  if (a instanceof FrozenSet) {
    return b instanceof FrozenSet && a.size === b.size && [...a].every((x) => [...b].some((y) => isSameKey(x, y)));
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Global) return b instanceof Global && a.module === b.module && a.name === b.name;
  return a === b;
}

function numberOf(value: unknown): { re: number | bigint; im: number } | undefined {
  if (typeof value === "boolean") return { re: Number(value), im: 0 };
  if (typeof value === "number" || typeof value === "bigint") return { re: value, im: 0 };
  if (value instanceof Float) return { re: value.value, im: 0 };
  return value instanceof Complex ? { re: value.re, im: value.im } : undefined;
}

class Model {
  entries: [unknown, unknown][] = [];

  find(key: unknown): number {
    return this.entries.findIndex(([held]) => isSameKey(held, key));
  }

  set(key: unknown, value: unknown): void {
    const at = this.find(key);
    if (at >= 0) this.entries[at][1] = value;
    // A bare NaN gets an identity on entry
    else this.entries.push([typeof key === "number" && Number.isNaN(key) ? new Float(key) : key, value]);
  }

  delete(key: unknown): boolean {
    const at = this.find(key);
    if (at >= 0) this.entries.splice(at, 1);
    return at >= 0;
  }
}

const OBJECTS = [new PyObject({ module: "m", name: "A" }), new PyObject({ module: "m", name: "A" }), Ellipsis];
const NANS = [new Float(NaN), new Float(NaN), complex(NaN, 0), complex(0, NaN)];

const number = fc.constantFrom<number>(0, -0, 1, -1, 2, 0.5, 2 ** 53, 2 ** 53 + 2, 2 ** 60, 1e300, Infinity, -Infinity);
const simple: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom("", "a", "b", "1", "n1", "(n1)", "i0", "__proto__", "s1:a"),
  number,
  number.map((value) => float(value)),
  fc.constantFrom(0n, 1n, -1n, 2n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 60n, BigInt(1e300), BigInt(1e300) + 1n),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom("a", "b").map((text) => str(text)),
  fc.tuple(fc.constantFrom(0, -0, 1, 2 ** 53), fc.constantFrom(0, -0, 1)).map(([re, im]) => complex(re, im)),
  fc.constantFrom(...OBJECTS),
  fc.constantFrom("a", "b").map((name) => new Global("m", name)),
  fc.uint8Array({ maxLength: 2, max: 1 }),
);
const odd = fc.oneof(simple, fc.constant(NaN), fc.constantFrom(...NANS));
/** Members of tuples: without NaN, which a tuple does not hold by identity. */
const { composite } = fc.letrec<{ composite: unknown }>((tie) => ({
  composite: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    simple,
    fc.array(tie("composite"), { maxLength: 2 }).map((items) => Tuple.from(items)),
    fc.array(tie("composite"), { maxLength: 2 }).map((items) => new FrozenSet(items)),
  ),
}));
const key = fc.oneof({ weight: 3, arbitrary: odd }, { weight: 1, arbitrary: composite });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant("set"), key) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom("get", "has", "delete"), key) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("clear"), fc.constant(null)) },
);

test("Dict is Python's dict, against a model", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const dict = new Dict<unknown, unknown>();
      const model = new Model();
      steps.forEach(([action, key], value) => {
        if (action === "set") {
          dict.set(key, value);
          model.set(key, value);
        } else if (action === "get") assert.equal(dict.get(key), model.entries[model.find(key)]?.[1]);
        else if (action === "has") assert.equal(dict.has(key), model.find(key) >= 0);
        else if (action === "delete") assert.equal(dict.delete(key), model.delete(key));
        else {
          dict.clear();
          model.entries = [];
        }
      });
      assert.equal(dict.size, model.entries.length);
      assert.deepEqual([...dict.values()], model.entries.map(([, value]) => value));
      // The first key stays, in its own form: equal texts, the sign of zero and the type of a number included
      const keys = `dict_keys([${model.entries.map(([key]) => reprOf(formOf(key))).join(", ")}])`;
      assert.equal(String(dict.keys()), keys);
      for (const [key, value] of dict) assert.equal(dict.get(key), value);
    }),
    TIME,
  );
});

/** The key as Python would show it: JavaScript's -0 and large integers are floats. */
function formOf(key: unknown): unknown {
  return typeof key === "number" && Object.is(key, -0) ? new Float(-0) : key;
}

test("FrozenSet has Python's members, against a model", () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 12 }), key, (members, other) => {
      const model = new Model();
      for (const member of members) model.set(member, null);
      const set = new FrozenSet(members);
      assert.equal(set.size, model.entries.length);
      assert.equal(set.has(other), model.find(other) >= 0);
    }),
    TIME,
  );
});

test("a Dict with string and number keys is a Map", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(fc.string(), fc.integer()), fc.anything())), (entries) => {
      const dict = new Dict<unknown, unknown>(entries);
      const map = new Map<unknown, unknown>(entries);
      assert.deepEqual([...dict.entries()], [...map.entries()]);
      assert.ok(dict instanceof Map);
    }),
    TIME,
  );
});

test("Dict refuses keys that Python cannot hash, in every method", () => {
  const keys: [unknown, string][] = [
    [[1], "list"], [new Dict(), "dict"], [new Map(), "dict"], [{}, "dict"], [new Set(), "set"],
    [new ByteArray(1), "bytearray"], [Tuple.from<unknown>([1, Tuple.from<unknown>([[]])]), "list"],
  ];
  const dict = new Dict<unknown, unknown>();
  for (const [key, type] of keys) {
    const error = { name: "ArgumentError", code: "UNHASHABLE", message: new RegExp(`unhashable type: '${type}'$`) };
    assert.throws(() => dict.set(key, 1), error);
    assert.throws(() => dict.get(key), error);
    assert.throws(() => dict.has(key), error);
    assert.throws(() => dict.delete(key), error);
    assert.throws(() => new FrozenSet([key]), error);
  }
  assert.equal(dict.size, 0);
});

test("each NaN is a key of its own, found again only by the Float that it became", () => {
  const dict = new Dict<unknown, unknown>([[NaN, 1], [NaN, 2]]);
  assert.equal(dict.size, 2);
  assert.equal(dict.get(NaN), undefined);
  assert.deepEqual([...dict.keys()].map((nan) => dict.get(nan)), [1, 2]);
  const held = tuple(NaN);
  dict.set(held, 3);
  assert.equal(dict.get(held), 3);
  assert.equal(dict.get(tuple(NaN)), undefined);
});

test("Dict unwraps Float and Str on entry, and remembers them while the slot holds that value", () => {
  const own = str("x");
  const dict = new Dict([["f", float(1)], ["h", float(0.5)], ["s", own], [own, 1]]);
  dict.set(float(2), float(3));
  assert.deepEqual([...dict], [["f", 1], ["h", 0.5], ["s", "x"], ["x", 1], [2, 3]]);
  assert.deepEqual(markOf(dict, "f", dict.get("f")), float(1));
  assert.equal(markOf(dict, "h", 0.5), undefined); // a float without a mark
  assert.equal(markOf(dict, "s", "x"), own);
  assert.equal(markOf(dict, keySlot("x"), "x"), own);
  assert.deepEqual(markOf(dict, keySlot(2), 2), float(2));
  dict.set("f", 2);
  assert.equal(markOf(dict, "f", 2), undefined);
  assert.equal(reprOf(new Dict(dict)), "{'f': 2, 'h': 0.5, 's': 'x', 'x': 1, 2.0: 3.0}");
  dict.delete(2);
  assert.equal(markOf(dict, keySlot(2), 2), undefined);
});

test("setText() sets as set() does", () => {
  const dict = new Dict<string, number>([["a", 1]]);
  assert.equal(dict.setText("__proto__", 2).setText("a", 3).get("__proto__"), 2);
  assert.equal(reprOf(dict), "{'a': 3, '__proto__': 2}");
});

test("attributes are made when asked for, and asking leaves the dict without any", () => {
  const dict = new OrderedDict([["w", 1]]);
  assert.equal(dict.hasAttributes, false);
  assert.equal(dict.attributes.size, 0);
  assert.equal(dict.hasAttributes, false);
  dict.attributes.set("_metadata", new OrderedDict());
  assert.equal(dict.hasAttributes, true);
  assert.equal(reprOf(dict), "OrderedDict([('w', 1)])");
});

test("the subclasses are Dicts and Maps, and what they are made of is checked", () => {
  for (const dict of [new OrderedDict(), new DefaultDict(null), new Counter()]) {
    assert.ok(dict instanceof Dict && dict instanceof Map);
  }
  assert.throws(() => new Dict(5 as never), { code: "NOT_PAIRS" });
  assert.throws(() => new Dict(["ab"] as never), { code: "NOT_PAIRS" });
  assert.throws(() => new DefaultDict([] as never), { code: "NOT_CALLABLE" });
});

test("keys that are large, deep or shared cost no more than their size", () => {
  let twice = tuple(1, 2) as Tuple<unknown>;
  for (let depth = 0; depth < 200; depth++) twice = Tuple.from<unknown>([twice, twice]);
  let deep = Tuple.from<unknown>([]);
  for (let depth = 0; depth < 300_000; depth++) deep = Tuple.from<unknown>([deep]);
  const wide = Tuple.from<unknown>(Array.from({ length: 100_000 }, (_, i) => i));
  const dict = new Dict<unknown, unknown>([[twice, 1], [deep, 2], [wide, 3]]);
  assert.deepEqual([twice, deep, Tuple.from(wide)].map((key) => dict.get(key)), [1, 2, 3]);
  const long = new Uint8Array(1_000_000);
  dict.set(long, 4);
  assert.equal(dict.get(long.slice()), 4);
  long[500_000] = 1; // a buffer that is used again for a lookup is read again
  assert.equal(dict.get(long), undefined);
  assert.equal(dict.size, 4);
});
