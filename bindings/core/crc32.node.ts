// The platform's CRC-32 on Node, Deno and Bun: zlib's, twice as fast as the core's (bench/kernels.ts).
import * as zlib from "node:zlib";

/** CRC-32 of bytes behind those whose CRC is `seed`; undefined where the platform has none, as Node before 20.15. */
export const platformCrc: ((bytes: Uint8Array, seed: number) => number) | undefined =
  (zlib as { readonly crc32?: (bytes: Uint8Array, seed: number) => number }).crc32; // newer than the types
