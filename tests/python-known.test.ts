// How objects of Python's own classes print. The pickles that brine writes of them are read by a real Python, which prints
// what it made of them: both texts are the same.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import "../bindings/index.js"; // makes values whole: they print
import { saveSync } from "../bindings/checkpoint/save.js";
import { Dict } from "../bindings/python/dict.js";
import { float } from "../bindings/python/float.js";
import { Global, PyObject, type Via } from "../bindings/python/object.js";
import { reprOf } from "../bindings/python/repr.js";
import { tuple } from "../bindings/python/tuple.js";
import type { Value } from "../bindings/python/value.js";

const make = (via: Via) => (module: string, name: string, ...args: Value[]): PyObject => new PyObject({ module, name, via, args: tuple<Value[]>(...args) });
const call = make("reduce");
const withState = (object: PyObject, state: Value): PyObject => {
  object.state = state;
  return object;
};
const packed = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const delta = (days: number, seconds: number, micros: number): PyObject => call("datetime", "timedelta", days, seconds, micros);
const zone = (seconds: number, ...name: string[]): PyObject => call("datetime", "timezone", delta(0, seconds, 0), ...name);
const attribute = (owner: Value, name: string): PyObject => call("builtins", "getattr", owner, name);

/** What Python prints of each. */
const PRINTED: readonly (readonly [value: Value, text: string])[] = [
  [call("builtins", "slice", 1, 2, null), "slice(1, 2, None)"],
  [call("builtins", "range", 0, 3, 1), "range(0, 3)"],
  [call("builtins", "range", 0, 30, 5), "range(0, 30, 5)"],
  [call("builtins", "ValueError", "bad", 3), "ValueError('bad', 3)"],
  [call("builtins", "KeyboardInterrupt"), "KeyboardInterrupt()"],
  [call("builtins", "OSError", "no number"), "OSError('no number')"],
  [call("collections", "deque", [1, 2], 3), "deque([1, 2], maxlen=3)"],
  [call("datetime", "datetime", packed(7, 228, 1, 2, 0, 0, 0, 0, 0, 0)), "datetime.datetime(2020, 1, 2, 0, 0)"],
  [call("datetime", "datetime", packed(7, 228, 1, 2, 3, 4, 5, 0, 0, 0)), "datetime.datetime(2020, 1, 2, 3, 4, 5)"],
  [call("datetime", "datetime", packed(7, 232, 2, 29, 3, 4, 0, 0, 0, 7)), "datetime.datetime(2024, 2, 29, 3, 4, 0, 7)"],
  [call("datetime", "datetime", packed(7, 228, 1, 2, 3, 4, 0, 0, 0, 0), zone(0)), "datetime.datetime(2020, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)"],
  [zone(3600), "datetime.timezone(datetime.timedelta(seconds=3600))"],
  [zone(0, "UTC"), "datetime.timezone(datetime.timedelta(0), 'UTC')"],
  [call("datetime", "date", packed(7, 207, 12, 31)), "datetime.date(1999, 12, 31)"],
  [call("datetime", "time", packed(1, 2, 0, 0, 0, 0)), "datetime.time(1, 2)"],
  [call("datetime", "time", packed(1, 2, 0, 0, 1, 0)), "datetime.time(1, 2, 0, 256)"],
  [delta(-1, 2, 3), "datetime.timedelta(days=-1, seconds=2, microseconds=3)"],
  [delta(0, 0, 0), "datetime.timedelta(0)"],
  [call("decimal", "Decimal", "1.50"), "Decimal('1.50')"],
  [call("decimal", "Decimal", "-1E+30"), "Decimal('-1E+30')"],
  [call("fractions", "Fraction", "3/4"), "Fraction(3, 4)"],
  [call("fractions", "Fraction", "-3"), "Fraction(-3, 1)"],
  [withState(make("newobj")("uuid", "UUID"), new Dict([["int", 5]])), "UUID('00000000-0000-0000-0000-000000000005')"],
  [call("pathlib", "PurePosixPath", "/", "data", "x"), "PurePosixPath('/data/x')"],
  [call("pathlib", "PurePosixPath", "a", "b.txt"), "PurePosixPath('a/b.txt')"],
  [call("pathlib", "PurePosixPath"), "PurePosixPath('.')"],
  [call("pathlib", "PurePosixPath", "a/b"), "PurePosixPath('a/b')"],
  [call("pathlib", "PureWindowsPath", "C:\\", "x", "y"), "PureWindowsPath('C:/x/y')"],
  [withState(make("newobj")("argparse", "Namespace"), new Dict<Value, Value>([["lr", 0.1], ["a b", float(1)], ["n", 2]])), "Namespace(lr=0.1, n=2, **{'a b': 1.0})"],
  [withState(call("types", "SimpleNamespace"), new Dict<Value, Value>([["a", 1], ["b", [2]]])), "namespace(a=1, b=[2])"],
  [
    withState(call("functools", "partial", new Global("builtins", "dict")), tuple<Value[]>(new Global("builtins", "dict"), tuple(1), new Dict([["a", 1]]), null)),
    "functools.partial(<class 'dict'>, 1, a=1)",
  ],
  [attribute(attribute(new Global("ctypes", "Structure"), "Inner"), "Deep"), "<class 'ctypes.Structure.Inner.Deep'>"],
];

/** What Python would not make of such parts, or brine cannot know: printed as inert objects. */
const INERT: readonly (readonly [value: Value, text: string])[] = [
  [call("builtins", "OSError", 2, "no"), "<OSError object>"],
  [call("datetime", "datetime", packed(7, 228, 2, 30, 3, 4, 5, 0, 0, 0)), "<datetime.datetime object>"],
  [call("datetime", "datetime", packed(7, 228)), "<datetime.datetime object>"],
  [call("datetime", "date", packed(0, 0, 1, 1)), "<datetime.date object>"],
  [call("datetime", "timedelta", 0, 86400, 0), "<datetime.timedelta object>"],
  [call("decimal", "Decimal", "01"), "<decimal.Decimal object>"],
  [call("pathlib", "PosixPath", 1), "<pathlib.PosixPath object>"],
  [withState(make("newobj")("argparse", "Namespace"), new Dict([[packed(1), 1]])), "<argparse.Namespace object>"],
  [withState(make("newobj")("uuid", "UUID"), new Dict([["int", -1]])), "<uuid.UUID object>"],
  [call("functools", "partial", 1), "<functools.partial object>"],
  [attribute(new Global("mine", "Color"), "DARK_RED"), "<global mine.Color.DARK_RED>"],
  [attribute(new Global("torch._utils", "torch"), "channels_last"), "torch.channels_last"],
  [new PyObject({ callable: attribute(new Global("mine", "Outer"), "Inner") }), "<mine.Outer.Inner object>"],
];

test("objects of Python's own classes print as Python prints them; where it would not, by their name", () => {
  for (const [value, text] of [...PRINTED, ...INERT]) assert.equal(reprOf(value), text);
});

test("a real Python prints the same of the pickles that are saved", (t) => {
  if (spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]).status !== 0) return t.skip("skipped: no Python 3.9 or later");
  const folder = mkdtempSync(join(tmpdir(), "brine-known-"));
  try {
    const path = join(folder, "values.pt");
    const values = PRINTED.filter(([, text]) => !text.includes("ctypes")); // a class that is not there
    writeFileSync(path, saveSync(values.map(([value]) => value)));
    const script = "import json, pickle, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(json.dumps([repr(x) for x in pickle.loads(z.read('archive/data.pkl'))]))";
    const answer = spawnSync("python3", ["-c", script, path], { encoding: "utf8" });
    assert.equal(answer.status, 0, answer.stderr);
    assert.deepEqual(JSON.parse(answer.stdout), values.map(([, text]) => text));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a namespace that holds itself, and a chain of getattr without end, print and end", () => {
  const itself = make("newobj")("argparse", "Namespace");
  itself.state = new Dict<Value, Value>([["me", itself]]);
  assert.equal(reprOf(itself), "Namespace(me=Namespace(...))");
  const chain = attribute(0, "a");
  chain.args = tuple<Value[]>(chain, "a");
  assert.equal(reprOf(chain), "<getattr object>");
});
