// The command as a WASI program, in Node's own WASI. It is a build apart (npm run build:cli), so a clone may be without.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { OrderedDict, saveSync, tensor, type Value } from "../bindings/index.js";

const program = fileURLToPath(new URL("../brine-cli.wasm", import.meta.url));
const skip = existsSync(program) ? false : "skipped: no dist/brine-cli.wasm: npm run build:cli makes it";
const dir = mkdtempSync(join(tmpdir(), "brine-wasi-"));
after(() => rmSync(dir, { recursive: true }));

// Node's WASI may end the process that it runs in, and Node 20's crashes unless fast calls are off.
const HOST = `
  import { readFileSync } from "node:fs";
  import { WASI } from "node:wasi";
  const [program, mount, folder, ...args] = process.argv.slice(1);
  const wasi = new WASI({ version: "preview1", args: ["brine", ...args], preopens: { [mount]: folder }, returnOnExit: true });
  const { instance } = await WebAssembly.instantiate(readFileSync(program), wasi.getImportObject());
  process.exitCode = wasi.start(instance);
`;

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(args: readonly string[], mount: string = "."): Run {
  const flags = ["--no-warnings", "--no-turbo-fast-api-calls", "--input-type=module", "-e", HOST, "--"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, program, mount, dir, ...args], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

test("brine-cli ls: prints name, dtype and shape of every tensor in columns, through any name of the folder", { skip }, () => {
  const shared = tensor([[1, 2, 3], [4, 5, 6]]);
  const value: Value = new OrderedDict<Value, Value>([
    ["größe.weight", shared],
    ["b", tensor(true)],
    ["again", shared],
    ["evil\u001b[2J", tensor([], { dtype: "float16" })],
  ]);
  saveSync(value, join(dir, "a.pt"));
  const expected = [
    "größe.weight  int64    [2, 3]",
    "b             bool     []",
    "evil?[2J      float16  [0]",
    "3 tensors",
    "",
  ].join("\n");
  for (const [mount, path] of [[".", "a.pt"], [".", "./a.pt"], ["/", "/a.pt"], ["models", "models/a.pt"], ["/models", "models//a.pt"]]) {
    assert.deepEqual(run(["ls", path], mount), { code: 0, out: expected, err: "" }, `${mount} ${path}`);
  }
});

test("brine-cli ls: says what is wrong, and exits with 1", { skip }, () => {
  writeFileSync(join(dir, "text.pt"), "no checkpoint at all, but a text that is long enough to be looked at");
  mkdirSync(join(dir, "folder"));
  assert.deepEqual(run(["ls", "none.pt"]), {
    code: 1, out: "", err: "Cannot open none.pt: no such file in the folders that this command was given\n",
  });
  assert.match(run(["ls", "text.pt"]).err, /^Cannot read text\.pt: fault \d+ at byte \d+ \(docs\/errors\.md tells them by number\)\n$/);
  assert.equal(run(["ls", "text.pt"]).code, 1);
  assert.equal(run(["ls", "folder"]).code, 1);
  assert.match(run(["ls", "../a.pt"]).err, /^Cannot open/);
});

test("brine-cli: called in another way, it says how, and exits with 2", { skip }, () => {
  for (const args of [[], ["ls"], ["cat", "a.pt"], ["ls", "a.pt", "b.pt"]]) {
    assert.deepEqual(run(args), { code: 2, out: "", err: "Usage: brine ls FILE\n" });
  }
});
