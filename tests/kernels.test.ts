// The kernels: both builds of the core over the same vectors, every half there is, and the windows in front of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { CoreExports } from "../bindings/core/abi.js";
import { ArgumentError, LimitError } from "../bindings/core/errors.js";
import { gatherContiguous, widen } from "../bindings/core/element_kernels.js";
import { crc32, crc32OfCore, swapBytes } from "../bindings/core/kernels.js";

const builds: readonly (readonly [string, CoreExports])[] = ["brine.wasm", "brine.scalar.wasm"].map((file) => {
  const module = new WebAssembly.Module(readFileSync(new URL(`../${file}`, import.meta.url)));
  return [file, new WebAssembly.Instance(module, {}).exports as unknown as CoreExports] as const; // compared in core-build
});

/** Numbers that look random and are the same in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

function randomBytes(length: number, seed: number): Uint8Array {
  const roll = dice(seed);
  return Uint8Array.from({ length }, () => roll(256));
}

/** Runs `kernel` over `bytes` at an address of the given alignment and answers what the block then holds. */
function inPlace(core: CoreExports, bytes: Uint8Array, skew: number, kernel: (at: number) => void): Uint8Array {
  const at = (core.alloc(bytes.length + 16) >>> 0) + skew;
  new Uint8Array(core.memory.buffer, at, bytes.length).set(bytes);
  kernel(at);
  return new Uint8Array(core.memory.buffer, at, bytes.length).slice();
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = bytes.slice();
  for (let at = 0; at + width <= out.length; at += width) out.subarray(at, at + width).reverse();
  return out;
}

for (const [file, core] of builds) {
  test(`${file}: swap16, swap32 and swap64 turn whole elements round, of any count and alignment`, () => {
    for (let length = 0; length < 150; length++) {
      const bytes = randomBytes(length, length + 1);
      for (const skew of [0, 1, 7]) {
        assert.deepEqual(inPlace(core, bytes, skew, (at) => core.swap16(at, length)), swapped(bytes, 2));
        assert.deepEqual(inPlace(core, bytes, skew, (at) => core.swap32(at, length)), swapped(bytes, 4));
        assert.deepEqual(inPlace(core, bytes, skew, (at) => core.swap64(at, length)), swapped(bytes, 8));
      }
    }
  });

  test(`${file}: widenF16 gives every one of the 65,536 halves exactly, NaN payloads too`, () => {
    const from = core.alloc(65536 * 2) >>> 0;
    const to = core.alloc(65536 * 4) >>> 0;
    const halves = new Uint16Array(core.memory.buffer, from, 65536);
    for (let h = 0; h < 65536; h++) halves[h] = h;
    core.widenF16(from, to, 65536);
    const bits = new Uint32Array(core.memory.buffer, to, 65536).slice();
    assert.deepEqual(bits, Uint32Array.from({ length: 65536 }, (_, h) => singleOf(h)));
    core.widenF16(from + 2, to, 4093); // an odd count, from an odd place: the scalar tail
    assert.deepEqual(new Uint32Array(core.memory.buffer, to, 4093).slice(), bits.slice(1, 4094));
  });

  test(`${file}: widenBf16 gives the upper half of a single, whatever it is`, () => {
    const from = core.alloc(65536 * 2) >>> 0;
    const to = core.alloc(65536 * 4) >>> 0;
    const halves = new Uint16Array(core.memory.buffer, from, 65536);
    for (let h = 0; h < 65536; h++) halves[h] = h;
    core.widenBf16(from, to, 65533);
    assert.deepEqual(
      new Uint32Array(core.memory.buffer, to, 65533).slice(),
      Uint32Array.from({ length: 65533 }, (_, h) => (h << 16) >>> 0),
    );
  });

  test(`${file}: gather follows every order of three dimensions, with and without gaps, of every element size`, () => {
    const store = randomBytes(40_000, 8);
    const from = core.alloc(store.length) >>> 0;
    const to = core.alloc(store.length) >>> 0;
    const at = core.alloc(64) >>> 0;
    new Uint8Array(core.memory.buffer, from, store.length).set(store);
    for (const [rows, columns, depth] of [[5, 70, 6], [9, 4, 13], [3, 3, 1], [1, 130, 2]]) {
      for (const stride of [
        [columns * depth, depth, 1], [depth, rows * depth, 1], [1, rows * depth, rows], [1, rows, rows * columns],
        [columns, 1, rows * columns], [columns * depth, 1, columns], [2, 2 * rows, 0], [0, 1, columns],
      ]) {
        for (const itemSize of [1, 2, 4, 8, 16]) {
          const shape = [rows, columns, depth];
          new BigInt64Array(core.memory.buffer, at, 6).set([...shape, ...stride].map(BigInt));
          core.gather(from, to, itemSize, 3, at);
          const wanted = gathered(store, itemSize, shape, stride, 0);
          const found = new Uint8Array(core.memory.buffer, to, wanted.length);
          assert.ok(Buffer.compare(found, wanted) === 0, `[${shape}] / [${stride}], ${itemSize} bytes`);
        }
      }
    }
  });

  test(`${file}: gather does nothing where there is nothing, or an element size that is none`, () => {
    const at = core.alloc(256) >>> 0;
    const block = new Uint8Array(core.memory.buffer, at, 256).fill(7);
    const dims = new BigInt64Array(core.memory.buffer, at + 64, 4);
    const whenSized = (itemSize: number, shape: readonly bigint[]): void => {
      shape.forEach((n, d) => {
        dims[d] = n;
        dims[shape.length + d] = 1n;
      });
      core.gather(at, at + 128, itemSize, shape.length, at + 64);
    };
    whenSized(4, [0n, 2n]);
    whenSized(4, [2n, -1n]);
    whenSized(3, [2n]);
    whenSized(0, [2n]);
    whenSized(32, [2n]);
    assert.deepEqual(block.subarray(128), new Uint8Array(128).fill(7));
  });
}

/** The bits of the single that equals half `h`, by arithmetic on the value. */
function singleOf(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const fraction = h & 1023;
  if (exponent === 31) return (((h & 0x8000) << 16) | 0x7f800000 | (fraction << 13)) >>> 0;
  const value = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return new Uint32Array(Float32Array.of(sign * value).buffer)[0];
}

test("swapBytes: works in place through the window, at any alignment, and leaves a broken last element alone", () => {
  const big = randomBytes(600_003, 5);
  for (const width of [2, 4, 8] as const) {
    for (const [from, to] of [[0, 600_003], [3, 300_000], [1, 1], [5, 24], [0, 0]]) {
      const bytes = big.slice();
      swapBytes(bytes.subarray(from, to), width);
      const expected = big.slice();
      expected.set(swapped(big.subarray(from, to), width), from);
      assert.ok(Buffer.compare(bytes, expected) === 0, `width ${width}, ${from} to ${to}`);
    }
  }
});

test("widen: takes more than a window, and an odd byte offset", () => {
  const bytes = randomBytes(1_000_001, 9).subarray(1);
  const halves = new Uint16Array(bytes.slice().buffer);
  const wide = widen(bytes, "float16");
  assert.equal(wide.length, 500_000);
  assert.deepEqual(new Uint32Array(wide.buffer), Uint32Array.from(halves, singleOf));
  const bf16 = widen(bytes, "bfloat16");
  assert.deepEqual(new Uint32Array(bf16.buffer), Uint32Array.from(halves, (h) => (h << 16) >>> 0));
  assert.equal(widen(new Uint8Array(0), "float16").length, 0);
});

/** The plain meaning of a strided view. */
function gathered(
  bytes: Uint8Array, itemSize: number, shape: readonly number[], stride: readonly number[], offset: number,
): Uint8Array {
  const count = shape.reduce((n, size) => n * size, 1);
  const out = new Uint8Array(count * itemSize);
  const index = shape.map(() => 0);
  for (let i = 0; i < count; i++) {
    let at = offset;
    for (let d = 0; d < shape.length; d++) at += index[d] * stride[d];
    for (let k = 0; k < itemSize; k++) out[i * itemSize + k] = bytes[at * itemSize + k];
    for (let d = shape.length - 1; d >= 0 && ++index[d] === shape[d]; d--) index[d] = 0;
  }
  return out;
}

function assertGathers(
  bytes: Uint8Array, itemSize: number, shape: readonly number[], stride: readonly number[], offset: number,
): void {
  const found = gatherContiguous(bytes, itemSize, shape, stride, offset);
  const wanted = gathered(bytes, itemSize, shape, stride, offset);
  assert.ok(Buffer.compare(found, wanted) === 0, `[${shape}] / [${stride}] + ${offset}, ${itemSize} bytes`);
  assert.equal(found.byteOffset, 0);
}

test("gatherContiguous: random views of every element size equal the plain meaning of shape and stride", () => {
  const roll = dice(77);
  const store = randomBytes(262_144, 3);
  for (let i = 0; i < 3000; i++) {
    const itemSize = [1, 2, 4, 8, 16][roll(5)];
    const shape = Array.from({ length: roll(6) }, () => (roll(20) === 0 ? 0 : 1 + roll(roll(3) === 0 ? 40 : 5)));
    let stride = shape.map(() => roll(30));
    if (roll(2) === 0) {
      // A contiguous tensor with its dimensions in another order, perhaps with a gap behind each row.
      const order = shape.map((_, d) => [roll(1000), d]).sort((a, b) => a[0] - b[0]);
      let step = 1 + roll(2);
      stride = shape.slice();
      for (const [, d] of order) {
        stride[d] = step;
        step *= shape[d] + roll(2);
      }
    }
    const offset = roll(20);
    const last = shape.reduce((sum, n, d) => sum + (n - 1) * stride[d], offset);
    if ((last + 1) * itemSize > store.length - 8 || shape.reduce((n, s) => n * s, 1) > 40_000) continue;
    const skew = roll(4) === 0 ? 1 + roll(7) : 0;
    assertGathers(store.subarray(skew), itemSize, shape, stride, offset);
  }
});

test("gatherContiguous: views beyond the window are cut into boxes, thin ones looped over", () => {
  const store = randomBytes(12_000_000, 4);
  assertGathers(store, 4, [1500, 2000], [1, 1500], 0); // a transposed matrix: both dimensions are cut
  assertGathers(store, 2, [2000, 3, 500], [1, 1_000_000, 2000], 0);
  assertGathers(store, 4, [1_000_000, 3], [1, 1_000_000], 0); // three far columns: rows of three
  assertGathers(store, 1, [100, 100, 100], [1, 1000, 100_000], 17);
  assertGathers(store, 8, [300, 700], [5, 2000], 3);
  assertGathers(store, 4, [3], [1_400_000], 7); // scattered
  assertGathers(store, 4, [2_000_000, 2], [0, 9], 1); // a small source, a large result
  assertGathers(store, 16, [600, 1000], [1, 601], 0);
  assertGathers(store, 4, [700, 1200], [2400, 1], 5); // long rows
});

test("gatherContiguous: no dimension, size 0 and size 1", () => {
  const store = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  assert.deepEqual(gatherContiguous(store, 2, [], [], 3), Uint8Array.of(7, 8));
  assert.deepEqual(gatherContiguous(store, 2, [0, 5], [1, 1], 900), new Uint8Array(0));
  assert.deepEqual(gatherContiguous(store, 2, [1, 1], [2 ** 40, 0], 1), Uint8Array.of(3, 4));
  const deep = new Array<number>(500).fill(1);
  assert.deepEqual(gatherContiguous(store, 4, deep, deep, 1), Uint8Array.of(5, 6, 7, 8));
});

test("gatherContiguous: refuses views that do not fit, and results that nobody can hold", () => {
  const store = new Uint8Array(64);
  const code = (wanted: string) => (error: unknown) => error instanceof ArgumentError && error.code === wanted;
  assert.throws(() => gatherContiguous(store, 4, [17], [1], 0), code("GATHER_BOUNDS"));
  assert.throws(() => gatherContiguous(store, 4, [2], [2 ** 53], 0), code("GATHER_BOUNDS"));
  assert.throws(() => gatherContiguous(store, 4, [2], [1], 15), code("GATHER_BOUNDS"));
  assert.throws(() => gatherContiguous(store, 4, [2], [-1], 8), code("GATHER_VIEW"));
  assert.throws(() => gatherContiguous(store, 4, [2, 2], [1], 0), code("GATHER_VIEW"));
  assert.throws(() => gatherContiguous(store, 4, [1.5], [1], 0), code("GATHER_VIEW"));
  assert.throws(() => gatherContiguous(store, 3, [1], [1], 0), code("GATHER_ITEM"));
  assert.throws(() => gatherContiguous(store, 4, [2 ** 40, 2 ** 20], [0, 0], 0), (error: unknown) =>
    error instanceof LimitError && error.code === "ARRAY_BYTES" && error.found === 2 ** 62);
});

test("crc32: zip's check value, and any cut gives the same, by the platform and by the core", () => {
  const check = new TextEncoder().encode("123456789");
  const long = randomBytes(700_001, 6);
  for (const crc of [crc32, crc32OfCore]) {
    assert.equal(crc(check), 0xcbf43926);
    assert.equal(crc(new Uint8Array(0)), 0);
    assert.equal(crc(check.subarray(4), crc(check.subarray(0, 4))), 0xcbf43926);
  }
  assert.equal(crc32(long), crc32OfCore(long));
  assert.equal(crc32OfCore(long.subarray(3), crc32OfCore(long.subarray(0, 3))), crc32(long));
});
