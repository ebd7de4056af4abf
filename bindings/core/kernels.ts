// The kernels, over bytes of any length: byte order, half floats, strided gather and CRC-32, each done by the core through
// a small window of its memory, since tensors live in the user's ArrayBuffers and not in wasm memory.
//
//   user's bytes ──chunk──▶ [ window: in | out ] ──chunk──▶ user's bytes
import { platformCrc } from "#core/crc32";
import type { CoreExports } from "./abi.js";
import { LimitError } from "./errors.js";
import { allocate, gatherByLoop, plan, type View } from "./gather.js";
import { coreInstance } from "./instance.js";

/** Bytes that one step hands to the core: in, and out. Half of what a core's second-level cache holds, or less. */
const STEP = 262144;
/** Bytes of source, and of result, that one gather hands to the core. */
const WINDOW = 4194304;
/** Rows that long, side by side in the source, are copied straight across. */
const LONG_ROW = 2048;
/** Below this, making a view costs more than a plain loop saves. */
const SMALL = 1024;

interface Window {
  readonly core: CoreExports;
  readonly from: number;
  readonly to: number;
  readonly dims: number;
}

/**
 * The one instance that serves every call, made at the first. It may be module-level because nothing passes through it
 * from one call to the next: each call writes the window before it reads it, synchronously, and the memory never grows.
 */
let shared: Window | undefined;

function openWindow(): Window {
  if (shared !== undefined) return shared;
  const core = coreInstance();
  const from = core.alloc(WINDOW) >>> 0;
  const to = core.alloc(WINDOW) >>> 0;
  const dims = core.alloc(1024) >>> 0;
  if (from === 0 || to === 0 || dims === 0) {
    throw new LimitError(`WebAssembly memory could not grow by ${2 * WINDOW + 1024} bytes`, {
      code: "MEMORY", found: 2 * WINDOW + 1024, limit: 4294967296,
    });
  }
  shared = { core, from, to, dims };
  return shared;
}

/**
 * Turns the bytes of every element round, in place: little-endian to big-endian or back.
 *
 * @param bytes any length, any alignment; bytes behind the last whole element stay as they are
 * @param width bytes of one element
 */
export function swapBytes(bytes: Uint8Array, width: 2 | 4 | 8): void {
  const whole = bytes.length - (bytes.length % width);
  if (whole <= SMALL) {
    for (let at = 0; at < whole; at += width) bytes.subarray(at, at + width).reverse();
    return;
  }
  const { core, from } = openWindow();
  const swap = width === 2 ? core.swap16 : width === 4 ? core.swap32 : core.swap64;
  for (let at = 0; at < whole; at += STEP) {
    const piece = bytes.subarray(at, Math.min(at + STEP, whole));
    const held = new Uint8Array(core.memory.buffer, from, piece.length);
    held.set(piece);
    swap(from, piece.length);
    piece.set(held);
  }
}

/**
 * Half-precision elements as singles. Exact: each value of a 16-bit float is a single, and NaNs keep their payload.
 *
 * @param bytes little-endian elements, any alignment
 * @returns a new array
 */
export function widen(bytes: Uint8Array, kind: "float16" | "bfloat16"): Float32Array {
  const count = bytes.length >>> 1;
  const result = new Float32Array(allocate(count * 4).buffer);
  const { core, from, to } = openWindow();
  const run = kind === "float16" ? core.widenF16 : core.widenBf16;
  // Copied as bytes: a float that passes through a register may lose a NaN's signalling bit.
  const out = new Uint8Array(result.buffer);
  for (let at = 0; at < count * 2; at += STEP) {
    const piece = bytes.subarray(at, Math.min(at + STEP, count * 2));
    new Uint8Array(core.memory.buffer, from, piece.length).set(piece);
    run(from, to, piece.length >>> 1);
    out.set(new Uint8Array(core.memory.buffer, to, piece.length * 2), at * 2);
  }
  return result;
}

/**
 * The elements of a strided view side by side, in row-major order.
 *
 * @param bytes the storage, any alignment
 * @param itemSize bytes of one element: 1, 2, 4, 8 or 16
 * @param shape sizes
 * @param stride in elements, none less than 0; 0 repeats
 * @param storageOffset of the first element, in elements
 * @returns new bytes, of their own ArrayBuffer
 * @throws ArgumentError `GATHER_BOUNDS` where the view does not fit, LimitError `ARRAY_BYTES` where the result does not
 */
export function gatherContiguous(
  bytes: Uint8Array, itemSize: number, shape: readonly number[], stride: readonly number[], storageOffset: number,
): Uint8Array {
  const view = plan(bytes.length, itemSize, shape, stride, storageOffset);
  const out = allocate(view.count * itemSize);
  const rank = view.size.length;
  if (view.count === 0) return out;
  if (rank === 0 || (rank === 1 && view.stride[0] === 1)) {
    out.set(bytes.subarray(view.from * itemSize, (view.from + view.count) * itemSize));
  } else if (out.length <= SMALL || (view.stride[rank - 1] === 1 && view.size[rank - 1] * itemSize >= LONG_ROW)) {
    gatherByLoop(bytes, out, itemSize, view, 0, view.size);
  } else {
    gatherByBoxes(bytes, out, itemSize, view);
  }
  return out;
}

/** A part of a view: so many of each dimension, from so far in. */
interface Box {
  readonly from: number;
  readonly to: number;
  readonly size: readonly number[];
}

/** Cuts the view into boxes until the elements of each, and what lies between them, fit the window. */
function gatherByBoxes(bytes: Uint8Array, out: Uint8Array, itemSize: number, view: View): void {
  const most = WINDOW / itemSize;
  const inner = view.size.length - 1;
  const boxes: Box[] = [{ from: view.from, to: 0, size: view.size }];
  for (let box = boxes.pop(); box !== undefined; box = boxes.pop()) {
    let extent = 1;
    let count = 1;
    let widest = 0;
    for (let d = 0; d <= inner; d++) {
      extent += (box.size[d] - 1) * view.stride[d];
      count *= box.size[d];
      if ((box.size[d] - 1) * view.stride[d] > (box.size[widest] - 1) * view.stride[widest]) widest = d;
    }
    if (extent <= most && count <= most && extent <= 8 * count) {
      gatherBox(bytes, out, itemSize, view, box, extent, count);
      continue;
    }
    const cut = extent > most ? widest : box.size.findIndex((n) => n > 1);
    const half = Math.floor(box.size[cut] / 2);
    // Far apart, or so thin that writing the rows of a box one by one would cost more than it saves.
    if (extent > 8 * count || (cut !== 0 && half * view.apart[cut] < 64)) {
      gatherByLoop(bytes, out, itemSize, { ...view, from: box.from }, box.to, box.size);
      continue;
    }
    boxes.push({
      from: box.from + half * view.stride[cut],
      to: box.to + half * view.apart[cut],
      size: box.size.with(cut, box.size[cut] - half),
    });
    boxes.push({ from: box.from, to: box.to, size: box.size.with(cut, half) });
  }
}

/** One box: into the window as it stands in the source, gathered, and out to where its rows belong. */
function gatherBox(
  bytes: Uint8Array, out: Uint8Array, itemSize: number, view: View, box: Box, extent: number, count: number,
): void {
  const { core, from, to, dims } = openWindow();
  const rank = view.size.length;
  const memory = core.memory.buffer;
  new Uint8Array(memory, from, extent * itemSize).set(bytes.subarray(box.from * itemSize, (box.from + extent) * itemSize));
  const table = new BigInt64Array(memory, dims, 2 * rank);
  for (let d = 0; d < rank; d++) {
    table[d] = BigInt(box.size[d]);
    table[rank + d] = BigInt(view.stride[d]);
  }
  core.gather(from, to, itemSize, rank, dims);
  const made = new Uint8Array(memory, to, count * itemSize);
  // The last dimensions, as far as the box has all of them, are one run in the result, with one more that it has in part.
  let outer = rank - 1;
  while (outer > 0 && box.size[outer] === view.size[outer]) outer--;
  const run = box.size[outer] * view.apart[outer];
  const turned: number[] = new Array<number>(outer).fill(0);
  let at = box.to;
  for (let done = 0; done < count; done += run) {
    out.set(made.subarray(done * itemSize, (done + run) * itemSize), at * itemSize);
    for (let d = outer - 1; d >= 0; d--) {
      at += view.apart[d];
      if (++turned[d] < box.size[d]) break;
      at -= box.size[d] * view.apart[d];
      turned[d] = 0;
    }
  }
}

/**
 * CRC-32, as zip has it.
 *
 * @param bytes any length
 * @param seed the CRC of what stands before, to go on from it
 * @returns an unsigned 32-bit number
 */
export function crc32(bytes: Uint8Array, seed: number = 0): number {
  if (platformCrc === undefined) return crc32OfCore(bytes, seed);
  let crc = seed >>> 0;
  const most = 1073741824; // zlib's lengths are 32 bits
  for (let at = 0; at < bytes.length; at += most) crc = platformCrc(bytes.subarray(at, at + most), crc) >>> 0;
  return crc;
}

/** CRC-32 of the bytes from `from` up to `to`. Short runs, of which a file may have 100,000, are cheapest in a plain loop. */
export function crc32Within(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > SMALL) return crc32(bytes.subarray(from, to));
  const table = (slices ??= crcSlices());
  let crc = -1;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc = table[768 + (crc & 255)] ^ table[512 + ((crc >>> 8) & 255)] ^ table[256 + ((crc >>> 16) & 255)] ^ table[crc >>> 24];
  }
  for (; at < to; at++) crc = table[(crc ^ bytes[at]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Four tables of 256: the CRC of a byte, and of a byte with one, two and three zeros behind it. */
let slices: Int32Array | undefined;

function crcSlices(): Int32Array {
  const table = new Int32Array(1024);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    table[n] = crc;
  }
  for (let n = 256; n < 1024; n++) table[n] = (table[n - 256] >>> 8) ^ table[table[n - 256] & 255];
  return table;
}

/** CRC-32 by the core, through the window: what `crc32` does where the platform has none. */
export function crc32OfCore(bytes: Uint8Array, seed: number = 0): number {
  const { core, from } = openWindow();
  let crc = seed >>> 0;
  for (let at = 0; at < bytes.length; at += STEP) {
    const piece = bytes.subarray(at, Math.min(at + STEP, bytes.length));
    new Uint8Array(core.memory.buffer, from, piece.length).set(piece);
    crc = core.crc32(from, piece.length, crc) >>> 0;
  }
  return crc;
}
