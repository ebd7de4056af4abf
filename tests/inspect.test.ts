// inspect sees what hides: pickles under any name, behind others, inside bytes; headers that disagree; and says what all of it
// comes to. Malicious samples that others wrote are never called clean, honest files never dangerous.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BrineError, inspect, load, Module, PyObject, saveSync, tensor, type Inspection, type Source } from "../bindings/index.js";
import { python3Name } from "../bindings/core/python3_name.js";
import { everyFixture, notReadYet } from "./support/fixtures.js";
import { hostileZip } from "./support/hostile_zip.js";
import { checkpointOf, latin1, named, text } from "./support/pickles.js";
import { corpusEntries, needsShared, sharedFolder, Tally } from "./support/walk.js";

/** A pickle that would run `true`. */
const EVIL = `\x80\x02${named("posix", "system")}${text("true")}\x85R.`;
const EVIL_OLD = "cposix\nsystem\n(S'true'\ntR.";

const namesOf = ({ globals, members }: Inspection): string[] => [...globals, ...members.flatMap((member) => member.globals)]
  .map(({ module, name }) => python3Name(module, name));
const codesOf = ({ warnings }: Inspection): string[] => warnings.map(({ code }) => code);

interface Sample {
  readonly file: string;
  readonly globals?: readonly string[];
}

test("malicious samples: load refuses them with a typed error or gives inert values, and inspect names what they name", needsShared, async (t) => {
  const { files } = JSON.parse(readFileSync(join(sharedFolder as string, "corpus", "MANIFEST.json"), "utf8")) as { readonly files: readonly Sample[] }; // needsShared
  const malicious = files.filter(({ file }) => file.startsWith("malicious/"));
  assert.equal(malicious.length, 48);
  const tally = new Tally();
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  for (const { file, globals } of malicious) {
    const path = join(sharedFolder as string, "corpus", file); // needsShared
    for (const weightsOnly of [true, false]) {
      try {
        await load(path, { weightsOnly });
        tally.add(`loads with weightsOnly: ${weightsOnly}`, file);
      } catch (error) {
        assert.ok(error instanceof BrineError && error.code !== "UNKNOWN", `${file}: ${String(error)}`);
        tally.add(`${error.name} ${error.code} with weightsOnly: ${weightsOnly}`, file);
      }
    }
    const seen = await inspect(path);
    assert.equal(seen.verdict, "dangerous", file);
    const names = namesOf(seen);
    for (const full of globals ?? []) assert.ok(names.includes(full.replace(/^__builtin__\./, "builtins.")), `${file} names ${full}; seen: ${names.join()}`);
  }
  assert.equal(Object.getOwnPropertyNames(Object.prototype).join(), before);
  for (const line of tally.lines(3)) t.diagnostic(line);
});

test("honest files of others are never dangerous, and clean where they name plain data alone", needsShared, async (t) => {
  const tally = new Tally();
  for (const { file, path } of corpusEntries()) {
    if (file.startsWith("malicious/")) continue;
    const seen = await inspect(path);
    tally.add(seen.verdict, file);
    const plain = [...seen.globals, ...seen.members.flatMap(({ globals }) => globals)].every(({ allowed }) => allowed);
    assert.notEqual(seen.verdict, "dangerous", file);
    const whole = seen.fault === null && !seen.members.some(({ fault }) => fault !== null) && !codesOf(seen).includes("UNSCANNED");
    assert.equal(seen.verdict === "clean", plain && whole, `${file}: ${seen.verdict}`);
  }
  for (const line of tally.lines(3)) t.diagnostic(line);
  assert.ok(tally.count("clean") > 100);
});

test("look-alikes are refused with a typed error that says what they are, or load as inert values", needsShared, async (t) => {
  const tally = new Tally();
  for (const { file, path, kind } of corpusEntries()) {
    if (kind !== "lookalike") continue;
    try {
      await load(path, { weightsOnly: false });
      tally.add("loads", file);
    } catch (error) {
      assert.ok(error instanceof BrineError, `${file}: ${String(error)}`);
      assert.match(error.message, /^[A-Z].{20,}[^.]$/s, file);
      tally.add(error.code, file);
    }
  }
  for (const line of tally.lines(20)) t.diagnostic(line);
  assert.ok(tally.reasons.length > 3);
});

test("no file that PyTorch saved is dangerous; those that weights-only accepts are clean", async (t) => {
  const tally = new Tally();
  for (const fixture of everyFixture()) {
    // One release is enough: others wrote the same objects.
    if (notReadYet(fixture) !== undefined || fixture.expect === undefined || !/golden|torch-2\.15\.0|torch-1\.0\.1|py2/.test(fixture.id)) continue;
    const seen = await inspect(fixture.path);
    tally.add(seen.verdict, fixture.id);
    assert.notEqual(seen.verdict, "dangerous", fixture.id);
    if ((fixture.weightsOnlyNewest ?? "").includes("failed locating file")) continue; // the zip of torch 1.4, which no release reads now
    assert.equal(seen.fault, null, fixture.id);
    assert.equal(seen.verdict === "clean", seen.globals.every(({ allowed }) => allowed), fixture.id);
    if (fixture.kind === "save") assert.deepEqual(seen.members, [], fixture.id); // TorchScript has pickles beside data.pkl
    assert.deepEqual(codesOf(seen), [], fixture.id);
  }
  for (const line of tally.lines(3)) t.diagnostic(line);
});

test("a pickle is found under any name, stored or deflated, of any protocol", async () => {
  const other = hostileZip([
    { name: "a/data.pkl", bytes: latin1("\x80\x02}.") },
    { name: "a/version", bytes: latin1("3\n") },
    { name: "a/constants.json", bytes: latin1(EVIL) },
    { name: "a/deflated.txt", bytes: latin1(EVIL), deflate: true },
    { name: "a/old.txt", bytes: latin1(EVIL_OLD) },
    { name: "a/bytecode.pkl", bytes: latin1("\x80\x02)."), deflate: true },
    { name: "a/notes.txt", bytes: latin1("class X(object):\n  pass\n") },
    { name: "a/long-extra", bytes: latin1(EVIL), local: { extra: Buffer.concat([Buffer.from("FB\xff\x0f", "latin1"), Buffer.alloc(4095)]) } },
    { name: "a/model.PKL", bytes: latin1("no pickle") },
  ]);
  const seen = await inspect(other);
  assert.equal(seen.fault, null);
  assert.equal(seen.verdict, "dangerous");
  assert.deepEqual(seen.members.map(({ record, offset, globals, fault }) => [record, offset, globals.map(({ name }) => name).join(), fault?.code ?? null]), [
    ["a/constants.json", 0, "system", null],
    ["a/deflated.txt", 0, "system", null],
    ["a/old.txt", 0, "system", null],
    ["a/bytecode.pkl", 0, "", null],
    ["a/long-extra", 0, "system", null],
    ["a/model.PKL", 0, "", "PICKLE_OPCODE"],
  ]);
  const [{ globals }] = seen.members;
  assert.deepEqual(globals.map(({ module, name, offset, opcode, verdict }) => [module, name, offset, opcode, verdict]), [["posix", "system", 2, "GLOBAL", "dangerous"]]);
});

test("a pickle among storages is found, also where a tensor is made of it; bytes that begin like one by chance are not told", async () => {
  const hidden = tensor([...latin1(EVIL)], { dtype: "uint8" });
  const chance = tensor([0x80, 2, 0xff, 1, 2, 3, 4, 5], { dtype: "uint8" });
  const old = tensor([...latin1("cats\n and dogs")], { dtype: "uint8" });
  const seen = await inspect(saveSync({ hidden, chance, old }));
  assert.deepEqual(seen.members.map(({ record, globals }) => [record, globals.length]), [["archive/data/0", 1]]);
  assert.equal(seen.verdict, "dangerous");
  assert.equal((await inspect(saveSync({ chance, old }))).verdict, "clean");
});

test("what stands behind STOP is told and scanned", async () => {
  const seen = await inspect(checkpointOf(`\x80\x02N.${EVIL}N.`));
  assert.deepEqual(seen.globals, []);
  assert.deepEqual(seen.members.map(({ record, offset, globals }) => [record, offset, globals.length]), [["archive/data.pkl", 4, 1]]);
  assert.ok(codesOf(seen).includes("AFTER_STOP"));
  assert.equal(seen.verdict, "dangerous");
  const junk = await inspect(checkpointOf("\x80\x02N.junk"));
  assert.deepEqual([junk.members, codesOf(junk), junk.verdict], [[], ["AFTER_STOP"], "clean"]);
});

test("a pickle inside bytes of a pickle is told, through protocol 2's way of writing bytes too, and deeper", async () => {
  const bytes = (content: string): string => `C${String.fromCharCode(content.length)}${content}`;
  const direct = await inspect(checkpointOf(`\x80\x03${bytes(EVIL)}.`));
  assert.deepEqual(direct.members.map(({ record, offset, inBytes, globals }) => [record, offset, inBytes, globals.length]), [["archive/data.pkl", 4, true, 1]]);
  const encoded = await inspect(saveSync({ payload: latin1(EVIL) }));
  assert.deepEqual(encoded.members.map(({ inBytes, offset, globals }) => [inBytes, offset, globals.length]), [[true, null, 1]]);
  const twice = await inspect(checkpointOf(`\x80\x03${bytes(`\x80\x03${bytes(EVIL)}.`)}.`));
  assert.deepEqual(twice.members.map(({ globals }) => globals.length), [0, 1]);
  for (const seen of [direct, encoded, twice]) {
    assert.ok(codesOf(seen).includes("PICKLE_IN_BYTES"));
    assert.equal(seen.verdict, "dangerous");
  }
  let deep = EVIL;
  for (let i = 0; i < 12; i++) deep = `\x80\x03B${String.fromCharCode(deep.length & 255, deep.length >> 8)}\0\0${deep}.`;
  const buried = await inspect(checkpointOf(deep));
  assert.deepEqual([buried.verdict, codesOf(buried).at(-1)], ["incomplete", "UNSCANNED"]);
});

test("a source that is no container is scanned as a pickle, and what is stacked behind it", async () => {
  for (const [bytes, count] of [[EVIL, 1], [EVIL_OLD, 1], [`\x80\x02N.${EVIL}`, 2]] as const) {
    const seen = await inspect(latin1(bytes));
    assert.equal(seen.verdict, "dangerous");
    assert.ok(namesOf(seen).includes("posix.system"));
    assert.ok(seen.members.length + (seen.globals.length > 0 ? 1 : 0) >= count - 1);
  }
  const stacked = await inspect(latin1("\x80\x02N.".repeat(500)));
  assert.ok(codesOf(stacked).includes("UNSCANNED"));
  assert.notEqual(stacked.verdict, "clean");
});

test("the stream format: every one of its pickles is seen, and what stands behind its storages", async () => {
  const magic = "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.";
  const stream = (system: string, keys: string, behind: string = ""): Uint8Array => latin1(`${magic}\x80\x02M\xe9\x03.${system}\x80\x02N.${keys}${behind}`);
  const honest = await inspect(stream("\x80\x02}.", "\x80\x02]."));
  assert.deepEqual([honest.container, honest.fault, honest.verdict], ["legacy", null, "clean"]);
  for (const file of [stream(EVIL, "\x80\x02]."), stream("\x80\x02}.", `\x80\x02]${named("posix", "system")}0.`), stream("\x80\x02}.", "\x80\x02].", EVIL)]) {
    const seen = await inspect(file);
    assert.ok(namesOf(seen).includes("posix.system"), JSON.stringify(seen.fault));
    assert.equal(seen.verdict, "dangerous");
  }
});

test("headers that disagree, seals, wrong checksums and bytes around the archive are warnings", async () => {
  const base = { name: "a/data.pkl", bytes: latin1("\x80\x02}.") };
  const evil = { name: "a/x.pkl", bytes: latin1(EVIL) };
  const cases: readonly (readonly [code: string, file: Uint8Array, verdict: string])[] = [
    ["LOCAL_NAME", hostileZip([{ ...base, local: { name: "a/data.bin" } }]), "clean"],
    ["LOCAL_FLAGS", hostileZip([{ ...base, local: { flags: 1 } }]), "clean"],
    ["LOCAL_FLAGS", hostileZip([{ ...base, local: { flags: 0x20 } }]), "clean"],
    ["LOCAL_METHOD", hostileZip([{ ...base, local: { method: 8 } }]), "clean"],
    ["TRAILING", hostileZip([base], { suffix: Buffer.alloc(100) }), "clean"],
    ["TRAILING", hostileZip([base], { comment: Buffer.from("hello") }), "clean"],
    ["ENCRYPTED", hostileZip([base, { ...evil, flags: 1 }]), "incomplete"],
    ["UNSCANNED", hostileZip([base, { ...evil, method: 12 }]), "incomplete"],
    ["CRC", hostileZip([base, { ...evil, crc: 1 }]), "dangerous"],
    ["NO_LOCAL_HEADER", hostileZip([base, { name: "a/pad", bytes: Buffer.alloc(300) }, { ...evil, at: 100 }]), "incomplete"],
  ];
  for (const [code, file, verdict] of cases) {
    const seen = await inspect(file);
    assert.ok(codesOf(seen).includes(code), `${code}: ${JSON.stringify(seen.warnings)} ${JSON.stringify(seen.fault)}`);
    assert.equal(seen.verdict, verdict, code);
    for (const { message } of seen.warnings) assert.match(message, /^[A-Z0-9].*[^.]$/);
  }
  const flagged = await inspect(hostileZip([base, { ...evil, flags: 0x20 }]));
  assert.equal(flagged.verdict, "dangerous", "patch data is a flag alone: the content is there");
});

test("records that lie about their deflated size are faults of their members", async () => {
  const base = { name: "a/data.pkl", bytes: latin1("\x80\x02}.") };
  const bomb = { name: "a/bomb.pkl", bytes: Buffer.alloc(1 << 20, "N"), deflate: true };
  for (const size of [10, 2 << 20, 0xfffffffe]) {
    const seen = await inspect(hostileZip([base, { ...bomb, size }]));
    assert.equal(seen.verdict, "incomplete");
    assert.ok(seen.members[0]?.fault?.code === "INFLATE" || codesOf(seen).includes("UNSCANNED"), JSON.stringify(seen));
  }
});

test("uses decide about functions that serve both sides", async () => {
  const verdict = async (pickle: string): Promise<string> => (await inspect(checkpointOf(`\x80\x02${pickle}.`))).verdict;
  const getattr = named("__builtin__", "getattr");
  const member = `${getattr}${named("m", "Outer")}${text("Inner")}\x86R`;
  assert.equal(await verdict(member), "inert");
  assert.equal(await verdict(`${member})\x81`), "inert");
  assert.equal(await verdict(`${member})R`), "dangerous");
  assert.equal(await verdict(`${getattr}${named("m", "Outer")}${text("__class__")}\x86R`), "dangerous");
  assert.equal(await verdict(`${getattr}${text("a")}${text("Inner")}\x86R`), "dangerous");
  assert.equal(await verdict(`${getattr}${named("torch", "hub")}${text("load")}\x86R`), "dangerous");
  const partial = `${named("functools", "partial")}${named("m", "f")}\x85R`;
  assert.equal(await verdict(partial), "inert");
  assert.equal(await verdict(`${partial})R`), "dangerous");
  assert.equal(await verdict(named("__builtin__", "map")), "inert");
  assert.equal(await verdict(`${named("__builtin__", "map")}${named("m", "f")}]\x86R`), "dangerous");
  assert.equal(await verdict(`${named("torch._tensor", "_rebuild_from_type_v2")}(${member}${named("m", "T")})}tR`), "dangerous");
  // By another way to the same thing.
  for (const [module, name] of [["torch.serialization", "os.system"], ["m", "f.__globals__"], ["builtins", "eval.__call__"], ["__builtin__", "execfile"], ["os.path", "join"]]) {
    assert.equal(await verdict(named(module, name)), "dangerous", `${module}.${name}`);
  }
  assert.equal(await verdict(named("_io", "BytesIO")), "inert");
});

test("inspect of many storages costs few reads, and reads no more of a large one than its beginning", async () => {
  const many = saveSync(Array.from({ length: 20_000 }, (_, i) => tensor([i])));
  const large = saveSync([tensor(new Float32Array(1 << 20) as unknown as number[]), tensor([1])]);
  for (const [bytes, most] of [[many, 200], [large, 20]] as const) {
    let reads = 0;
    let read = 0;
    const spy: Source = {
      size: bytes.length,
      read: (offset, into) => {
        reads++;
        read += into.length;
        into.set(bytes.subarray(offset, offset + into.length));
        return into.length;
      },
    };
    const seen = await inspect(spy);
    assert.deepEqual([seen.verdict, seen.members, seen.warnings], ["clean", [], []]);
    assert.ok(reads < most, `${reads} reads`);
    if (bytes === large) assert.ok(read < 300_000, `${read} bytes`);
  }
});

test("a module saved whole names classes that are not plain data, and nothing dangerous", async () => {
  const seen = await inspect(saveSync(new Module("Linear", { module: "torch.nn.modules.linear" })));
  assert.equal(seen.verdict, "inert");
  const odd = await inspect(saveSync(new PyObject({ module: "subprocess", name: "Popen", args: ["true"] })));
  assert.equal(odd.verdict, "dangerous");
});

test("elements that begin like a pickle by chance are none: the verdict stays clean", async () => {
  // 77835 as a float32 is 80 05 98 47: PROTO 5, NEXT_BUFFER.
  const file = saveSync({ x: tensor([77835, 1, 2], { dtype: "float32" }), y: tensor([-1, 5, 0x2e028007], { dtype: "int32" }) });
  const seen = await inspect(file);
  assert.deepEqual([seen.verdict, seen.members], ["clean", []]);
});
