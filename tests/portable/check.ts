// Checks that run in every JavaScript runtime: no test runner, no assertion library, nothing of the platform's. A shell runs
// them where it is and sends home what came of each, where a test runner shows them as tests.

/** One thing that has to hold. */
export interface Check {
  readonly name: string;
  /** Why it is not run there. */
  readonly skip?: string;
  readonly run: () => void | Promise<void>;
}

/** What came of a check: neither error nor skip where it holds. */
export interface Outcome {
  readonly name: string;
  readonly error?: string;
  readonly skip?: string;
}

/** A check that takes longer, in milliseconds, is given up: what hangs is to be told by its name. */
const PATIENCE = 80_000;

/** Runs the checks, one after the other. */
export async function runChecks(checks: Iterable<Check>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, skip, run } of checks) {
    if (skip !== undefined) {
      outcomes.push({ name, skip });
      continue;
    }
    try {
      await inTime(run);
      outcomes.push({ name });
    } catch (error) {
      outcomes.push({ name, error: textOf(error) });
    }
  }
  return outcomes;
}

async function inTime(run: Check["run"]): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It takes longer than ${PATIENCE / 1000} s`)), PATIENCE);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return `Thrown: ${String(error)}`;
  const code = "code" in error ? ` [${String(error.code)}]` : "";
  // Some engines' stacks hold the message and some do not.
  return `${error.name}${code}: ${error.message}\n${(error.stack ?? "").replace(`${error.name}: ${error.message}\n`, "")}`;
}

/** Holds that two plain values are the same. */
export function same(found: string | number | boolean | undefined, expected: string | number | boolean | undefined, what: string): void {
  if (!Object.is(found, expected)) throw new Error(`${what}: expected ${String(expected)}, found ${String(found)}`);
}

/** Holds that two runs of bytes are the same. */
export function sameBytes(found: Uint8Array, expected: Uint8Array, what: string): void {
  let at = 0;
  while (at < expected.length && found[at] === expected[at]) at++;
  if (at < expected.length || found.length !== expected.length) {
    throw new Error(`${what}: expected ${expected.length} bytes, found ${found.length}, which differ from byte ${at} on`);
  }
}

/** The bytes of a tensor's elements. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** What a call throws or a promise rejects with. */
export async function thrown(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error("Expected an error, and there was none");
}
