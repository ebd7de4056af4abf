// The binaries keep to what every host can run, they export what bindings/core/abi.ts says, and the checker that says so
// sees the opposite when it is there: each refusal has a module made by hand.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

interface Report {
  readonly problems: readonly string[];
  readonly exports: readonly string[];
  readonly functions: readonly { readonly name: string; readonly bytes: number }[];
  readonly simd: number;
}

interface Checker {
  readonly MAX_BODY: number;
  checkCore(bytes: Uint8Array, options: { readonly simd: boolean }): Report;
  staleCalls(lines?: readonly string[]): readonly string[];
}

const root = new URL("../../", import.meta.url);
// scripts/ is plain JavaScript outside the compiler's view; this is the shape that the file exports.
const { MAX_BODY, checkCore, staleCalls } = (await import(new URL("scripts/check-core.mjs", root).href)) as Checker;
const binary = (name: string): Uint8Array => readFileSync(new URL(`../${name}`, import.meta.url));

for (const [name, simd] of [["brine.wasm", true], ["brine.scalar.wasm", false]] as const) {
  test(`${name}: no imports, no body over 4,500 bytes, no feature that some host lacks`, () => {
    const report = checkCore(binary(name), { simd });
    assert.deepEqual(report.problems, []);
    assert.ok(report.functions.length > 0);
    assert.equal(report.simd > 0, simd);
  });

  test(`${name}: exports what bindings/core/abi.ts declares, with as many parameters`, () => {
    const source = readFileSync(new URL("bindings/core/abi.ts", root), "utf8").replaceAll(/\/\/.*$/gm, "");
    const declared = [...source.matchAll(/readonly (\w+):\s*(?:\(([^)]*)\) =>|WebAssembly\.Memory)/g)].map(
      ([, member, parameters = ""]) => [member, parameters.split(":").length - 1] as const,
    );
    // The stub runtime and asc export nothing of their own that matters to a host.
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary(name) as Uint8Array<ArrayBuffer>), {});
    const found = Object.entries(exports).map(([member, value]) => [member, typeof value === "function" ? value.length : 0]);
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries(declared));
    assert.ok(exports["memory"] instanceof WebAssembly.Memory);
  });
}

test("hot-calls.txt: every call that the build merges is still in the sources, and one that is not is told", () => {
  assert.deepEqual(staleCalls(), []);
  assert.deepEqual(staleCalls(["# a comment", "base/graph/node: base/graph/put base/graph/gone", "base/gone/node: base/graph/put"]), [
    "base/graph/node: base/graph/gone",
    "base/gone/node: base/graph/put",
  ]);
});

// Modules by hand. A section is an id, a length and its content; lengths here stay below 128 or are given in two bytes.

const HEAD = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
const section = (id: number, ...content: number[]): number[] => [id, ...leb(content.length), ...content];
const text = (word: string): number[] => [word.length, ...Buffer.from(word)];
const TYPES = section(1, 1, 0x60, 0, 0); // () → ()
const FUNCTIONS = section(3, 1, 0);
const body = (...code: number[]): number[] => section(10, 1, ...leb(code.length + 2), 0, ...code, 0x0b);
const report = (parts: readonly (readonly number[])[], simd: boolean = true): Report =>
  checkCore(Uint8Array.from([...HEAD, ...parts.flat()]), { simd });

/** As `report`, of a module with one function. */
const code = (bytes: readonly number[], simd: boolean = true): Report =>
  report([TYPES, FUNCTIONS, section(5, 1, 0, 1), body(...bytes)], simd);

test("check-core: a plain function passes, and 0xfd as a part of a number is no SIMD", () => {
  assert.deepEqual(code([0x41, 0xfd, 0x00, 0x1a], false).problems, []); // i32.const 125, drop
  assert.deepEqual(code([0x43, 0xfd, 0xfd, 0xfe, 0xfb, 0x1a], false).problems, []); // f32.const, drop
});

test("check-core: refuses imports", () => {
  const found = report([TYPES, section(2, 1, ...text("env"), ...text("abort"), 0, 0)]).problems;
  assert.deepEqual(found, ["imports env.abort (function): every host would have to bring it"]);
});

test("check-core: refuses a body over the limit, by name, and takes one at the limit", () => {
  const nops = (n: number): number[] => new Array<number>(n).fill(0x01);
  const named = (n: number): Report =>
    report([TYPES, FUNCTIONS, section(7, 1, ...text("decode"), 0, 0), body(...nops(n))]);
  assert.deepEqual(named(MAX_BODY - 2).problems, []);
  const [problem] = named(MAX_BODY - 1).problems;
  assert.equal(problem, `function 0 "decode" has a body of ${MAX_BODY + 1} bytes; the limit is ${MAX_BODY}: split it`);
});

test("check-core: refuses SIMD in the scalar build, as an instruction and as a type", () => {
  const splat = [0x41, 0x00, 0xfd, 0x11, 0x1a]; // i32.const 0, i32x4.splat, drop
  assert.deepEqual(code(splat, true).problems, []);
  assert.match(code(splat, false).problems.join(), /uses SIMD 1 times/);
  const typed = report([section(1, 1, 0x60, 1, 0x7b, 0)], false);
  assert.match(typed.problems.join(), /uses SIMD 1 times/);
});

test("check-core: refuses relaxed SIMD, threads, GC, references, exceptions and tail calls", () => {
  assert.match(code([0xfd, 0x80, 0x02, 0x1a]).problems.join(), /relaxed SIMD/);
  assert.match(code([0xfe, 0x03, 0x00]).problems.join(), /threads/);
  assert.match(code([0xfb, 0x00, 0x00]).problems.join(), /GC/);
  assert.match(code([0xd0, 0x70, 0x1a]).problems.join(), /references/);
  assert.match(code([0x06, 0x40]).problems.join(), /exceptions/);
  assert.match(code([0x12, 0x00]).problems.join(), /tail calls/);
  assert.match(report([section(1, 1, 0x5f, 0)]).problems.join(), /GC/);
  assert.match(report([section(5, 1, 3, 1, 2)]).problems.join(), /threads/);
  assert.match(report([section(5, 1, 1, 1, 2)]).problems.join(), /maximum/);
  assert.match(report([section(5, 1, 4, 1)]).problems.join(), /64-bit memory/);
});

test("check-core: refuses what is cut short, and what is no module", () => {
  assert.match(checkCore(Uint8Array.from(HEAD.slice(0, 3)), { simd: true }).problems.join(), /ends at 3/);
  assert.match(checkCore(Buffer.from("not wasm at all"), { simd: true }).problems.join(), /No WebAssembly module/);
  assert.match(report([[10, 5, 1]]).problems.join(), /Binary ends/);
});
