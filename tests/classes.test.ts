// Objects of the user's own classes: pickleModule for one load or save, registerClass for the process. Nothing else ever
// constructs anything, and what a hook gives stands wherever the inert object would.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addSafeGlobals, BrineError, clearSafeGlobals, Dict, FrozenSet, Global, load, loadSync, PyObject, registerClass, reprOf, saveSync, tensor, Tensor, tuple,
  Tuple, type LoadHooks, type LoadOptions, type ObjectParts, type SaveOptions,
} from "../bindings/index.js";

class Point {
  readonly x: number;
  readonly y: unknown;

  constructor(x: number, y: unknown) {
    this.x = x;
    this.y = y;
  }
}

/** An inert point, as Python pickles an instance with a dict. */
const inert = (x: unknown, y: unknown): PyObject => new PyObject({ module: "geo", name: "Point", state: new Dict([["x", x], ["y", y]] as never) });
const makePoint = ({ state }: ObjectParts): Point => {
  const fields = state as Dict<string, number>;
  return new Point(fields.get("x") ?? NaN, fields.get("y"));
};
const hooks: LoadHooks = { findClass: (module, name) => (module === "geo" && name === "Point" ? makePoint : undefined) };
const codeOf = (code: string) => (error: unknown): boolean => error instanceof BrineError && error.code === code;

test("findClass: its objects stand wherever the inert ones would, and are one where those were one", () => {
  const p = inert(1, 2);
  const frozen = new FrozenSet([inert(3, 4)] as never);
  const file = saveSync({ list: [p, p], tuple: tuple(1.0, p, tuple(p)), key: new Dict([[p, "here"]] as never), set: new Set([p]), frozen, other: new PyObject({ module: "geo", name: "Line", args: [p] }) });
  const value = loadSync<Dict>(file, { pickleModule: hooks });
  const list = value.get("list") as unknown[];
  const made = list[0];
  assert.ok(made instanceof Point && made.x === 1 && made.y === 2);
  assert.equal(list[1], made);
  const three = value.get("tuple") as Tuple;
  assert.ok(three instanceof Tuple);
  assert.equal(three[1], made);
  assert.equal((three[2] as unknown as Tuple)[0], made); // a tuple in a tuple
  assert.equal((value.get("key") as unknown as Dict<object, string>).get(made), "here");
  assert.deepEqual([...value.get("set") as unknown as Set<unknown>], [made]);
  assert.ok([...value.get("frozen") as unknown as FrozenSet][0] as unknown instanceof Point);
  const other = value.get("other") as unknown as PyObject;
  assert.ok(other instanceof PyObject); // no hook: inert
  assert.equal(other.args[0], made);
});

test("findClass is asked once for a name, by its name in Python 3, and given parsed parts only", () => {
  const asked: string[] = [];
  const seen: ObjectParts[] = [];
  const file = saveSync([new PyObject({ module: "builtins", name: "range", via: "reduce", args: [1, 2, 3] }), new PyObject({ module: "builtins", name: "range", via: "reduce", args: [4] })]);
  const value = loadSync<unknown[]>(file, { pickleModule: { findClass: (module, name) => (asked.push(`${module}.${name}`), (parts) => (seen.push(parts), parts.args.length)) } });
  assert.deepEqual(value, [3, 1]);
  assert.deepEqual(asked, ["builtins.range"]);
  assert.deepEqual(Object.keys(seen[0]).sort(), ["args", "items", "kwargs", "pairs", "state"]);
});

test("a float keeps its mark beside an object that was made, and tensors go through", () => {
  const x = tensor([1, 2]);
  const value = loadSync<Dict>(saveSync({ t: tuple(inert(0, 0), 2), f: { a: inert(1, 1), x } }), { pickleModule: hooks });
  assert.equal(reprOf(((value.get("f") as unknown as Dict).get("x"))), reprOf(x));
  assert.ok((value.get("f") as unknown as Dict).get("x") instanceof Tensor);
});

test("a cycle: the containers hold the object that was made, its own parts what was there before", () => {
  const p = inert(1, null);
  (p.state as Dict).set("y", [p] as never);
  const made = loadSync<Point>(saveSync(p), { pickleModule: hooks });
  assert.ok(made instanceof Point);
  assert.deepEqual((made.y as unknown[])[0], made); // the list was set right at the end
});

test("a million levels deep there is no overflow", () => {
  let deep: unknown = inert(1, 2);
  for (let i = 0; i < 200_000; i++) deep = [deep];
  let value: unknown = loadSync(saveSync(deep), { pickleModule: hooks });
  while (Array.isArray(value)) value = value[0];
  assert.ok(value instanceof Point);
});

test("pickleModule makes weightsOnly false; with true it is torch's error; what is no hook is refused", async () => {
  const file = saveSync(inert(1, 2));
  await assert.rejects(load(file), (error: unknown) => error instanceof BrineError && error.name === "UnpicklingError");
  assert.ok(await load<object>(file, { pickleModule: hooks }) instanceof Point);
  await assert.rejects(load(file, { pickleModule: hooks, weightsOnly: true }), /Can not safely load weights when explicit pickle_module is specified/);
  await assert.rejects(load(file, { pickleModule: {} } as LoadOptions), codeOf("OPTION"));
  assert.throws(() => saveSync(1, undefined, { pickleModule: {} } as SaveOptions), codeOf("OPTION"));
});

test("what a hook throws comes out as it is", () => {
  assert.throws(() => loadSync(saveSync(inert(1, 2)), { pickleModule: { findClass: () => () => { throw new RangeError("no such point"); } } }), /no such point/);
});

test("reduce: a value of the user's own is saved as the object that it says, once for each", () => {
  const point = new Point(1, 2);
  const reduce = (value: object): PyObject | undefined => (value instanceof Point ? inert(value.x, value.y) : undefined);
  const file = saveSync([point, point], undefined, { pickleModule: { reduce } });
  const p = inert(1, 2);
  assert.deepEqual(file, saveSync([p, p]));
  assert.throws(() => saveSync(point), codeOf("UNPICKLABLE"));
  assert.throws(() => saveSync(new Date(), undefined, { pickleModule: { reduce } }), codeOf("UNPICKLABLE"));
});

test("registerClass: both ways, in the whole process, until it is taken out; weights-only wants the name allowed", async () => {
  const remove = registerClass("geo.Point", { load: makePoint, type: Point, reduce: (value) => inert((value as Point).x, (value as Point).y) });
  try {
    const file = saveSync({ p: new Point(5, 6) });
    assert.ok((loadSync<Dict<string, never>>(file, { weightsOnly: false })).get("p") as unknown instanceof Point);
    await assert.rejects(load(file), (error: unknown) => error instanceof BrineError && error.name === "UnpicklingError");
    addSafeGlobals([new Global("geo", "Point")]);
    assert.ok((await load<Dict<string, never>>(file)).get("p") as unknown instanceof Point);
  } finally {
    clearSafeGlobals();
    remove();
  }
  assert.ok(loadSync(saveSync(inert(1, 2)), { weightsOnly: false }) instanceof PyObject);
  assert.throws(() => registerClass("Point", { load: makePoint }), codeOf("OPTION"));
});
