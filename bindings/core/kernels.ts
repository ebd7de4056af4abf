// The kernels that reading needs, over bytes of any length: byte order and CRC-32, each done by the core through a small
// window of its memory, since tensors live in the user's ArrayBuffers and not in wasm memory. element_kernels.ts has those
// that work on elements.
//
//   user's bytes ──chunk──▶ [ window: in | out ] ──chunk──▶ user's bytes
import { platformCrc } from "#core/crc32";
import type { CoreExports } from "./abi.js";
import { LimitError } from "./errors.js";
import { coreInstance } from "./instance.js";

/** Bytes that one step hands to the core: in, and out. Half of what a core's second-level cache holds, or less. */
export const STEP = 262144;
/** Bytes of source, and of result, that one gather hands to the core. */
export const WINDOW = 4194304;
/** Below this, making a view costs more than a plain loop saves. */
export const SMALL = 1024;

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

/** The window, which holds nothing from one call to the next. */
export function openWindow(): Window {
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
