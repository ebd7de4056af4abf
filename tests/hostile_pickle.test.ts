// Pickles that lie: each row of the threats about the pickle machine (§3) that a stream of opcodes can carry. What comes is an
// error of brine's own with its code and the offset of the opcode, or what Python itself makes of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BrineError, Dict, inspect, load, loadSync, PyObject, reprOf, saveSync, toPlain, type Value } from "../bindings/index.js";
import { checkpointOf, named, text } from "./support/pickles.js";

const TWO = "\x80\x02";

/** What is wrong, the pickle, the code, and the byte of the opcode at fault. */
const LIES: readonly (readonly [what: string, pickle: string, code: string, offset: number])[] = [
  ["BINUNICODE past the end", `${TWO}X\xff\xff\xff\x7fabc.`, "PICKLE_END", 2],
  ["BINUNICODE8 of 2^63", "\x80\x04\x8d\0\0\0\0\0\0\0\x80abc.", "PICKLE_END", 2],
  ["BINBYTES8 of 2^64 - 1", "\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xffabc.", "PICKLE_END", 2],
  ["BYTEARRAY8 past the end", "\x80\x05\x96\0\0\0\0\x01\0\0\0abc.", "PICKLE_END", 2],
  ["LONG4 past the end", `${TWO}\x8b\xff\xff\xff\x7f\x01.`, "PICKLE_END", 2],
  ["a negative LONG4", `${TWO}\x8b\xff\xff\xff\xff\x01.`, "PICKLE_NEGATIVE", 2],
  ["a negative BINSTRING", `${TWO}T\xff\xff\xff\xffabc.`, "PICKLE_NEGATIVE", 2],
  ["a memo that was never filled", `${TWO}K\x01q\x05h\x06.`, "PICKLE_MEMO", 6],
  ["a memo far beyond", `${TWO}K\x01j\xff\xff\xff\xff.`, "PICKLE_MEMO", 4],
  ["a text PUT that is no number", "Nplabel\n.", "PICKLE_OPERAND", 1],
  ["a negative PUT", "Np-1\n.", "PICKLE_NEGATIVE", 1],
  ["STACK_GLOBAL of numbers", "\x80\x04K\x01K\x02\x93.", "PICKLE_NAME", 6],
  ["STACK_GLOBAL of a list", "\x80\x04]]\x93.", "PICKLE_NAME", 4],
  ["EXT1", `${TWO}\x82\x01.`, "PICKLE_EXT", 2],
  ["EXT4", `${TWO}\x84\x01\0\0\0.`, "PICKLE_EXT", 2],
  ["NEXT_BUFFER", "\x80\x05\x97.", "PICKLE_BUFFER", 2],
  ["an opcode that straddles its frame", "\x80\x04\x95\x03\0\0\0\0\0\0\0X\x02\0\0\0ab.", "PICKLE_FRAME", 11],
  ["a frame within a frame", "\x80\x04\x95\x0c\0\0\0\0\0\0\0\x95\x01\0\0\0\0\0\0\0N..", "PICKLE_FRAME", 11],
  ["a frame beyond the end", "\x80\x04\x95\xff\xff\xff\xff\0\0\0\0N.", "PICKLE_END", 2],
  ["an int of letters", "Iabc\n.", "PICKLE_OPERAND", 0],
  ["an int in hexadecimal", "I0x10\n.", "PICKLE_OPERAND", 0],
  ["an empty int", "I\n.", "PICKLE_OPERAND", 0],
  ["a float of nothing", "F\n.", "PICKLE_OPERAND", 0],
  ["a float of hexadecimal", "F0x1p3\n.", "PICKLE_OPERAND", 0],
  ["an int of 5,000 digits", `I${"9".repeat(5000)}\n.`, "LIMIT_DIGITS", 0],
  ["a string without its quote", "S'abc\n.", "PICKLE_OPERAND", 0],
  ["a string of half an escape", "S'\\x4'\n.", "PICKLE_OPERAND", 0],
  ["a line without its end", "I123", "PICKLE_END", 0],
  ["UTF-8 that is none", `${TWO}X\x02\0\0\0\xc3\x28.`, "PICKLE_TEXT", 2],
  ["UTF-8 that is overlong", `${TWO}X\x02\0\0\0\xc0\xaf.`, "PICKLE_TEXT", 2],
  ["UTF-8 beyond the last code point", `${TWO}X\x04\0\0\0\xf4\x90\x80\x80.`, "PICKLE_TEXT", 2],
  ["APPEND to None", `${TWO}NK\x01a.`, "PICKLE_TARGET", 5],
  ["APPENDS to a tuple", `${TWO})(K\x01e.`, "PICKLE_TARGET", 6],
  ["SETITEM of a list", `${TWO}]K\x01K\x02s.`, "PICKLE_TARGET", 7],
  ["SETITEMS of an odd number", `${TWO}}(K\x01u.`, "PICKLE_ODD", 6],
  ["BUILD of an int", `${TWO}K\x01}b.`, "PICKLE_TARGET", 5],
  ["ADDITEMS to a list", "\x80\x04](K\x01\x90.", "PICKLE_TARGET", 6],
  ["no MARK", `${TWO}K\x01t.`, "PICKLE_MARK", 4],
  ["an empty stack", `${TWO}.`, "PICKLE_STACK", 2],
  ["REDUCE of one value", `${TWO}NR.`, "PICKLE_STACK", 3],
  ["a stack cut by its mark", `${TWO}K\x01(\x85.`, "PICKLE_STACK", 5],
  ["REDUCE of an int", `${TWO}K\x01)R.`, "PICKLE_CALL", 5],
  ["arguments that are no tuple", `${TWO}${named("m", "f")}]R.`, "PICKLE_CALL", 8],
  ["NEWOBJ_EX without a dict", `\x80\x04${named("m", "f")})N\x92.`, "PICKLE_CALL", 9],
  ["protocol 9", "\x80\x09N.", "PICKLE_PROTOCOL", 0],
  ["no STOP", `${TWO}N`, "PICKLE_END", 3],
  ["an opcode that is none", `${TWO}\xff.`, "PICKLE_OPCODE", 2],
  ["a persistent id that is no tuple", `${TWO}${text("storage")}Q.`, "PERSISTENT_ID", 14],
  ["one of four", `${TWO}(${text("storage")}${named("torch", "FloatStorage")}${text("0")}${text("cpu")}tQ.`, "PERSISTENT_ID", 50],
  ["one of another tag", `${TWO}(${text("module")}${named("torch", "FloatStorage")}${text("0")}${text("cpu")}K\x01tQ.`, "PERSISTENT_ID", 51],
  ["one whose class is a function", `${TWO}(${text("storage")}${named("torch._utils", "_rebuild_tensor")}${text("0")}${text("cpu")}K\x01tQ.`, "PERSISTENT_ID_CLASS", 62],
  ["one with an int for a place", `${TWO}(${text("storage")}${named("torch", "FloatStorage")}${text("0")}K\x07K\x01tQ.`, "PERSISTENT_ID", 46],
  ["a negative number of elements", `${TWO}(${text("storage")}${named("torch", "FloatStorage")}${text("0")}${text("cpu")}J\xff\xff\xff\xfftQ.`, "STORAGE_NUMEL", 55],
];

test("each lie is refused by its code, at its opcode, and inspect tells the same", async () => {
  const failures: string[] = [];
  for (const [what, pickle, code, offset] of LIES) {
    const file = checkpointOf(pickle);
    let found: BrineError | undefined;
    try {
      loadSync(file, { weightsOnly: false });
    } catch (error) {
      assert.ok(error instanceof BrineError, `${what}: ${String(error)}`);
      found = error;
    }
    if (found === undefined) failures.push(`${what}: it loads`);
    else if (found.code !== code || found.offset !== offset) failures.push(`${what}: [${found.code}] ${found.offset} ${found.message}`);
    const seen = await inspect(file);
    if (seen.fault?.code !== found?.code || seen.verdict === "clean") failures.push(`${what}: inspect tells ${seen.fault?.code} and ${seen.verdict}`);
  }
  assert.deepEqual(failures, []);
});

test("what Python reads although it is odd is read as Python reads it", () => {
  const cases: readonly (readonly [what: string, pickle: string, repr: string])[] = [
    ["values left on the stack", `${TWO}K\x01K\x02.`, "2"],
    ["INT 01 is True", "I01\n.", "True"],
    ["an int beyond 64 bits", `I${"9".repeat(25)}\n.`, "9".repeat(25)],
    ["a float that is no number", "Fnan\n.", "nan"],
    ["a lone surrogate", `${TWO}X\x03\0\0\0\xed\xa0\x80.`, "'\\ud800'"],
    ["a byte order mark in a text", `${TWO}](X\x04\0\0\0\xef\xbb\xbfa${text("a")}e.`, "['\\ufeffa', 'a']"],
    ["keys of which one begins with a mark", `${TWO}}(X\x04\0\0\0\xef\xbb\xbfaK\x01${text("a")}K\x02u.`, "{'\\ufeffa': 1, 'a': 2}"],
    ["keys in order, whatever they look like", `${TWO}}(${text("10")}K\x01${text("9")}K\x02${text("1")}K\x03u.`, "{'10': 1, '9': 2, '1': 3}"],
    ["one key in three guises", `${TWO}}(K\x01${text("a")}\x88${text("b")}G\x3f\xf0\0\0\0\0\0\0${text("c")}u.`, "{1: 'c'}"],
    ["a list in itself", `${TWO}]q\x00h\x00a.`, "[[...]]"],
    ["APPENDS of nothing to None", `${TWO}N(e.`, "None"],
  ];
  for (const [what, pickle, repr] of cases) assert.equal(reprOf(loadSync<Value>(checkpointOf(pickle), { weightsOnly: false })), repr, what);
});

test("keys that Python cannot hash are refused", () => {
  for (const key of ["]", "}", `${named("__builtin__", "bytearray")})R`]) {
    assert.throws(() => loadSync(checkpointOf(`${TWO}}${key}K\x01s.`), { weightsOnly: false }), BrineError);
  }
});

test("names that mean something to JavaScript are only names: __proto__, then, toJSON, constructor", async () => {
  const names = ["__proto__", "then", "toJSON", "constructor", "toString", "valueOf", "hasOwnProperty", "__class__", "items"];
  const state = new Dict<Value, Value>(names.map((name) => [name, 1]));
  const file = saveSync({ dict: state, object: new PyObject({ module: "m", name: "C", args: [], state }) });
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  const value = await load<Dict<string, Value>>(file, { weightsOnly: false });
  assert.deepEqual([...(value.get("dict") as Dict).keys()], names);
  const object = value.get("object") as PyObject;
  assert.equal((await Promise.resolve(object)) === object, true);
  assert.equal(typeof JSON.stringify(toPlain(value)), "string");
  assert.equal(Object.getOwnPropertyNames(Object.prototype).join(), before);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  assert.equal(Object.getPrototypeOf(value), Dict.prototype);
});

test("shared references are kept: a laugh of a billion costs what its bytes cost, to load and to inspect and to save", async () => {
  const laugh = Array.from({ length: 40 }, (_, i) => `](h${String.fromCharCode(i)}h${String.fromCharCode(i)}eq${String.fromCharCode(i + 1)}`).join("");
  const file = checkpointOf(`${TWO}]q\x00${laugh}.`);
  const started = performance.now();
  const value = loadSync<Value[]>(file);
  assert.equal(value[0], value[1]);
  assert.ok(saveSync(value).length < 10_000);
  assert.equal((await inspect(file)).fault, null);
  assert.ok(performance.now() - started < 10_000);
});

test("each argument of a rebuild call, of another kind, is refused at its opcode or makes no other tensor", () => {
  const storage = `(${text("storage")}${named("torch", "FloatStorage")}${text("0")}${text("cpu")}K\x04tQ`;
  const honest = [storage, "K\x00", "K\x04\x85", "K\x01\x85", "\x89", `${named("collections", "OrderedDict")})R`];
  const call = (args: readonly string[]): Uint8Array =>
    checkpointOf(`${TWO}${named("torch._utils", "_rebuild_tensor_v2")}(${args.join("")}tR.`, { "data/0": new Uint8Array(Float32Array.from([1, 2, 3, 4]).buffer) });
  assert.equal(reprOf(loadSync<Value>(call(honest))), "tensor([1., 2., 3., 4.])");
  const odd = ["N", "K\x05", "J\xff\xff\xff\xff", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", "\x8a\x09\0\0\0\0\0\0\0\0\x01", "G\x3f\xf0\0\0\0\0\0\0", text("x"), "]", ")", "K\x01K\x02\x86", "N\x85", "K\x05\x85", "J\xff\xff\xff\xff\x85", "}"];
  let refused = 0;
  for (let i = 0; i < honest.length; i++) {
    for (const argument of odd) {
      try {
        const value = loadSync<Value>(call(honest.with(i, argument)));
        assert.ok(i >= 4 || reprOf(value).startsWith("tensor("), `argument ${i}`);
      } catch (error) {
        assert.ok(error instanceof BrineError, `argument ${i}, ${argument}: ${String(error)}`);
        refused++;
      }
    }
    // One too few.
    assert.throws(() => loadSync(call(honest.filter((_, k) => k !== i))), BrineError, `without argument ${i}`);
  }
  assert.ok(refused > 50, `${refused}`);
});
