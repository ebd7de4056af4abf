// Files that are damaged, or no checkpoints at all. Each gives an error of brine's own that says what was found and what to
// do; none gives other values than those that were saved.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { DEFAULT_LIMITS, FormatError, inspect, LimitError, load, loadSync, open, openSync, SourceError } from "../bindings/index.js";
import { BrineError } from "../bindings/core/errors.js";
import { Damaged, damageAll } from "./support/damage.js";
import { goldenFixtures, projectRoot } from "./support/walk.js";
import { tarObject, tarOf, tarStorages, tarTensors, torchTar } from "./support/tar.js";
import { zipOf } from "./support/zip.js";

/** Files under this size are damaged at every byte. */
const SMALL = 4096;
/** All of them, damaged in every way, within this. */
const SECONDS = 60;

const golden = (name: string): Buffer => readFileSync(join(projectRoot, "tests", "golden", name));

/** The golden files of zip checkpoints, smaller ones first, so that workers' shares weigh the same. */
function files(under: number): string[] {
  return goldenFixtures().filter(({ save }) => save?.format === "zip").map(({ path }) => path)
    .filter((path) => statSync(path).size < under).sort((a, b) => statSync(a).size - statSync(b).size);
}

test("every small golden file, cut at every byte and with every byte turned round, gives a typed error or equal values", async (t) => {
  const paths = files(SMALL);
  assert.ok(paths.length > 50);
  const started = performance.now();
  const damage = await damageAll(paths, Math.min(availableParallelism(), 8));
  const seconds = (performance.now() - started) / 1000;
  const outcomes = new Map<string, number>();
  for (const share of damage) for (const [outcome, count] of Object.entries(share.outcomes)) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
  const loads = damage.reduce((sum, share) => sum + share.loads, 0);
  t.diagnostic(`${loads} loads of ${paths.length} files in ${seconds.toFixed(1)} s`);
  t.diagnostic([...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${count} ${outcome}`).join(", "));
  const failures = damage.flatMap((share) => share.failures);
  assert.deepEqual(failures.slice(0, 20), [], `${failures.length} failures`);
  assert.ok(seconds < SECONDS, `${seconds.toFixed(1)} s, wanted ${SECONDS}`);
});

test("one bit of every byte of a few golden files, turned round: load, open and inspect say the same of it", async () => {
  const damaged = new Damaged();
  for (const name of ["seed_xy", "parameter_with_attrs", "py_sets", "views_shared"]) {
    const bytes = Uint8Array.from(golden(`${name}.pt`));
    const value = loadSync(Uint8Array.from(bytes), { weightsOnly: false });
    for (let at = 0; at < bytes.length; at++) {
      const bit = 1 << (at * 5 + (at >> 3)) % 8;
      bytes[at] ^= bit;
      damaged.load(bytes, value, `${name} with bit ${bit} of byte ${at} turned round`);
      const { fault } = await inspect(bytes);
      try {
        for (const info of openSync(bytes).tensors()) assert.equal(typeof info.name, "string");
        assert.equal(fault, null);
      } catch (error) {
        if (!(error instanceof BrineError)) throw error;
        assert.equal(fault?.code, error.code, `inspect and open differ at byte ${at} of ${name}`);
      }
      bytes[at] ^= bit;
    }
  }
  assert.deepEqual(damaged.failures, []);
});

const floats = new Uint8Array(Float32Array.of(0.5, -1, 2, 3).buffer);
const tar = torchTar(
  tarStorages([{ key: 16, type: "Float", numel: 4, content: floats }], [[32, 16, 1, 2]]),
  tarTensors([{ key: 1, storage: 16, size: [2, 2], stride: [2, 1] }, { key: 2, storage: 32, size: [2], stride: [1] }]),
  tarObject(1, 2, 32),
);
const pickles: readonly (readonly [string, string])[] = [
  ["a pickle", "\x80\x02}q\x00(X\x01\x00\x00\x00ac__builtin__\ncomplex\nG?\xf0\x00\x00\x00\x00\x00\x00K\x02\x86RX\x01\x00\x00\x00b]q\x01(h\x01Neu."],
  ["a pickle in a frame", "\x80\x04\x95\x22\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94\x8c\x03xyz\x94\x8c\x01k\x94]\x94(K\x07G@\x04\x00\x00\x00\x00\x00\x00eu."],
  ["a pickle of protocol 0", "(dp0\nS'a'\np1\n(lp2\nI1\naF2.5\nasVb\\u00e9\ng2\ns."],
];

test("streams, tars, plain pickles and gzip files, cut at every byte, give typed errors or equal values", (t) => {
  const seeds: [string, Uint8Array][] = [
    ["a stream", golden("seed_xy.legacy.pt")], ["a tar", tar], ["gzip", gzipSync(golden("seed_xy.legacy.pt"))],
    ...pickles.map(([what, text]): [string, Uint8Array] => [what, Buffer.from(text, "latin1")]),
  ];
  const cuts = new Damaged();
  for (const [what, bytes] of seeds) {
    let value: unknown;
    try {
      value = loadSync(bytes, { weightsOnly: false });
    } catch (error) {
      assert.fail(`${what}: ${String(error)}`);
    }
    for (let length = 0; length < bytes.length; length++) cuts.load(bytes.subarray(0, length), value, `${what} cut at ${length}`);
    const turned = new Damaged(what === "gzip");
    const copy = Uint8Array.from(bytes);
    for (let at = 0; at < copy.length; at++) {
      for (const bits of [0xff, 1 << at % 8]) {
        copy[at] ^= bits;
        turned.load(copy, value, `${what} with bits ${bits} of byte ${at} turned round`);
        copy[at] ^= bits;
      }
    }
    t.diagnostic(`${what}: ${[...turned.outcomes].sort(([, a], [, b]) => b - a).slice(0, 8).map(([outcome, count]) => `${count} ${outcome}`).join(", ")}`);
    assert.deepEqual(turned.failures.slice(0, 10), []);
  }
  assert.deepEqual(cuts.failures.slice(0, 10), []);
});

test("tars made to be slow are not", () => {
  // Each record is decoded with a memo of its own: one that is made large must not cost each of those behind it.
  const key = (n: number): string => `\x8a\x04${String.fromCharCode(n & 255, n >> 8 & 255, n >> 16 & 255, 0)}`;
  const record = (n: number, memo: string): Buffer => Buffer.from(`\x80\x02${key(n)}${memo}X\x03\x00\x00\x00cpuctorch\nByteStorage\n\x87.\x00\x00\x00\x00\x00\x00\x00\x00`, "latin1");
  const count = 50_000;
  const records = Array.from({ length: count }, (_, n) => record(n + 1, n === 0 ? "r\xff\xff\x0f\x00".repeat(100) : ""));
  const storages = Buffer.concat([Buffer.from(`\x80\x02${key(count)}.`, "latin1"), ...records, Buffer.from("\x80\x02].", "latin1")]);
  const started = performance.now();
  loadSync(torchTar(storages, tarTensors([]), tarObject(1)), { weightsOnly: false });
  assert.ok(performance.now() - started < 10_000);
});

test("a file that is no checkpoint is called what it is, with advice", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-hostile-"));
  try {
    const other = tarOf([{ name: "weights.bin", bytes: Buffer.from("weights") }]);
    const npz = zipOf([{ name: "arr_0.npy", bytes: Buffer.from("\x93NUMPY\x01\x00", "latin1") }]);
    const cases: readonly (readonly [name: string, bytes: Uint8Array, code: string, message: RegExp])[] = [
      ["model.tar.gz", gzipSync(other), "GZIP", /gzip.*[Uu]npack/s],
      ["model.tar", other, "TAR", /tar archive.*[Uu]npack/s],
      ["arrays.npz", npz, "ZIP_NOT_IN_FOLDER", /arr_0\.npy/],
      ["notes.txt", Buffer.from("These are not the weights you are looking for\n"), "NOT_A_CHECKPOINT", /text file.*torch\.save/s],
      ["noise.bin", Buffer.from([1, 2, 3, 4, 250, 251, 252, 253]), "NOT_A_CHECKPOINT", /unknown kind.*torch\.save/s],
      ["empty.pt", new Uint8Array(0), "EMPTY", /empty/],
      ["page.pt", Buffer.from("<!DOCTYPE html><html><title>404</title>"), "HTML", /HTML page/],
      ["lfs.pt", Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "GIT_LFS", /git lfs pull/],
    ];
    for (const [name, bytes, code, message] of cases) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      for (const attempt of [() => load(path), () => open(path), async () => loadSync(path), async () => openSync(bytes)]) {
        await assert.rejects(attempt, (error: unknown) => {
          assert.ok(error instanceof BrineError, name);
          assert.equal(error.code, code, name);
          assert.match(error.message, message);
          return true;
        });
      }
      assert.equal((await inspect(path)).fault?.code, code);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a directory and a missing file are source errors that name the path", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-hostile-"));
  try {
    for (const [path, words] of [[folder, /directory/i], [join(folder, "nowhere.pt"), /no such file|does not exist|not found/i]] as const) {
      for (const attempt of [() => load(path), async () => loadSync(path), () => inspect(path)]) {
        await assert.rejects(attempt, (error: unknown) => {
          assert.ok(error instanceof SourceError);
          assert.match(error.message, words);
          assert.ok(error.message.includes(path));
          return true;
        });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a cut file says that it is probably cut short", () => {
  const whole = golden("seed_xy.pt");
  for (const part of [0.25, 0.5, 0.9]) {
    assert.throws(() => loadSync(whole.subarray(0, Math.floor(whole.length * part))), (error: unknown) => {
      assert.ok(error instanceof FormatError);
      assert.equal(error.code, "ZIP_NO_END");
      assert.match(error.message, /cut short/);
      return true;
    });
  }
});

/** The records of a golden file, for making others of. */
function recordsOf(name: string): Map<string, Uint8Array> {
  const bytes = golden(name);
  const out = new Map<string, Uint8Array>();
  for (const { name: record, size } of openSync(bytes).records) {
    const header = bytes.indexOf(Buffer.concat([Buffer.from("PK\x03\x04", "latin1")]), at(out));
    const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
    out.set(record, bytes.subarray(start, start + size));
  }
  return out;

  function at(found: Map<string, Uint8Array>): number {
    const last = [...found.values()].at(-1);
    return last === undefined ? 0 : last.byteOffset - bytes.byteOffset + last.length;
  }
}

test("a storage shorter or longer than claimed, or missing, is refused before anything is made of it", () => {
  const records = recordsOf("seed_xy.pt");
  const first = [...records.keys()].find((name) => name.endsWith("/data/0")) as string; // the file has storages
  const archive = (change: (bytes: Uint8Array) => Uint8Array | undefined): Uint8Array => zipOf([...records].flatMap(([name, bytes]) => {
    const changed = name === first ? change(bytes) : bytes;
    return changed === undefined ? [] : [{ name, bytes: changed }];
  }));
  loadSync(archive((bytes) => bytes));
  const sizes: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array | undefined])[] = [
    ["STORAGE_SIZE", (bytes) => bytes.subarray(0, bytes.length - 1)],
    ["STORAGE_SIZE", (bytes) => Buffer.concat([bytes, new Uint8Array(1)])],
    ["STORAGE_SIZE", () => new Uint8Array(0)],
    ["STORAGE_MISSING", () => undefined],
  ];
  for (const [code, change] of sizes) {
    assert.throws(() => loadSync(archive(change)), (error: unknown) => {
      assert.ok(error instanceof FormatError);
      assert.equal(error.code, code);
      assert.match(error.message, /storage|record/i);
      return true;
    });
  }
});

test("every limit has a name, holds when it is lowered, and tells both numbers", () => {
  assert.deepEqual(Object.keys(DEFAULT_LIMITS).sort(), ["description", "entries", "inflated", "storages"]);
  const bytes = golden("seed_xy.pt");
  for (const limits of [{ entries: 2 }, { description: 64 }, { storages: 8 }]) {
    assert.throws(() => loadSync(bytes, { limits }), (error: unknown) => {
      assert.ok(error instanceof LimitError, JSON.stringify(limits));
      assert.ok(error.found > error.limit);
      return true;
    });
  }
});

/** A pickle as the only content of an archive. */
function pickled(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
  return zipOf([{ name: "archive/data.pkl", bytes }, { name: "archive/version", bytes: Buffer.from("3\n") }]);
}

test("a list nested a million deep loads, or gives a typed error; nothing overflows", () => {
  const depth = 1_000_000;
  const bytes = pickled("\x80\x02", "]".repeat(depth + 1), "a".repeat(depth), ".");
  let value: unknown = loadSync(bytes);
  for (let i = 0; i < depth; i++) value = (value as unknown[])[0];
  assert.deepEqual(value, []);
});

test("a pickle of nested shared tuples cannot make a description endless", async () => {
  const { describe } = await import("../bindings/checkpoint/describe.js");
  const doubled = Array.from({ length: 60 }, (_, i) => `q${String.fromCharCode(i)}h${String.fromCharCode(i)}\x86`).join("");
  const value = loadSync(pickled("\x80\x02K\x01\x85", doubled, "."));
  assert.throws(() => describe({ root: value, globals: [], records: [] }), LimitError);
});
