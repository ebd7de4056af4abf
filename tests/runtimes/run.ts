// From a shell to tests: starts a runtime, waits for what it sends home, and shows each check as a test of its own.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import type { TestContext } from "node:test";
import type { Findings } from "../portable/suite.js";

/** A runtime has this long, in milliseconds, for all of the suite. */
const PATIENCE = 240_000;

/** A process of a runtime, and what it printed so far. */
export interface Running extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly printed: () => string;
}

/** Starts a runtime without the variables of this process, which it has no use for; it ends with its test. Two pipes are for what drives it. */
export function start(program: string, args: readonly string[], folder: string): Running {
  const child = spawn(program, args, {
    cwd: folder, stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"], env: { PATH: process.env["PATH"], HOME: folder, NO_COLOR: "1" },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (piece: Buffer) => (printed += piece.toString("utf8")));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.once("error", (error) => (printed += String(error)));
  return {
    process: child,
    printed: () => printed,
    [Symbol.asyncDispose]: async () => {
      if (child.pid === undefined) return;
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** What the runtime sends home, or an error that says what it printed instead. */
export async function patiently(findings: Promise<Findings>, running: Running): Promise<Findings> {
  let timer: NodeJS.Timeout | undefined;
  const lost = new Promise<never>((_, reject) => {
    const fail = (why: string): void => reject(new Error(`${why}\n${running.printed()}`));
    timer = setTimeout(() => fail(`Nothing came within ${PATIENCE / 1000} s`), PATIENCE);
    running.process.once("error", () => fail("It cannot be started"));
    running.process.once("exit", (code, signal) => {
      if (code !== 0) fail(`It ended with ${code ?? signal}`);
    });
  });
  try {
    return await Promise.race([findings, lost]);
  } finally {
    clearTimeout(timer);
  }
}

/** Shows what was found as tests: every check, and that the core is the package's. */
export async function show(t: TestContext, { outcomes, cores }: Findings, core: string, compiles: boolean = true): Promise<void> {
  for (const { name, error, skip } of outcomes) {
    await t.test(name, { skip: skip === undefined ? false : `skipped: ${skip}` }, () => {
      if (error !== undefined) assert.fail(error);
    });
  }
  await t.test("the core that ran is the package's brine.wasm, byte for byte", () => {
    assert.deepEqual(cores, compiles ? [core] : []);
  });
  assert.ok(outcomes.filter(({ error, skip }) => error === undefined && skip === undefined).length > 100, "the suite has its checks");
}
