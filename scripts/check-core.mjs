// Reads the binaries of the core and refuses what some host could not run (why: docs/architecture.md):
//
//   node scripts/check-core.mjs [simd.wasm scalar.wasm]        without names: dist/brine.wasm and dist/brine.scalar.wasm
//
//   imports        any host embeds the core, so it asks for nothing
//   size           a page that only loads should not wait for the core: brine.wasm has 64 KiB at most
//   large bodies   the JVM never compiles a method over 8,000 bytes of its bytecode, about 4,500 of wasm
//   features       MVP, bulk memory, sign extension, saturating conversions, mutable globals; SIMD in the one build only.
//                  Not: threads, relaxed SIMD, GC, references, exceptions, tail calls, 64-bit memory, a maximum of memory
//
// Every instruction of every body is decoded, since the byte of a SIMD opcode may as well be part of a number.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const MAX_BODY = 4500;
export const MAX_BYTES = 65536;

/** A reader of one binary: LEB128 numbers and slices, never past `end`. */
class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  u8() {
    if (this.at >= this.end) throw new Error(`Binary ends at ${this.end}, in the middle of something`);
    return this.bytes[this.at++];
  }

  /** An unsigned number of up to 32 bits. */
  u32() {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error(`Number at ${this.at} has more than 5 bytes`);
  }

  /** Passes over a number, signed or not, of up to 64 bits. */
  skipLeb() {
    for (let i = 0; i < 10; i++) if (this.u8() < 0x80) return;
    throw new Error(`Number at ${this.at} has more than 10 bytes`);
  }

  skip(n) {
    if (n > this.end - this.at) throw new Error(`Binary ends at ${this.end}, ${n} bytes are wanted at ${this.at}`);
    this.at += n;
  }

  part(length) {
    const start = this.at;
    this.skip(length);
    return new Reader(this.bytes, start, start + length);
  }

  text() {
    const part = this.part(this.u32());
    return new TextDecoder().decode(this.bytes.subarray(part.at, part.end));
  }
}

const V128 = 0x7b;
const NUMBERS = new Set([0x7f, 0x7e, 0x7d, 0x7c]); // i32 i64 f32 f64
const EMPTY_BLOCK = 0x40;

/** What is found in one binary, and what is wrong with it. */
class Module {
  problems = [];
  functions = []; // { name, bytes }
  imports = [];
  exports = [];
  simd = 0; // instructions and types
  #simdAllowed;
  #names = new Map(); // of functions, by index
  #exported = new Map();

  constructor(bytes, simdAllowed) {
    this.#simdAllowed = simdAllowed;
    const r = new Reader(bytes);
    const head = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
    if (!head.every((byte) => r.u8() === byte)) throw new Error("No WebAssembly module of version 1");
    const bodies = [];
    while (r.at < r.end) {
      const id = r.u8();
      const section = r.part(r.u32());
      if (id === 0) this.#custom(section);
      else if (id === 1) this.#types(section);
      else if (id === 2) this.#imports(section);
      else if (id === 4) this.#tables(section);
      else if (id === 5) this.#memories(section);
      else if (id === 6) this.#globals(section);
      else if (id === 7) this.#exports(section);
      else if (id === 10) for (let n = section.u32(); n > 0; n--) bodies.push(section.part(section.u32()));
      else if (id === 13) this.problems.push("has a tag section: exceptions");
    }
    const first = this.imports.filter((name) => name.endsWith(" (function)")).length;
    bodies.forEach((body, i) => this.#body(body, first + i));
    if (this.simd > 0 && !simdAllowed) this.problems.push(`uses SIMD ${this.simd} times: an engine without it refuses the module`);
  }

  #type(r, where) {
    const type = r.u8();
    if (type === V128) this.simd++;
    else if (!NUMBERS.has(type)) this.problems.push(`${where} has a value of type 0x${type.toString(16)}: references or GC`);
  }

  #types(r) {
    for (let n = r.u32(), i = 0; i < n; i++) {
      const form = r.u8();
      if (form !== 0x60) {
        this.problems.push(`type ${i} is of form 0x${form.toString(16)}: GC`);
        return;
      }
      for (let k = r.u32(); k > 0; k--) this.#type(r, `type ${i}`);
      for (let k = r.u32(); k > 0; k--) this.#type(r, `type ${i}`);
    }
  }

  #imports(r) {
    for (let n = r.u32(); n > 0; n--) {
      const name = `${r.text()}.${r.text()}`;
      const kind = r.u8();
      if (kind === 0) r.skipLeb();
      else if (kind === 1) this.#table(r);
      else if (kind === 2) this.#limits(r, name);
      else if (kind === 3) r.skip(2);
      else throw new Error(`Import of unknown kind ${kind}`);
      this.imports.push(`${name} (${["function", "table", "memory", "global"][kind]})`);
    }
    for (const name of this.imports) this.problems.push(`imports ${name}: every host would have to bring it`);
  }

  #table(r) {
    if (r.u8() !== 0x70) this.problems.push("has a table of something other than functions: references");
    this.#limits(r, "table", true);
  }

  #tables(r) {
    for (let n = r.u32(); n > 0; n--) this.#table(r);
  }

  #memories(r) {
    for (let n = r.u32(); n > 0; n--) this.#limits(r, "memory");
  }

  #limits(r, what, isTable = false) {
    const flags = r.u8();
    if (flags & 2) this.problems.push(`${what} is shared: threads`);
    if (flags & ~3) this.problems.push(`${what} has flags 0x${flags.toString(16)}: 64-bit memory or page sizes`);
    r.skipLeb();
    if (flags & 1) {
      r.skipLeb();
      if (!isTable) this.problems.push(`${what} has a maximum: growing ends where the host says`);
    }
  }

  #globals(r) {
    for (let n = r.u32(), i = 0; i < n; i++) {
      this.#type(r, `global ${i}`);
      r.u8();
      this.#code(r, `global ${i}`, true);
    }
  }

  #exports(r) {
    for (let n = r.u32(); n > 0; n--) {
      const name = r.text();
      const kind = r.u8();
      const index = r.u32();
      this.exports.push(name);
      if (kind === 0) this.#exported.set(index, name);
    }
  }

  /** Function names, where the binary has them (asc --debug). */
  #custom(r) {
    if (r.text() !== "name") return;
    while (r.at < r.end) {
      const id = r.u8();
      const part = r.part(r.u32());
      if (id === 1) for (let n = part.u32(); n > 0; n--) this.#names.set(part.u32(), part.text());
    }
  }

  #body(r, index) {
    const own = this.#names.get(index) ?? this.#exported.get(index);
    const name = own === undefined ? `function ${index}` : `function ${index} "${own}"`;
    const bytes = r.end - r.at;
    this.functions.push({ name, bytes });
    if (bytes > MAX_BODY) this.problems.push(`${name} has a body of ${bytes} bytes; the limit is ${MAX_BODY}: split it`);
    for (let n = r.u32(); n > 0; n--) {
      r.skipLeb();
      this.#type(r, name);
    }
    this.#code(r, name, false);
    if (r.at !== r.end) throw new Error(`Body of ${name} goes on after its end`);
  }

  /** Decodes instructions up to the `end` that closes them. */
  #code(r, where, isConstant) {
    for (let depth = 1; depth > 0;) {
      const op = r.u8();
      if (op === 0x02 || op === 0x03 || op === 0x04) { // block loop if
        depth++;
        const type = r.bytes[r.at];
        if (type === EMPTY_BLOCK) r.skip(1);
        else if (type >= 0x40 && type < 0x80) this.#type(r, where);
        else r.skipLeb();
      } else if (op === 0x0b) depth--; // end
      else if (op === 0x0e) for (let n = r.u32() + 1; n > 0; n--) r.skipLeb(); // br_table
      else if (op === 0x0c || op === 0x0d || op === 0x10) r.skipLeb(); // br br_if call
      else if (op === 0x11) { // call_indirect
        r.skipLeb();
        r.skipLeb();
      } else if (op >= 0x20 && op <= 0x24) r.skipLeb(); // locals, globals
      else if (op >= 0x28 && op <= 0x3e) this.#memoryOperand(r); // loads, stores
      else if (op === 0x3f || op === 0x40) r.skip(1); // memory.size memory.grow
      else if (op === 0x41 || op === 0x42) r.skipLeb(); // i32.const i64.const
      else if (op === 0x43) r.skip(4); // f32.const
      else if (op === 0x44) r.skip(8); // f64.const
      else if (op === 0xfc) this.#bulk(r, where);
      else if (op === 0xfd) this.#simdCode(r, where);
      else if (!PLAIN(op)) {
        // Beyond this byte nothing is known of what follows, so the module is refused as it stands.
        throw new Error(`Instruction 0x${op.toString(16)} in ${where}${isConstant ? "'s constant" : ""}: ${FEATURE(op)}`);
      }
    }
  }

  #memoryOperand(r) {
    const align = r.u32();
    if (align & 0x40) this.problems.push("names a memory in a load or store: several memories");
    r.skipLeb();
  }

  #bulk(r, where) {
    const op = r.u32();
    if (op <= 7) return; // saturating conversions
    if (op === 10) r.skip(2); // memory.copy
    else if (op === 11) r.skip(1); // memory.fill
    else if (op === 8) { // memory.init
      r.skipLeb();
      r.skip(1);
    } else if (op === 9) r.skipLeb(); // data.drop
    else throw new Error(`Instruction 0xfc ${op} in ${where}: references or wide arithmetic`);
  }

  #simdCode(r, where) {
    this.simd++;
    const op = r.u32();
    if (op >= 0x100) this.problems.push(`instruction 0xfd 0x${op.toString(16)} in ${where}: relaxed SIMD`);
    else if (op <= 11 || op === 92 || op === 93) this.#memoryOperand(r); // loads, store, load zero
    else if (op === 12 || op === 13) r.skip(16); // v128.const, shuffle
    else if (op >= 21 && op <= 34) r.skip(1); // lanes
    else if (op >= 84 && op <= 91) { // load and store of a lane
      this.#memoryOperand(r);
      r.skip(1);
    }
  }
}

/** Instructions of one byte: control, parametric, numeric, sign extension. */
const PLAIN = (op) =>
  op === 0x00 || op === 0x01 || op === 0x05 || op === 0x0f || op === 0x1a || op === 0x1b || (op >= 0x45 && op <= 0xc4);

/** To which feature an instruction belongs that is not allowed. */
const FEATURE = (op) => {
  if (op === 0x12 || op === 0x13 || op === 0x15) return "tail calls";
  if ((op >= 0x06 && op <= 0x0a) || op === 0x18 || op === 0x19 || op === 0x1f) return "exceptions";
  if (op === 0x1c || op === 0x14 || op === 0x25 || op === 0x26 || (op >= 0xd0 && op <= 0xd6)) return "references";
  if (op === 0xfb) return "GC";
  if (op === 0xfe) return "threads";
  return "unknown";
};

/**
 * Checks one binary.
 *
 * @param {Uint8Array} bytes
 * @param {{ simd: boolean, most?: number }} options whether SIMD is allowed, and how many bytes are
 * @returns {{ problems: string[], exports: string[], bytes: number, functions: { name: string, bytes: number }[], simd: number }}
 */
export function checkCore(bytes, { simd, most = Infinity }) {
  const found = { problems: [], exports: [], bytes: bytes.length, functions: [], simd: 0 };
  try {
    const { problems, exports, functions, simd: used } = new Module(bytes, simd);
    if (bytes.length > most) problems.push(`has ${bytes.length} bytes; the limit is ${most}`);
    return { ...found, problems, exports, functions, simd: used };
  } catch (error) {
    return { ...found, problems: [error.message] };
  }
}

/** Checks both builds, prints what they measure and answers whether they are well. */
export function main(files) {
  const reports = files.map((file, i) => ({ file, ...checkCore(readFileSync(file), i === 0 ? { simd: true, most: MAX_BYTES } : { simd: false }) }));
  for (const { file, bytes, functions, exports, simd, problems } of reports) {
    const largest = functions.reduce((a, b) => (b.bytes > a.bytes ? b : a), { name: "none", bytes: 0 });
    console.log(`${file}: ${bytes} bytes, ${functions.length} functions, ${exports.length} exports, ` +
      `${simd} times SIMD; largest body: ${largest.name}, ${largest.bytes} bytes`);
    for (const problem of problems) console.log(`  refused: ${problem}`);
  }
  const [one, other] = reports;
  const differ = one.exports.join() !== other.exports.join();
  if (differ) console.log("  refused: the two builds do not export the same");
  return !differ && reports.every(({ problems }) => problems.length === 0);
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const root = fileURLToPath(new URL("../dist/", import.meta.url));
  const files = process.argv.length > 3 ? process.argv.slice(2, 4) : [`${root}brine.wasm`, `${root}brine.scalar.wasm`];
  process.exitCode = main(files) ? 0 : 1;
}
