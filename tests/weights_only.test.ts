// weightsOnly is torch's weights_only: the same opcodes, names, rules and words, in every file that PyTorch wrote, and in
// pickles made to touch one rule each. What torch 2.15 says is kept beside this test (pytorch/weights_only.json); where
// BRINE_TORCH_PYTHON names that release, it is asked again.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  addSafeGlobals, BrineError, clearSafeGlobals, Counter, Dict, getSafeGlobals, getUnsafeGlobals, inspect, load, loadSync, OrderedDict, PyObject, safeGlobals, saveSync, tuple,
} from "../bindings/index.js";
import { everyFixture, notReadYet } from "./support/fixtures.js";
import { checkpointOf, latin1, named, text } from "./support/pickles.js";
import { corpusEntries, projectRoot, Tally } from "./support/walk.js";

interface Tables {
  readonly torch: string;
  readonly names: readonly string[];
  readonly blocked: readonly string[];
  readonly opcodes: readonly number[];
  readonly pairs: readonly (readonly [module: string, name: string, newModule: string, newName: string])[];
  readonly modules: Readonly<Record<string, string>>;
}

const tables = JSON.parse(readFileSync(join(projectRoot, "tests", "pytorch", "weights_only.json"), "utf8")) as Tables;

/** "ok", or the code and message of the error. */
function answer(pickle: string | Uint8Array): string {
  try {
    loadSync(checkpointOf(pickle));
    return "ok";
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

test("every file that PyTorch saved is accepted or refused as torch 2.15 does, in its words", (t) => {
  const tally = new Tally();
  const failures: string[] = [];
  let accepted = 0;
  let refused = 0;
  for (const fixture of everyFixture()) {
    if (fixture.kind !== "save") continue;
    const torch = fixture.weightsOnlyNewest ?? fixture.weightsOnly;
    const reason = notReadYet(fixture) ?? (torch === null ? "PyTorch was not asked" : undefined);
    if (reason !== undefined || torch === null) {
      tally.add(reason ?? "", fixture.id);
      continue;
    }
    let ours = "ok";
    try {
      loadSync(fixture.path);
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      ours = error.message;
    }
    if (torch === "ok" ? ours === "ok" : ours.includes(torch.replace("UnpicklingError: ", ""))) {
      if (torch === "ok") accepted++;
      else refused++;
    } else if (torch.startsWith("AttributeError: type object 'torch.storage.UntypedStorage'") && ours === "ok") {
      tally.add("loads here: torch's own stream loader fails on dtypes that go through UntypedStorage", fixture.id);
    } else if (/Attempting to deserialize object on a|Storage device not recognized/.test(torch) && ours === "ok") {
      tally.add("loads here: torch wants the device, brine reads onto the CPU and keeps the label", fixture.id);
    } else if (torch.includes("failed locating file data/") && ours.includes("No record for storage")) {
      tally.add("neither reads it: torch 1.4's zip keeps its storages elsewhere", fixture.id);
    } else failures.push(`${fixture.id}: torch ${torch}, brine ${ours}`);
  }
  t.diagnostic(`${accepted} accepted and ${refused} refused, as torch 2.15 does`);
  for (const line of tally.lines(4)) t.diagnostic(line);
  assert.deepEqual(failures, []);
  assert.ok(accepted > 50 && refused > 10);
});

test("every opcode that torch's restricted unpickler knows is accepted, every other one refused by its number", () => {
  const known = new Set(tables.opcodes);
  for (let opcode = 0; opcode < 256; opcode++) {
    const said = answer(`\x80\x02${String.fromCharCode(opcode)}\n\n....................`);
    const refused = said.startsWith("UNSAFE_OPCODE") && said.includes(`Weights only load failed. WeightsUnpickler error: Unsupported operand ${opcode} `);
    assert.equal(refused, !known.has(opcode), `${opcode}: ${said}`);
  }
});

test("every name of torch's table is accepted, and none beside it", () => {
  assert.equal(tables.names.length, 144);
  for (const name of tables.names) {
    const dot = name.lastIndexOf(".");
    const [module, own] = [name.slice(0, dot), name.slice(dot + 1)];
    assert.equal(answer(`\x80\x02${named(module, own)}.`), "ok", name);
    for (const [otherModule, other] of [[module, `${own}_`], [module, own.slice(1) || "x"], [`${module}.x`, own], [`x${module}`, own], [module, `${own}.${own}`]]) {
      if (tables.names.includes(`${otherModule}.${other}`)) continue;
      assert.match(answer(`\x80\x02${named(otherModule, other)}.`), /^UNSAFE_GLOBAL: .*Unsupported global: GLOBAL /, `${otherModule}.${other}`);
    }
  }
});

test("names of Python 2 are judged, told and allowed by their names in Python 3", () => {
  const cases = [
    ...tables.pairs.map(([module, name, newModule, newName]) => [module, name, `${newModule}.${newName}`] as const),
    ...Object.entries(tables.modules).map(([module, newModule]) => [module, "Thing", `${newModule}.Thing`] as const),
    ["torch.tensor", "_rebuild_from_type", "torch.tensor._rebuild_from_type"] as const,
  ];
  for (const [module, name, full] of cases) {
    const file = checkpointOf(`\x80\x02${named(module, name)}.`);
    const said = answer(`\x80\x02${named(module, name)}.`);
    if (tables.blocked.includes(full.slice(0, full.indexOf(".")))) {
      assert.ok(said.startsWith("BLOCKED_MODULE") && said.includes(`unsupported GLOBAL ${full} whose module`), said);
      continue;
    }
    assert.ok(said.startsWith("UNSAFE_GLOBAL") && said.includes(`GLOBAL ${full.replace(/^builtins\./, "")} was not an allowed global by default`), said);
    // What the message tells to do works.
    const advice = /addSafeGlobals\(\["([^"]+)"\]\)/.exec(said)?.[1];
    assert.equal(advice, full);
    safeGlobals([full], () => loadSync(file));
  }
});

/** One rule each: the pickle, and what torch 2.15 says: "ok", or the words by which its refusal is known. */
const RULES: readonly (readonly [what: string, pickle: string, torch: string, brine?: string])[] = [
  ["a name that nobody calls", `\x80\x02${named("__builtin__", "print")}.`, "Unsupported global: GLOBAL print was not an allowed global by default"],
  ["a name whose call is undone", `\x80\x02${named("m", "C")}0N.`, "Unsupported global: GLOBAL m.C was not an allowed global by default"],
  ["a blocked module", `\x80\x02${named("posix", "execv")}.`, "unsupported GLOBAL posix.execv whose module posix is blocked"],
  ["another, by a dotted name", `\x80\x02${named("os", "path.join")}.`, "unsupported GLOBAL os.path.join whose module os is blocked"],
  ["a module below a blocked one", `\x80\x02${named("os.path", "join")}.`, "Unsupported global: GLOBAL os.path.join was not an allowed global by default"],
  ["REDUCE of a text", `\x80\x02${text("print")})R.`, "Trying to call reduce for unrecognized function"],
  ["REDUCE of an object", `\x80\x02${named("collections", "OrderedDict")})R)R.`, "Trying to call reduce for unrecognized function"],
  ["REDUCE of a listed class", `\x80\x02${named("collections", "OrderedDict")})R.`, "ok"],
  ["REDUCE of set", `\x80\x02${named("__builtin__", "set")}](K\x01K\x02e\x85R.`, "ok"],
  ["NEWOBJ of a listed class", `\x80\x02${named("collections", "OrderedDict")})\x81.`, "ok"],
  ["NEWOBJ of a text", `\x80\x02${text("C")})\x81.`, "Can only create new object for nn.Parameter or classes allowlisted via"],
  ["BUILD of a dict", "\x80\x02}}b.", "Can only build Tensor, Parameter, OrderedDict or types allowlisted via"],
  ["BUILD of a list", "\x80\x02]}b.", "Can only build Tensor, Parameter, OrderedDict or types allowlisted via"],
  ["BUILD of a class", `\x80\x02${named("collections", "OrderedDict")}}b.`, "Can only build Tensor, Parameter, OrderedDict or types allowlisted via"],
  ["BUILD of an OrderedDict", `\x80\x02${named("collections", "OrderedDict")})R}${text("a")}K\x01sb.`, "ok"],
  ["APPEND to a dict", "\x80\x02}K\x01a.", "Can only append to lists"],
  ["APPEND to a tuple", "\x80\x02)K\x01a.", "Can only append to lists"],
  ["APPENDS to a set", "\x80\x02\x8f(K\x01e.", "Can only extend lists"],
  ["APPENDS of nothing to a dict", "\x80\x02}(e.", "Can only extend lists"],
  ["APPEND to an OrderedDict", `\x80\x02${named("collections", "OrderedDict")})RK\x01a.`, "Can only append to lists"],
  ["SETITEM of a list", "\x80\x02]K\x01K\x02s.", "Can only SETITEM for dict"],
  ["SETITEMS of a list", "\x80\x02](K\x01K\x02u.", "Can only SETITEMS for dict"],
  ["SETITEMS of nothing of None", "\x80\x02N(u.", "Can only SETITEMS for dict"],
  ["SETITEM of a Counter", `\x80\x02${named("collections", "Counter")})RK\x01K\x02s.`, "ok"],
  ["SETITEM of a listed function's result", `\x80\x02${named("torch", "Size")}(K\x01t\x85RK\x00K\x02s.`, "Can only SETITEM for dict"],
  ["ADDITEMS", "\x80\x02\x8f(K\x01\x90.", "Unsupported operand 144"],
  ["DUP", "\x80\x02K\x012.", "Unsupported operand 50"],
  ["a protocol-4 frame", "\x80\x04\x95\x02\0\0\0\0\0\0\0N.", "Unsupported operand 149"],
  ["a protocol number of any size", "\x80\x09N.", "ok"],
  ["bytes of protocol 3", "\x80\x03C\x01a.", "Unsupported operand 67"],
  ["a persistent id that is a text", `\x80\x02${text("storage")}Q.`, "persistent_load id must be tuple or int", "PERSISTENT_ID"],
  ["a persistent id of another kind", `\x80\x02${text("module")}${text("x")}\x86Q.`, "Only persistent_load of storage is allowed", "PERSISTENT_ID"],
  ["a memo that was never filled", "\x80\x02h\x07.", "KeyError: 7", "PICKLE_MEMO"],
  ["no STOP", "\x80\x02N", "EOFError", "PICKLE_END"],
];

test("each rule about objects holds, in torch's words", () => {
  for (const [what, pickle, torch, code] of RULES) {
    const said = answer(pickle);
    if (torch === "ok") assert.equal(said, "ok", what);
    else if (code !== undefined) assert.ok(said.startsWith(`${code}: `), `${what}: ${said}`);
    else assert.ok(said.includes(torch) && said.includes("Weights only load failed"), `${what}: ${said}`);
  }
});

const asked = { skip: process.env["BRINE_TORCH_PYTHON"] === undefined ? "skipped: no BRINE_TORCH_PYTHON" : false };

test("PyTorch of BRINE_TORCH_PYTHON has the same tables and says the same", asked, (t) => {
  const script = join(projectRoot, "tests", "pytorch", "weights_only.py");
  // torch.load takes a TorchScript archive past its restricted unpickler.
  const honest = corpusEntries().filter(({ file, kind }) => !file.startsWith("malicious/") && !kind.startsWith("ts") && kind !== "package");
  const input = JSON.stringify({ pickles: RULES.map(([, pickle]) => Buffer.from(latin1(pickle)).toString("hex")), files: honest.map(({ path }) => path) });
  const { status, stdout, stderr } = spawnSync(process.env["BRINE_TORCH_PYTHON"] as string, [script], { input, encoding: "utf8", maxBuffer: 1 << 26 }); // asked
  assert.equal(status, 0, stderr);
  const { answers, files, ...said } = JSON.parse(stdout) as Tables & { readonly answers: readonly string[]; readonly files: readonly string[] };
  if (said.torch !== tables.torch) return t.skip(`skipped: it is torch ${said.torch}, the tables are of ${tables.torch}`);
  assert.deepEqual(said, tables);
  RULES.forEach(([what, , torch], i) => {
    assert.ok(torch === "ok" ? answers[i] === "ok" : answers[i].includes(torch), `${what}: ${answers[i]}`);
  });
  const tally = new Tally();
  honest.forEach(({ file, path, kind }, i) => {
    let ours = "ok";
    try {
      loadSync(path);
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      ours = `${error.code}: ${error.message}`;
    }
    if (ours === "ok" && files[i].includes("Invalid magic number")) {
      assert.equal(kind, "lookalike", file);
      tally.add("loads here: plain pickles, which torch.load takes from no one", file);
      return;
    }
    assert.equal(ours === "ok", files[i] === "ok", `${file}: torch ${files[i]}, brine ${ours}`);
    const words = /Unsupported global: GLOBAL \S+|Unsupported operand \d+/.exec(files[i])?.[0];
    if (files[i] === "ok") tally.add("accepted by both", file);
    else if (words !== undefined && ours.includes(words)) tally.add("refused in the same words", file);
    else if (/^(zip|legacy(?!tar))/.test(kind)) assert.fail(`${file}: torch ${files[i]}, brine ${ours}`);
    else tally.add("refused in other words: it is no checkpoint, or of a container that brine does not read", file);
  });
  for (const line of tally.lines(3)) t.diagnostic(line);
});

test("a refusal says that torch would run code, and that brine does not", () => {
  for (const pickle of [named("m", "C"), named("os", "system"), "2", "}}b"]) {
    const said = answer(`\x80\x02${pickle}.`);
    assert.match(said, /weights_only=False only if you trust/);
    assert.match(said, /In brine weightsOnly: false runs nothing: unknown classes become inert objects/);
  }
});

test("names from a file are cut and written out in messages", () => {
  const said = answer(`\x80\x02${named("evil\x1b[2J", `x${"y".repeat(3000)}`)}.`);
  assert.ok(said.length < 1500 && !said.includes("\x1b"), said);
  assert.match(said, /evil\\u001b\[2J\.xyyy/);
});

test("safe_globals: added, listed, cleared; a scope removes what it was given, also what was there before", async () => {
  const file = saveSync(new PyObject({ module: "m", name: "C", args: [] }));
  const refused = (): void => assert.throws(() => loadSync(file), (e: unknown) => e instanceof BrineError && e.code === "UNSAFE_GLOBAL");
  refused();
  addSafeGlobals(["m.C", "m.D"]);
  assert.deepEqual(getSafeGlobals(), ["m.C", "m.D"]);
  assert.ok(loadSync(file) instanceof PyObject);
  // As in torch, a scope takes away exactly its names on leaving: m.C is gone afterwards, m.D is not.
  safeGlobals(["m.C"], () => assert.ok(loadSync(file) instanceof PyObject));
  assert.deepEqual(getSafeGlobals(), ["m.D"]);
  refused();
  await assert.rejects(safeGlobals(["m.C"], async () => {
    assert.ok((await load(file)) instanceof PyObject);
    throw new Error("left by a throw");
  }), /left by a throw/);
  refused();
  assert.throws(() => safeGlobals(["m.C"], () => {
    throw new Error("left by a throw");
  }), /left by a throw/);
  assert.deepEqual(getSafeGlobals(), ["m.D"]);
  clearSafeGlobals();
  assert.deepEqual(getSafeGlobals(), []);
});

test("torch's environment variables that turn weights_only off or on mean nothing here", () => {
  const file = saveSync(new PyObject({ module: "m", name: "C", args: [] }));
  for (const name of ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_WEIGHTS_ONLY_LOAD"]) {
    process.env[name] = "1";
    try {
      assert.throws(() => loadSync(file), (e: unknown) => e instanceof BrineError && e.code === "UNSAFE_GLOBAL");
      assert.ok(loadSync(file, { weightsOnly: false }) instanceof PyObject);
    } finally {
      delete process.env[name];
    }
  }
});

test("allowed classes: NEWOBJ, REDUCE and BUILD make inert objects with their state", async () => {
  const point = new PyObject({ module: "m", name: "Point", args: [1, 2] });
  const slots = new PyObject({ module: "m", name: "Slots", args: [], state: tuple(null, new Dict([["x", 1]])) });
  const plain = new PyObject({ module: "m", name: "Plain", via: "reduce", args: [], state: new Dict([["x", 1]]) });
  const file = saveSync([point, slots, plain]);
  assert.equal(answer(`\x80\x02${named("m", "Point")})\x81.`).startsWith("UNSAFE_GLOBAL"), true);
  const [a, b, c] = await safeGlobals(["m.Point", "m.Slots", "m.Plain"], () => load<PyObject[]>(file));
  assert.deepEqual([...(a.args as Iterable<unknown>)], [1, 2]);
  assert.deepEqual([b.name, c.name], ["Slots", "Plain"]);
  assert.equal((c.state as Dict).get("x"), 1);
  assert.deepEqual((await inspect(file)).globals.map(({ name, allowed }) => [name, allowed]), [["Point", false], ["Slots", false], ["Plain", false]]);
});

test("what a set, a Counter and an OrderedDict hold under weightsOnly", () => {
  const value = [new Set([1, "a"]), new Counter([["a", 2]]), new OrderedDict([["k", 1]])];
  const back = loadSync(saveSync(value)) as typeof value;
  assert.deepEqual([...(back[0] as Set<unknown>)], [1, "a"]);
  assert.ok(back[1] instanceof Counter && back[1].get("a") === 2);
  assert.ok(back[2] instanceof OrderedDict);
});

test("getUnsafeGlobals: what would be refused, less what is allowed, blocked modules never allowed", async () => {
  const file = checkpointOf(`\x80\x02${named("m", "C")}0${named("__builtin__", "long")}0${named("collections", "OrderedDict")}0${named("posix", "system")}.`);
  assert.deepEqual(await getUnsafeGlobals(file), ["m.C", "builtins.int", "posix.system"]);
  await safeGlobals(["m.C", "builtins.int", "posix.system"], async () => assert.deepEqual(await getUnsafeGlobals(file), ["posix.system"]));
  await assert.rejects(getUnsafeGlobals(checkpointOf(`\x80\x02${named("m", "C")}`)), (e: unknown) => e instanceof BrineError && e.code === "PICKLE_END");
});
