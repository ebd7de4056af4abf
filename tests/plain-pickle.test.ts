// Plain pickles: values that pickle.dump wrote, with no container of torch's around them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect, LimitError, load, loadSync, open, openSync, PyObject, saveSync, UnpicklingError, type Dict, type Tensor } from "../bindings/index.js";
import { BrineError } from "../bindings/core/errors.js";
import { pythonsWithTorch } from "./support/pythons.js";
import { needsShared, projectRoot, sharedFolder } from "./support/walk.js";

const pickle = (text: string): Buffer => Buffer.from(text, "latin1");
const golden = (name: string): Buffer => readFileSync(join(projectRoot, "tests", "golden", name));
const full = { weightsOnly: false } as const;

test("a pickle of protocol 2 or later loads, opens and inspects, whatever follows it", async () => {
  const bytes = pickle("\x80\x02}q\x00X\x01\x00\x00\x00aK\x07s.");
  for (const whole of [bytes, Buffer.concat([bytes, Buffer.from("more")])]) {
    for (const found of [loadSync<Dict>(whole), await load<Dict>(whole), openSync(whole).root() as Dict]) assert.equal(found.get("a"), 7);
    const file = await open(whole);
    assert.deepEqual([file.container, file.end, file.records.length], ["pickle", bytes.length, 0]);
    assert.deepEqual(file.saveOptions, { format: "zip" });
    const seen = await inspect(whole);
    assert.deepEqual([seen.container, seen.end, seen.fault], ["pickle", bytes.length, null]);
  }
});

test("a pickle of protocol 0 or 1 is one where all of it decodes, and text never is", async () => {
  assert.deepEqual(loadSync(pickle("(lp0\nI1\naI2\na."), full), [1, 2]);
  assert.deepEqual(loadSync(pickle("]q\x00(K\x01K\x02e.")), [1, 2]);
  assert.equal(loadSync(pickle("I42\n."), full), 42);
  const texts = [
    "These are not the weights you are looking for\n", "I am text.\n", "N.\n", "(see below)\n", "cat\ndog\nbird\n", "I1\n.\n", "Name,Size\na,1\n",
    "{\"a\": 1}\n", "[1, 2]\n", "]]>\n", "(((((((((((((((((", "V\n", "Summary\n", "c\n", "Xylophone",
  ];
  for (const text of texts) {
    for (const weightsOnly of [true, false]) {
      assert.throws(() => loadSync(Buffer.from(text), { weightsOnly }), (error: unknown) => {
        assert.ok(error instanceof BrineError, text);
        assert.equal(error.code, "NOT_A_CHECKPOINT", text);
        assert.match(error.message, /found a text file of \d+ bytes/);
        return true;
      });
    }
    assert.equal((await inspect(Buffer.from(text))).container, "other");
  }
  assert.throws(() => loadSync(Buffer.from("I1\n.\n")), /as a pickle it ends at byte 4, and more bytes follow/);
  assert.throws(() => loadSync(Buffer.from("(see below)\n")), /as a pickle it breaks at byte \d+/);
});

test("weights-only refuses names and opcodes of a plain pickle as those of any other", () => {
  const codes: readonly (readonly [string, string])[] = [
    ["\x80\x02cfoo\nBar\n.", "UNSAFE_GLOBAL"], ["\x80\x02cos\nsystem\n.", "BLOCKED_MODULE"],
    ["\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00K\x01.", "UNSAFE_OPCODE"],
    ["cos\nsystem\n(S'true'\ntR.", "BLOCKED_MODULE"], ["cfoo\nBar\n.", "UNSAFE_GLOBAL"], ["(lp0\nI1\na.", "UNSAFE_OPCODE"],
  ];
  for (const [text, code] of codes) {
    assert.throws(() => loadSync(pickle(text)), (e: unknown) => e instanceof UnpicklingError && e.code === code, code);
    loadSync(pickle(text), full);
  }
  assert.ok(loadSync(pickle("cos\nsystem\n(S'true'\ntR."), full) instanceof PyObject);
});

test("a data.pkl without its archive is refused: its storages have no bytes", async () => {
  const zip = golden("seed_xy.pt");
  const seen = await inspect(zip);
  const size = seen.records.find(({ name }) => name.endsWith("/data.pkl"))?.size ?? 0;
  const start = zip.indexOf(pickle("\x80\x02}"));
  const bare = zip.subarray(start, start + size);
  for (const attempt of [() => load(bare), async () => loadSync(bare, full), () => open(bare)]) {
    await assert.rejects(attempt, (e: unknown) => e instanceof UnpicklingError && e.code === "PERSISTENT_ID" && /data\.pkl/.test(e.message));
  }
  const { fault, globals } = await inspect(bare);
  assert.equal(fault?.code, "PERSISTENT_ID");
  assert.ok(globals.length > 0);
});

/** A list of what torch.storage._load_from_bytes makes of these bytes, so often. */
function embedding(bytes: Uint8Array, times: number = 1): Buffer {
  const call = "ctorch.storage\n_load_from_bytes\nh\x00\x85R";
  const length = Buffer.from(Uint32Array.of(bytes.length).buffer);
  return Buffer.concat([pickle("\x80\x03B"), length, bytes, pickle("q\x00]("), pickle(call.repeat(times)), pickle("e.")]);
}

test("checkpoints in bytes of a pickle are read, to a depth, and no more bytes than the pickle has", () => {
  const stream = golden("seed_xy.legacy.pt");
  let nested: Buffer = stream;
  for (let depth = 0; depth < 4; depth++) {
    nested = embedding(nested);
    const [value] = loadSync<Dict[]>(nested, full);
    assert.ok(value !== undefined);
  }
  const isLimit = (e: unknown): boolean => e instanceof LimitError && e.code === "LIMIT_EMBEDDED" && e.found > e.limit;
  assert.throws(() => loadSync(embedding(nested), full), isLimit);
  assert.throws(() => loadSync(embedding(Buffer.concat([stream, Buffer.alloc(5000)]), 3), full), isLimit);
  assert.throws(() => loadSync(embedding(stream)), (e: unknown) => e instanceof UnpicklingError && e.code === "UNSAFE_OPCODE"); // bytes, at protocol 3
  assert.throws(() => loadSync(embedding(Buffer.from("no checkpoint")), full), (e: unknown) => e instanceof BrineError && e.code === "NOT_A_CHECKPOINT");
});

test("ls says of tensors in bytes that they are not listed", () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-pickle-"));
  try {
    const path = join(folder, "bytes.pkl");
    writeFileSync(path, embedding(golden("seed_xy.legacy.pt")));
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot, "dist", "bindings", "cli", "main.js"), "ls", path], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^0 tensors/m);
    assert.match(stderr, /not listed; brine inspect --json has them/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("convert writes a plain pickle as a zip, and says so", needsShared, () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-pickle-"));
  try {
    const from = join(sharedFolder as string, "corpus", "lookalike__picklejl-test-np.pkl"); // needsShared
    const to = join(folder, "out.pt");
    const { status, stderr } = spawnSync(process.execPath, [join(projectRoot, "dist", "bindings", "cli", "main.js"), "convert", from, to], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /a plain pickle is written as a zip of the newest layout/);
    assert.deepEqual(Buffer.from(saveSync(loadSync(from, full), undefined, { folder: "out" })), readFileSync(to));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const WRITE = `
import pickle, sys, torch, json
t = torch.arange(6, dtype=torch.float32).reshape(2, 3)
v = {"t": t, "rows": t[1], "p": torch.nn.Parameter(t.t()), "i": torch.arange(3), "h": torch.ones(2, dtype=torch.bfloat16), "s": t.storage(), "n": 7}
for protocol in range(6):
    with open(sys.argv[1] + str(protocol), "wb") as f:
        pickle.dump(v, f, protocol)
`;

test("tensors that real PyTorch and pickle.dump wrote come out as they were, at every protocol", (t) => {
  const pythons = pythonsWithTorch();
  if (pythons.length === 0) return t.skip("skipped: no PyTorch");
  const folder = mkdtempSync(join(tmpdir(), "brine-pickle-"));
  try {
    for (const python of pythons) {
      const { status, stderr } = spawnSync(python, ["-W", "ignore", "-c", WRITE, join(folder, "p")], { encoding: "utf8" });
      assert.equal(status, 0, stderr);
      for (let protocol = 0; protocol < 6; protocol++) {
        const path = join(folder, `p${protocol}`);
        assert.throws(() => loadSync(path), (e: unknown) => e instanceof UnpicklingError);
        for (const value of [loadSync<Dict>(path, full), openSync(path).root() as Dict]) {
          const tensorOf = (key: string): Tensor => value.get(key) as Tensor; // as written above
          assert.deepEqual(tensorOf("t").toArray(), [[0, 1, 2], [3, 4, 5]]);
          assert.deepEqual(tensorOf("rows").toArray(), [3, 4, 5]);
          assert.deepEqual(tensorOf("p").toArray(), [[0, 3], [1, 4], [2, 5]]);
          assert.deepEqual([tensorOf("p").constructor.name, tensorOf("p").requiresGrad, tensorOf("i").dtype, tensorOf("h").dtype], ["Parameter", true, "int64", "bfloat16"]);
          assert.deepEqual(tensorOf("i").toArray(), [0, 1, 2]);
          assert.deepEqual(tensorOf("h").toArray(), [1, 1]);
          assert.equal(value.get("n"), 7);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
