// The command while it works: a line at the foot of a terminal, nothing elsewhere; and Ctrl-C, which leaves nothing half done.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { saveSync, Storage, Tensor } from "../bindings/index.js";
import { printable } from "../bindings/cli/output.js";
import { ProgressLine } from "../bindings/cli/progress.js";
import { serve } from "./support/server.js";
import { projectRoot } from "./support/walk.js";

const command = join(projectRoot, "dist", "bindings", "cli", "main.js");

function terminal(columns?: number): { readonly written: string[]; readonly columns: number | undefined; write(text: string): void } {
  const written: string[] = [];
  return { written, columns, write: (text) => void written.push(text) };
}

test("the line is shown after half a second, ten times a second at most, and taken away", () => {
  const to = terminal();
  let now = 1000;
  const line = new ProgressLine(to, printable, () => now);
  line.show({ phase: "read", loaded: 0, total: 4096, tensor: null });
  now += 499;
  line.show({ phase: "read", loaded: 100, total: 4096, tensor: null });
  line.clear();
  assert.equal(to.written.length, 0, "short work shows nothing");
  now += 1;
  line.show({ phase: "read", loaded: 1024, total: 4096, tensor: "layer.0" });
  now += 99;
  line.show({ phase: "read", loaded: 2048, total: 4096, tensor: "layer.1" });
  now += 1;
  line.show({ phase: "build", loaded: 3, total: 3, tensor: null });
  line.clear();
  line.clear();
  assert.deepEqual(to.written.map((text) => text.replace("\r\x1b[2K", "~")), [
    "~reading   [######------------------]   25%  1.00 KiB of 4.00 KiB  layer.0",
    "~building  [########################]  100%  3 tensors of 3 tensors",
    "~",
  ]);
});

test("the line says what it can, steers no terminal, and never wraps", () => {
  const to = terminal(40);
  let now = 0;
  const line = new ProgressLine(to, printable, () => (now += 1000));
  line.show({ phase: "open", loaded: 2_000_000, total: null, tensor: null });
  line.show({ phase: "write", loaded: 0, total: 0, tensor: "a\x1b[31m" + "中".repeat(80) });
  assert.equal(to.written[0], "\r\x1b[2Kopening   1.91 MiB");
  assert.ok(!to.written[1].slice(5).includes("\x1b"));
  assert.ok(to.written[1].length - 5 <= 39);
});

/** Runs the command; `began` is called once the server was asked for so much. */
function run(args: readonly string[]): { readonly child: ReturnType<typeof spawn>; readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }> } {
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (text) => (stdout += String(text)));
  child.stderr?.on("data", (text) => (stderr += String(text)));
  return { child, ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr }))) };
}

const file = saveSync({ x: new Tensor(new Storage(new Uint8Array(400_000), { dtype: "uint8" }), { dtype: "uint8", shape: [400_000] }) });

test("where standard error is no terminal nothing is told, however long it takes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-cli-"));
  await using server = await serve(file, () => new Promise((resolve) => setTimeout(() => resolve(false), 300)));
  try {
    const { code, stderr } = await run(["convert", server.url, join(folder, "out.pth")]).ended;
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(folder), ["out.pth"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("Ctrl-C ends the command, says 130 and leaves nothing half written", { timeout: 80_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "brine-cli-"));
  let asked = (): void => undefined;
  const reading = new Promise<void>((resolve) => (asked = resolve));
  await using server = await serve(file, ({ last }, answer) => {
    if (last) return false;
    answer.writeHead(206); // and then nothing
    asked();
    return true;
  });
  try {
    const { child, ended } = run(["convert", server.url, join(folder, "out.pth")]);
    await reading;
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    assert.deepEqual([code, stdout, stderr], [130, "", ""]);
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
