// The exports of brine.wasm, as assembly/README.md documents them. Integers only; an address is a u32 that arrives
// signed (`>>> 0`), a 64-bit integer is a bigint.

export type CoreExports = {
  readonly memory: WebAssembly.Memory;
  readonly alloc: (bytes: number) => number;
  readonly faultRecord: () => number;
  readonly columnTable: () => number;
  /** Made by scripts/reset-transform.mjs. */
  readonly reset: () => void;
  // reading
  readonly openSource: (size: bigint, flags: number) => void;
  readonly allowGlobal: (at: number, length: number) => number;
  readonly step: (budget: number) => number;
  readonly needFrom: () => bigint;
  readonly needTo: () => bigint;
  readonly needSize: () => bigint;
  readonly needMethod: () => number;
  readonly feed: () => number;
  readonly fed: (bytes: number) => void;
  readonly facts: () => number;
  readonly findEntry: (at: number, length: number) => number;
  readonly markOwnTexts: () => number;
  readonly takeContents: (
    at: number, length: number, from: bigint, rows: number, count: number, out: number, room: number, check: number,
  ) => number;
  // writing
  readonly graphBegin: (
    nodes: number, edges: number, objects: number, globals: number, storages: number, tensors: number, dims: number,
    text: number,
  ) => number;
  readonly graphEnd: () => number;
  readonly encodeBegin: (root: number, protocol: number) => number;
  readonly encode: (budget: number) => number;
  readonly pickleAt: () => number;
  readonly pickleLength: () => number;
  readonly saveBegin: (folderAt: number, folderLength: number, layout: number, alignment: number, big: number) => number;
  readonly saveNext: () => number;
  readonly saveRoom: () => number;
  readonly savePut: () => number;
  readonly saveSkip: (crc: number, first8: bigint) => number;
  readonly outAt: () => number;
  readonly outLength: () => number;
  readonly outClear: () => void;
  // kernels
  readonly swap16: (at: number, bytes: number) => void;
  readonly swap32: (at: number, bytes: number) => void;
  readonly swap64: (at: number, bytes: number) => void;
  readonly widenF16: (from: number, to: number, count: number) => void;
  readonly widenBf16: (from: number, to: number, count: number) => void;
  readonly gather: (from: number, to: number, itemSize: number, ndim: number, dims: number) => void;
  readonly crc32: (at: number, bytes: number, seed: number) => number;
};
