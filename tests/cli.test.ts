// The built command, as a user runs it: what it prints, what it answers, what it says when something is wrong.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { convert } from "../bindings/cli/convert.js";
import { Output } from "../bindings/cli/output.js";
import { save, tensor, type ProgressEvent } from "../bindings/index.js";
import type { JsonObject } from "../bindings/checkpoint/json.js";
import { compareDocuments } from "./portable/compare.js";
import { parseJson } from "./portable/expect-json.js";
import { hostileZip } from "./support/hostile_zip.js";
import { projectRoot } from "./support/walk.js";

const command = join(projectRoot, "dist", "bindings", "cli", "main.js");
const golden = (name: string): string => join(projectRoot, "tests", "golden", name);
const folder = mkdtempSync(join(tmpdir(), "brine-cli-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function brine(...args: string[]): Answer {
  return spawnSync(process.execPath, [command, ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
}

test("ls aligns name, dtype, shape and size, says what is shared, and totals", () => {
  const { status, stdout, stderr } = brine("ls", golden("tinynet_tied_state_dict.pt"));
  assert.equal(stderr, "");
  assert.equal(status, 0);
  const lines = stdout.trimEnd().split("\n");
  assert.match(lines[0], /^name +dtype +shape +size$/);
  const column = lines[0].indexOf("dtype");
  for (const line of lines.slice(1, -1)) assert.equal(line[column - 1], " ");
  assert.ok(lines.some((line) => /shares the storage of /.test(line)), stdout);
  assert.match(lines.at(-1) ?? "", /^\d+ tensors, \d+ elements, .* in \d+ storages of .*B$/);
});

test("ls --json is one object for each tensor", () => {
  const { status, stdout } = brine("ls", "--json", golden("seed_xy.pt"));
  assert.equal(status, 0);
  const rows = JSON.parse(stdout) as { readonly name: string; readonly dtype: string; readonly shape: number[]; readonly path: string }[];
  assert.deepEqual(rows.map(({ name, dtype, path }) => [name, dtype, path]), [["x", "int64", '$["x"]'], ["y", "float32", '$["y"]']]);
  assert.ok(stdout.split("\n").length >= rows.length + 2);
  assert.deepEqual(JSON.parse(brine("ls", "--json", golden("root_none.pt")).stdout), []);
});

test("inspect says what the file is, what it names, and what weights-only loading thinks of that", () => {
  const plain = brine("inspect", golden("seed_xy.pt"));
  assert.equal(plain.status, 0);
  assert.match(plain.stdout, /^container +zip$/m);
  assert.match(plain.stdout, /accepts all/);
  const objects = brine("inspect", golden("py_objects.pt"));
  assert.equal(objects.status, 0);
  assert.match(objects.stdout, /inert +fixture_types\.Point +GLOBAL at byte \d+/);
  assert.match(objects.stdout, /refuses \d+/);
});

test("inspect prints the other pickles of a file, what is odd about it, and the verdict, with nothing that steers a terminal", () => {
  const path = join(folder, "evil.pt");
  const evil = Buffer.from("\x80\x02cposix\nsystem\n(X\x04\x00\x00\x00truetR.", "latin1");
  writeFileSync(path, hostileZip([
    { name: "a/data.pkl", bytes: Buffer.from("\x80\x02}.junk", "latin1") },
    { name: "a/x\x1b[2J.pkl", bytes: evil, local: { name: "a/yyyyy.pkl" } },
  ]));
  const { stdout, status } = brine("inspect", path);
  assert.equal(status, 0);
  assert.ok(!stdout.includes("\x1b"));
  assert.match(stdout, /^pickle {6}a\/x.*\.pkl: 1 name$/m);
  assert.match(stdout, /^ {2}dangerous {2}posix\.system {2}GLOBAL at byte 2$/m);
  assert.match(stdout, /^warning {5}\[AFTER_STOP\] 4 bytes/m);
  assert.match(stdout, /^warning {5}\[LOCAL_NAME\] /m);
  assert.match(stdout, /^verdict {5}dangerous: /m);
});

test("inspect --json --hashes is PyTorch's own description", () => {
  for (const name of ["seed_xy", "views_strided", "py_keys", "py_floats", "parameter_with_attrs"]) {
    const { status, stdout } = brine("inspect", "--json", "--hashes", golden(`${name}.pt`));
    assert.equal(status, 0);
    const expected = parseJson(readFileSync(golden(`${name}.expect.json`), "utf8")) as JsonObject;
    assert.deepEqual(compareDocuments(expected, parseJson(stdout) as JsonObject), [], name);
    const quick = JSON.parse(brine("inspect", "--json", golden(`${name}.pt`)).stdout) as { readonly tensors: object[] };
    assert.ok(quick.tensors.every((row) => !("sha256" in row)));
  }
});

test("inspect of a damaged file prints what it saw and answers 1", () => {
  const path = join(folder, "cut.pt");
  writeFileSync(path, readFileSync(golden("seed_xy.pt")).subarray(0, 900));
  const text = brine("inspect", path);
  assert.equal(text.status, 1);
  assert.match(text.stdout, /^fault +\[ZIP_NO_END\]/m);
  const json = brine("inspect", "--json", path);
  assert.equal(json.status, 1);
  assert.equal((JSON.parse(json.stdout) as { readonly fault: { readonly code: string } }).fault.code, "ZIP_NO_END");
});

test("convert gives the same bytes, the folder of the archive included", () => {
  for (const name of ["seed_xy", "lstm_state_dict", "py_objects", "linear_state_dict-1.13.1", "seed_xy-2.6.0", "path_simple"]) {
    const out = join(folder, "another name.pt");
    const { status, stdout, stderr } = brine("convert", golden(`${name}.pt`), out);
    assert.deepEqual([status, stdout, stderr], [0, "", ""], name);
    assert.deepEqual(readFileSync(out), readFileSync(golden(`${name}.pt`)), name);
  }
});

test("convert refuses what it would have to ignore or could not read again, and names the flag that helps", () => {
  const from = golden("checkpoint.pt");
  const attempts: readonly (readonly [args: readonly string[], status: number, says: RegExp])[] = [
    [[from, join(folder, "x.pt"), "--copy"], 2, /--copy is for safetensors/],
    [[from, join(folder, "x.index.json")], 2, /the name of an index/],
    [[from, "http://127.0.0.1:9/x.pt"], 1, /\[DESTINATION\].*an address is only read/],
    [[from, join(folder, "none", "x.pt")], 1, /\[ENOENT\].*there is no such folder/],
    [[from, join(folder, "x.safetensors")], 1, /note: --flatten/],
    [[golden("tinynet_tied_state_dict.pt"), join(folder, "x.safetensors")], 1, /note: --copy/],
  ];
  for (const [args, expected, says] of attempts) {
    const { status, stderr } = brine("convert", ...args);
    assert.match(stderr, says);
    assert.equal(status, expected, stderr);
  }
});

test("an interrupted convert into safetensors stops, and leaves no file behind", async () => {
  const place = mkdtempSync(join(folder, "interrupted-"));
  for (const flatten of [false, true]) {
    const stop = new AbortController();
    const where = { signal: stop.signal, onProgress: ({ phase }: ProgressEvent) => void (phase === "write" && stop.abort(new RangeError("enough"))) };
    const out = new Output(process.stdout, process.stderr);
    await assert.rejects(convert(golden("lstm_state_dict.pt"), join(place, "out.safetensors"), { flatten, copy: true }, where, out), /enough/);
    assert.deepEqual(readdirSync(place), []);
  }
});

test("convert says what it does not write as it was", () => {
  const out = join(folder, "p4.pt");
  const { status, stderr } = brine("convert", golden("seed_xy.p4.pt"), out);
  assert.equal(status, 0);
  assert.match(stderr, /^brine: note: pickle protocol 4 is written as 2\n$/);
  assert.deepEqual(readFileSync(out), readFileSync(golden("seed_xy.pt")));
});

test("errors are one line with a code and answer 1", () => {
  const text = join(folder, "notes.txt");
  writeFileSync(text, "nothing to load\n");
  for (const [args, message] of [
    [["ls", join(folder, "nowhere.pt")], /^brine: SourceError \[[A-Z_]+\]: .*nowhere\.pt/],
    [["ls", folder], /^brine: SourceError \[[A-Z_]+\]: .*directory/i],
    [["ls", text], /^brine: FormatError \[NOT_A_CHECKPOINT\]: .*text file/],
    [["convert", text, join(folder, "out.pt")], /^brine: FormatError \[NOT_A_CHECKPOINT\]/],
    [["convert", golden("seed_xy.pt"), join(folder, "no", "such", "folder.pt")], /^brine: SourceError/],
  ] as const) {
    const { status, stdout, stderr } = brine(...args);
    assert.deepEqual([status, stdout], [1, ""], args.join(" "));
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  }
});

test("arguments that make no sense answer 2 and point to --help", () => {
  for (const args of [[], ["unpickle", "x"], ["ls"], ["ls", "a", "b"], ["ls", "--colour", "a"], ["convert", "a"]]) {
    const { status, stdout, stderr } = brine(...args);
    assert.deepEqual([status, stdout], [2, ""], args.join(" "));
    assert.match(stderr, /^brine: .*--help/);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  }
});

test("--help and --version answer 0", () => {
  for (const args of [["--help"], ["-h"], ["ls", "--help"]]) {
    const { status, stdout } = brine(...args);
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: brine/);
  }
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { readonly version: string };
  assert.equal(brine("--version").stdout, `brine ${version}\n`);
});

test("a name out of a file cannot steer the terminal, and nothing is coloured where there is none", async () => {
  const path = join(folder, "escape.pt");
  await save({ "\x1b[31mred\x1b[0m\n\u202eevil": tensor([1]) }, path);
  const { stdout } = brine("ls", path);
  assert.ok(!/[\x00-\x09\x0b-\x1f\x7f\u202e]/.test(stdout), JSON.stringify(stdout));
  assert.ok(stdout.includes("\\x1b[31mred\\x1b[0m\\x0a\\u202eevil"));
});

test("a reader that has seen enough ends the command quietly", async () => {
  const path = join(folder, "many.pt");
  await save(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`layer.${i}.weight`, tensor([i])])), path);
  const child = spawn(process.execPath, [command, "ls", path], { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  assert.equal(stderr, "");
  assert.equal(code, 0);
});
