// The rest of Python's values in JavaScript: tuples, frozensets, numbers, names, objects, marks and plain data.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import "../bindings/index.js"; // makes values whole: they print
import { ByteArray } from "../bindings/python/bytearray.js";
import { complex } from "../bindings/python/complex.js";
import { Dict, OrderedDict } from "../bindings/python/dict.js";
import { Float, float } from "../bindings/python/float.js";
import { FrozenSet } from "../bindings/python/frozenset.js";
import { keySlot, markFloat, markOf, sealMarks, setMark } from "../bindings/python/marks.js";
import { Global, PyObject } from "../bindings/python/object.js";
import { toPlain } from "../bindings/python/plain.js";
import { reprOf } from "../bindings/python/repr.js";
import { Ellipsis } from "../bindings/python/singletons.js";
import { Str, str } from "../bindings/python/str.js";
import { plainSymbol, reprSymbol } from "../bindings/python/symbols.js";
import { Tuple, tuple } from "../bindings/python/tuple.js";
import type { Value } from "../bindings/python/value.js";

test("Tuple is a frozen array whose descendants are lists", () => {
  const pair = tuple(1, "a");
  assert.ok(Array.isArray(pair) && pair instanceof Tuple && Object.isFrozen(pair));
  assert.throws(() => pair.push("b"), TypeError);
  for (const list of [pair.map((item) => item), pair.slice(), pair.concat([2]), pair.filter(() => true)]) {
    assert.ok(!(list instanceof Tuple) && !Object.isFrozen(list));
  }
  assert.deepEqual([...pair], [1, "a"]);
  assert.equal(JSON.stringify(pair), '[1,"a"]');
  assert.equal(tuple().length, 0);
});

test("Tuple.from() and Tuple.of() make tuples, of 100,000 items and of one number", () => {
  const many = Tuple.from(Array.from({ length: 100_000 }, (_, i) => i));
  assert.ok(many instanceof Tuple && many.length === 100_000 && many[99_999] === 99_999);
  assert.equal(reprOf(Tuple.from(new Set([1, 2]))), "(1, 2)");
  assert.equal(reprOf(Tuple.from({ length: 1, 0: "x" })), "('x',)");
  assert.equal(reprOf(Tuple.from([1, 2], (item) => item * 2)), "(2, 4)");
  assert.equal(reprOf(Tuple.of(3)), "(3,)");
  for (const none of [5, null, {}]) assert.throws(() => new Tuple(none as never), { code: "NOT_ITERABLE" });
});

test("Tuple unwraps Float and Str on entry, and takes over what a list remembers", () => {
  const own = str("s");
  const made = Tuple.from<unknown>([float(1), own, 2, float(-0), float(0.5)]);
  assert.deepEqual([...made], [1, "s", 2, -0, 0.5]);
  assert.equal(reprOf(made), "(1.0, 's', 2, -0.0, 0.5)");
  assert.deepEqual(markOf(made, 0, made[0]), float(1));
  assert.equal(markOf(made, 1, made[1]), own);
  assert.equal(reprOf(Tuple.from(made)), reprOf(made));
  const list = [7];
  markFloat(list, 0, 7);
  assert.equal(reprOf(Tuple.from(list)), "(7.0,)");
});

test("marks of an array count at the length at which they were made or sealed", () => {
  const list: number[] = [];
  for (const value of [1, 2, 3]) {
    list.push(value);
    if (value !== 2) setMark(list, list.length - 1, float(value));
  }
  list.push(4);
  assert.equal(reprOf(list), "[1, 2, 3, 4]");
  sealMarks(list);
  assert.equal(reprOf(list), "[1.0, 2, 3.0, 4]");
  list.pop();
  assert.equal(markOf(list, 0, 1), undefined);
  list.push(9);
  assert.deepEqual(markOf(list, 0, 1), float(1));
});

test("marks hold every kind of box in every kind of slot, against a model", () => {
  const box = fc.oneof(
    fc.integer({ min: -3, max: 3 }).map((value) => new Float(value)),
    fc.constantFrom(new Float(-0), new Float(NaN, 0xfff8000000000000n), str("x"), str("y")),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), box), { maxLength: 20 }), fc.boolean(), (steps, isArray) => {
      const container = isArray ? new Array<unknown>(10).fill(null) : new Map<unknown, unknown>();
      const model = new Map<number, Float | Str>();
      for (const [slot, boxed] of steps) {
        setMark(container, slot, boxed);
        model.set(slot, boxed);
      }
      for (const [slot, boxed] of model) {
        assert.deepEqual(markOf(container, slot, boxed.value), boxed);
        assert.equal(markOf(container, slot, 99), undefined);
        assert.equal(markOf(container, keySlot(slot), slot), undefined);
      }
    }),
    { seed: 7, interruptAfterTimeLimit: 2000, numRuns: 500 },
  );
});

test("FrozenSet does not change", () => {
  const set = new FrozenSet([1, true, float(1), "a", str("a")]);
  assert.deepEqual([...set], [1, "a"]);
  assert.ok(set.has(true) && set instanceof Set);
  for (const change of [() => set.add(2), () => set.delete(1), () => set.clear()]) {
    assert.throws(change, { name: "ArgumentError", code: "FROZEN" });
  }
  assert.throws(() => new FrozenSet(5 as never), { code: "NOT_ITERABLE" });
});

test("Str has an identity, Float a value, ByteArray the bytes of a Uint8Array", () => {
  assert.notEqual(str("x"), str("x"));
  assert.equal(`${str("x")}`, "x");
  assert.equal(JSON.stringify([str("x"), float(1)]), '["x",1]');
  assert.equal(+float(1.5) + 1, 2.5);
  const array = new ByteArray([1, 2]);
  assert.ok(array instanceof Uint8Array && array.slice(1) instanceof ByteArray);
  assert.throws(() => new Str(5 as never), { code: "NOT_A_STRING" });
  assert.throws(() => complex("1" as never), { code: "NOT_A_NUMBER" });
  assert.ok(complex(0, 1).equals(complex(-0, 1)) && !complex(NaN).equals(complex(NaN)));
});

test("Global is compared by name, PyObject is made of one", () => {
  const relu = new Global("torch.nn.functional", "relu");
  assert.equal(relu.fullName, "torch.nn.functional.relu");
  assert.ok(relu.equals(new Global("torch.nn.functional", "relu")) && !relu.equals(new Global("torch", "relu")));
  const object = new PyObject({ module: "m", name: "Outer.Inner", args: [1, "a"] });
  assert.ok(object.args instanceof Tuple && object.via === "newobj" && object.state === undefined);
  assert.deepEqual([object.module, object.name, object.kwargs, object.items], ["m", "Outer.Inner", null, []]);
  object.state = new Dict([["self", object]]);
  assert.equal(reprOf(object), "<m.Outer.Inner object>");
  const called = new PyObject({ callable: object, via: "reduce" });
  assert.equal(called.name, "Outer.Inner");
  object.callable = called; // a hostile file can make a circle
  assert.equal(called.module, "");
  assert.throws(() => new PyObject({ module: "m" }), { code: "NO_CLASS" });
  assert.throws(() => new Global("m", 5 as never), { code: "NOT_A_STRING" });
});

test("toPlain() gives what structuredClone copies", () => {
  const tensor = { [reprSymbol]: () => "tensor(1.)", [plainSymbol]: () => ({ dtype: "float32", data: [1] }) };
  const value = new OrderedDict([
    ["none", null], ["big", 2n ** 70n], ["float", float(1)], ["str", str("s")], ["tuple", tuple(1, tuple(2))],
    ["set", new Set([1])], ["frozen", new FrozenSet(["a"])], ["bytes", new Uint8Array([1, 2])],
    ["complex", complex(1, -2)], ["keys", new Dict([[1, "a"], [tuple(2), "b"]])], ["ellipsis", Ellipsis],
    ["class", new Global("m", "C")],
    ["object", new PyObject({ module: "m", name: "C", args: [1], state: new Dict([["x", 2]]) })],
    ["tensor", tensor],
    ["size", { [reprSymbol]: () => "torch.Size([])" }],
  ]);
  const plain = toPlain(value);
  assert.deepEqual(structuredClone(plain), plain);
  assert.deepEqual(plain, {
    none: null, big: 2n ** 70n, float: 1, str: "s", tuple: [1, [2]], set: [1], frozen: ["a"],
    bytes: new Uint8Array([1, 2]), complex: { re: 1, im: -2 }, keys: [[1, "a"], [[2], "b"]], ellipsis: "Ellipsis",
    class: "m.C", object: { class: "m.C", args: [1], state: { x: 2 } },
    tensor: { dtype: "float32", data: [1] }, size: "torch.Size([])",
  });
});

test("toPlain() for JSON holds nothing that JSON lacks", () => {
  const value = new Dict([
    ["big", 2n ** 70n], ["nan", NaN], ["inf", tuple(Infinity, -Infinity)], ["bytes", new ByteArray([104, 105])],
    ["other", new BigInt64Array([1n]) as never],
  ]);
  const text = '{"big":"1180591620717411303424","nan":"nan","inf":["inf","-inf"],"bytes":"aGk=","other":["1"]}';
  assert.equal(JSON.stringify(toPlain(value, { json: true })), text);
  const long = new Uint8Array(20_001).fill(255);
  assert.equal(toPlain(long, { json: true }), Buffer.from(long).toString("base64"));
});

test("toPlain() keeps keys such as __proto__ as keys, and pollutes nothing", () => {
  const plain = toPlain(new Dict([["__proto__", new Dict([["polluted", true]])], ["constructor", 1]]));
  assert.equal(JSON.stringify(plain), '{"__proto__":{"polluted":true},"constructor":1}');
  assert.equal(Object.getPrototypeOf(plain), Object.prototype);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test("toPlain() keeps sharing and cycles, refuses cycles for JSON, and nests without end", () => {
  const list: Value[] = [1];
  list.push(list);
  const plain = toPlain([list, list]) as unknown[][];
  assert.ok(plain[0] === plain[1] && plain[0][1] === plain[0]);
  assert.throws(() => toPlain(list, { json: true }), { name: "UnsupportedError", code: "CYCLE" });
  const leaf = [1];
  assert.equal(JSON.stringify(toPlain([leaf, leaf], { json: true })), "[[1],[1]]");
  let deep: unknown = 1;
  for (let depth = 0; depth < 200_000; depth++) deep = tuple(deep);
  let at: unknown = toPlain(deep);
  for (let depth = 0; depth < 200_000; depth++) at = (at as unknown[])[0];
  assert.equal(at, 1);
  assert.throws(() => toPlain([undefined]), { code: "NOT_A_VALUE" });
});
